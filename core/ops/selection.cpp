// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/selection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace bpu::ops {
namespace {

/// Corners, low before high, whatever of two opposite ones the model gives.
struct Box {
    double y1, x1, y2, x2;

    static Box of(const ir::Tensor& boxes, int64_t at, bool isCentered)
    {
        const auto number = [&](int64_t i) { return boxes.number(at * 4 + i); };
        if (isCentered) // x, y of the center, width, height
            return {number(1) - number(3) / 2, number(0) - number(2) / 2, number(1) + number(3) / 2, number(0) + number(2) / 2};
        return {std::min(number(0), number(2)), std::min(number(1), number(3)), std::max(number(0), number(2)), std::max(number(1), number(3))};
    }
    double area() const { return (y2 - y1) * (x2 - x1); }
    double overlap(const Box& b) const
    {
        const double height = std::min(y2, b.y2) - std::max(y1, b.y1);
        const double width = std::min(x2, b.x2) - std::max(x1, b.x1);
        if (height <= 0 || width <= 0)
            return 0;
        const double both = height * width;
        return both / (area() + b.area() - both);
    }
};

double scalarOf(const ir::Graph& graph, const ir::Node& node, size_t slot, double fallback)
{
    const ir::Tensor* tensor = constantInput(graph, node, slot);
    return tensor && tensor->elementCount() == 1 ? tensor->number(0) : fallback;
}

/// Boxes by falling score, without those that a better one covers.
std::vector<int64_t> keptBoxes(const std::vector<Box>& boxes, const std::vector<double>& scores, double least, double covered, int64_t most)
{
    std::vector<int64_t> order;
    for (int64_t i = 0; i < std::ssize(scores); ++i)
        if (scores[static_cast<size_t>(i)] > least)
            order.push_back(i);
    std::ranges::stable_sort(order, std::greater<>(), [&](int64_t i) { return scores[static_cast<size_t>(i)]; });
    std::vector<int64_t> kept;
    for (const int64_t i : order) {
        if (std::ssize(kept) >= most)
            break;
        const auto covers = [&](int64_t k) { return boxes[static_cast<size_t>(k)].overlap(boxes[static_cast<size_t>(i)]) > covered; };
        if (std::ranges::none_of(kept, covers))
            kept.push_back(i);
    }
    return kept;
}

ir::Tensor listOf(const std::vector<int64_t>& list)
{
    return ir::Tensor::ints({static_cast<int64_t>(list.size())}, list);
}

/// The parts of a tensor along an axis, each as its numbers; a flat tensor has elements.
struct Parts {
    std::vector<std::vector<double>> numbers;
    int64_t outer = 1, size = 1, inner = 1;

    Parts(const ir::Tensor& x, std::optional<size_t> axis)
    {
        if (axis)
            for (size_t i = 0; i < x.shape().size(); ++i)
                (i < *axis ? outer : i == *axis ? size : inner) *= x.shape()[i];
        else
            size = x.elementCount();
        for (int64_t i = 0; i < size; ++i) {
            numbers.emplace_back();
            for (int64_t k = 0; k < outer * inner; ++k)
                numbers.back().push_back(x.number(at(i, k)));
        }
    }
    int64_t at(int64_t part, int64_t k) const { return (k / inner * size + part) * inner + k % inner; }

    /// The parts of these places behind each other.
    std::optional<ir::Tensor> taken(const ir::Tensor& x, std::optional<size_t> axis, const std::vector<int64_t>& places) const
    {
        const auto count = static_cast<int64_t>(places.size());
        ir::Shape shape = axis ? x.shape() : ir::Shape{count};
        if (axis)
            shape[*axis] = count;
        return copyElements(x, x.type().withShape(std::move(shape)), [&](int64_t i) {
            const int64_t row = i / inner / std::max<int64_t>(count, 1);
            return at(places[static_cast<size_t>(i / inner % std::max<int64_t>(count, 1))], row * inner + i % inner);
        });
    }
};

std::optional<std::optional<size_t>> axisIn(const ir::Node& node, const ir::Tensor& x)
{
    if (!node.attributes.has("axis"))
        return std::optional<size_t>();
    const auto axis = normalizedAxis(node.attributes.integer("axis"), x.type().rank());
    return axis ? std::optional(axis) : std::nullopt;
}

} // namespace

/// Rows of batch, class, box. Source: ONNX NonMaxSuppression 11.
std::optional<Tensors> foldNonMaxSuppression(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* boxes = constantInput(graph, node, 0);
    const ir::Tensor* scores = constantInput(graph, node, 1);
    if (!boxes || !scores || !ir::isFloat(boxes->dtype()) || !ir::isFloat(scores->dtype()) || boxes->type().rank() != 3 || scores->type().rank() != 3 || boxes->shape()[2] != 4
        || boxes->shape()[0] != scores->shape()[0] || boxes->shape()[1] != scores->shape()[2])
        return std::nullopt;
    const auto most = static_cast<int64_t>(scalarOf(graph, node, 2, 0)); // 0: none
    const double covered = scalarOf(graph, node, 3, 0);
    const double least = scalarOf(graph, node, 4, -HUGE_VAL);
    const bool isCentered = node.attributes.integer("center_point_box", 0) != 0;
    const int64_t count = boxes->shape()[1];
    std::vector<int64_t> rows;
    for (int64_t batch = 0; batch < scores->shape()[0]; ++batch) {
        std::vector<Box> own;
        for (int64_t i = 0; i < count; ++i)
            own.push_back(Box::of(*boxes, batch * count + i, isCentered));
        for (int64_t c = 0; c < scores->shape()[1]; ++c) {
            std::vector<double> numbers;
            for (int64_t i = 0; i < count; ++i)
                numbers.push_back(scores->number((batch * scores->shape()[1] + c) * count + i));
            for (const int64_t box : keptBoxes(own, numbers, least, covered, most))
                rows.insert(rows.end(), {batch, c, box});
        }
    }
    return Tensors{ir::Tensor::ints({static_cast<int64_t>(rows.size() / 3), 3}, rows)};
}

/// Values, first places, place of each among the values, counts. Source: ONNX Unique 11.
std::optional<Tensors> foldUnique(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto axis = x && isComputable(x->dtype()) ? axisIn(node, *x) : std::nullopt;
    if (!axis)
        return std::nullopt;
    const Parts parts(*x, *axis);
    std::map<std::vector<double>, std::vector<int64_t>> places;
    for (int64_t i = 0; i < parts.size; ++i)
        places[parts.numbers[static_cast<size_t>(i)]].push_back(i);
    std::vector<const std::vector<int64_t>*> groups;
    for (const auto& [numbers, own] : places)
        groups.push_back(&own);
    if (node.attributes.integer("sorted", 1) == 0)
        std::ranges::sort(groups, {}, [](const auto* own) { return own->front(); });
    std::vector<int64_t> first, counts, inverse(static_cast<size_t>(parts.size));
    for (const auto* own : groups) {
        for (const int64_t place : *own)
            inverse[static_cast<size_t>(place)] = static_cast<int64_t>(first.size());
        first.push_back(own->front());
        counts.push_back(static_cast<int64_t>(own->size()));
    }
    auto values = parts.taken(*x, *axis, first);
    if (!values)
        return std::nullopt;
    return Tensors{*std::move(values), listOf(first), listOf(inverse), listOf(counts)};
}

/// The parts whose condition holds. Source: ONNX Compress 11.
std::optional<Tensors> foldCompress(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const ir::Tensor* condition = constantInput(graph, node, 1);
    const auto axis = x && condition && isComputable(x->dtype()) ? axisIn(node, *x) : std::nullopt;
    if (!axis)
        return std::nullopt;
    const Parts parts(*x, *axis);
    std::vector<int64_t> places;
    for (int64_t i = 0; i < std::min(parts.size, condition->elementCount()); ++i)
        if (condition->integer(i) != 0)
            places.push_back(i);
    return single(parts.taken(*x, *axis, places));
}

} // namespace bpu::ops
