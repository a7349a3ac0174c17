// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which dimensions of a result are which of its inputs. A rule may know less than is true, never more.
#include "core/import/onnx/sizes/sizes.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <array>

namespace bpu::importer {
namespace {

bool isOneOf(std::string_view op, auto const& list)
{
    return std::ranges::find(list, op) != list.end();
}

/// The result has the shape of the first input.
bool keepsShape(const ir::Node& node)
{
    static constexpr std::array<std::string_view, 13> kOthers = {"softmax", "log_softmax", "identity", "dropout", "dropout2d", "cast", "cumsum", "trilu", "scatter",
                                                                 "quantize_linear", "dequantize_linear", "fake_quantize", "scatter_nd"};
    const ops::Family family = ops::familyOf(node);
    return (family == ops::Family::Act && node.op != "glu" && node.op != "prelu") || family == ops::Family::Norm || isOneOf(node.op, kOthers);
}

bool broadcasts(const ir::Node& node)
{
    return node.op == "where" || node.op == "prelu" || (ops::familyOf(node) == ops::Family::Arith && node.inputs.size() == 2);
}

bool isReduction(std::string_view op)
{
    static constexpr std::array<std::string_view, 8> kReductions = {"mean", "sum", "amax", "amin", "prod", "reduce_l1", "reduce_l2", "log_sum_exp"};
    return isOneOf(op, kReductions);
}

} // namespace

/// The size on which all agree; a 1 gives way.
Size Sizes::broadcast(Size a, Size b)
{
    if (a == b || m_algebra.numberOf(b) == 1)
        return a;
    return m_algebra.numberOf(a) == 1 ? b : kOwn;
}

std::vector<Size> Sizes::broadcastDims(const ir::Node& node, size_t rank)
{
    List dims(rank, m_algebra.number(1));
    for (const ValueId input : node.inputs) {
        if (!type(input).hasRank() || static_cast<size_t>(type(input).rank()) > rank)
            return List(rank, kOwn);
        const List operand = of(input);
        const size_t missing = rank - operand.size();
        for (size_t i = 0; i < operand.size(); ++i)
            if (dims[i + missing] != kOwn)
                dims[i + missing] = broadcast(dims[i + missing], operand[i]);
    }
    return dims;
}

/// Convolutions and pooling: batch stays, floor((x + p - e) / s) + 1 along the rest.
std::optional<std::vector<Size>> Sizes::windowDims(const ir::Node& node, List dims)
{
    const std::vector<int64_t> kernel = node.attributes.integers("kernel_size");
    const size_t n = kernel.size();
    const auto numbers = [&](const char* name, size_t count, int64_t fallback) {
        std::vector<int64_t> list = node.attributes.integers(name);
        list.resize(count, fallback);
        return list;
    };
    const std::vector<int64_t> stride = numbers("stride", n, 1);
    const std::vector<int64_t> padding = numbers("padding", 2 * n, 0);
    const std::vector<int64_t> dilation = numbers("dilation", n, 1);
    const std::vector<int64_t> extra = numbers("output_padding", n, 0);
    if (dims.size() != n + 2 || node.attributes.has("auto_pad") || node.attributes.flag("ceil_mode"))
        return std::nullopt;
    const bool transposed = node.op.starts_with("conv_transpose");
    dims[1] = node.op.starts_with("conv") ? kOwn : dims[1];
    for (size_t i = 0; i < n; ++i) {
        constexpr int64_t kLargest = 1 << 20;
        for (const int64_t number : {kernel[i], stride[i], dilation[i], padding[i], padding[i + n], extra[i]})
            if (number < 0 || number > kLargest)
                return std::nullopt;
        if (kernel[i] == 0 || stride[i] == 0)
            return std::nullopt;
        const int64_t extent = dilation[i] * (kernel[i] - 1) + 1;
        const int64_t pads = padding[i] + padding[i + n];
        Size& dim = dims[i + 2];
        dim = transposed ? m_algebra.sum(times(dim, stride[i]), m_algebra.number(extent - stride[i] - pads + extra[i]))
                         : plus(m_algebra.quotient(plus(dim, pads - extent), m_algebra.number(stride[i])), 1);
    }
    return dims;
}

/// 0 copies, one -1 takes what is left; a computed shape is what its numbers say.
std::optional<std::vector<Size>> Sizes::reshapeDims(const ir::Node& node, size_t rank)
{
    std::optional<List> wanted = contents(node.input(1));
    if (!node.input(1).isValid()) {
        wanted.emplace();
        for (const int64_t number : node.attributes.integers("shape"))
            wanted->push_back(m_algebra.number(number));
    }
    const List before = type(node.input(0)).hasRank() ? of(node.input(0)) : List();
    if (!wanted || wanted->size() != rank)
        return std::nullopt;
    Size total = m_algebra.number(1);
    for (const Size size : before)
        total = m_algebra.product(total, size);
    Size known = m_algebra.number(1);
    auto open = wanted->end();
    for (auto it = wanted->begin(); it != wanted->end(); ++it) {
        const auto place = static_cast<size_t>(it - wanted->begin());
        if (m_algebra.numberOf(*it) == 0) {
            if (place >= before.size())
                return std::nullopt;
            *it = before[place];
        }
        if (m_algebra.numberOf(*it) == -1)
            open = it;
        else if (!m_algebra.isLength(*it))
            return std::nullopt; // such a number may turn out to be 0 or -1
        else
            known = m_algebra.product(known, *it);
    }
    if (open != wanted->end())
        *open = type(node.input(0)).hasRank() ? m_algebra.quotient(total, known) : kOwn;
    return wanted;
}

/// Dimensions move, come and go, or melt into one.
std::optional<std::vector<Size>> Sizes::movedDims(const ir::Node& node, const List& before)
{
    std::vector<int64_t> places = node.attributes.integers(isReduction(node.op) || node.op == "select" ? "dim" : "dims");
    const bool inside = std::ranges::all_of(places, [&](int64_t place) { return place >= 0 && place < static_cast<int64_t>(before.size() + places.size()); });
    List dims = node.op == "permute" ? List() : before;
    if (node.op == "flatten") {
        const auto first = node.attributes.integer("start_dim");
        const auto last = node.attributes.integer("end_dim") < 0 ? std::ssize(dims) - 1 : node.attributes.integer("end_dim");
        if (first < 0 || first > last || last >= std::ssize(dims))
            return std::nullopt;
        for (auto i = first + 1; i <= last; ++i)
            dims[static_cast<size_t>(first)] = m_algebra.product(dims[static_cast<size_t>(first)], before[static_cast<size_t>(i)]);
        dims.erase(dims.begin() + first + 1, dims.begin() + last + 1);
        return dims;
    }
    if (!inside)
        return std::nullopt;
    if (node.op == "permute") {
        for (const int64_t from : places)
            dims.push_back(static_cast<size_t>(from) < before.size() ? before[static_cast<size_t>(from)] : kOwn);
        return dims;
    }
    if (isReduction(node.op) && node.attributes.flag("keepdim"))
        return dims; // the reduced ones are 1, which the type knows
    const bool inserts = node.op == "unsqueeze";
    std::ranges::sort(places);
    if (!inserts)
        std::ranges::reverse(places);
    for (const int64_t place : places) {
        if (place >= std::ssize(dims) + (inserts ? 1 : 0))
            return std::nullopt;
        inserts ? static_cast<void>(dims.insert(dims.begin() + place, m_algebra.number(1))) : static_cast<void>(dims.erase(dims.begin() + place));
    }
    return dims;
}

/// Parts of a tensor, and tensors put together.
std::optional<std::vector<Size>> Sizes::joinedDims(const ir::Node& node, List dims)
{
    const auto dim = static_cast<size_t>(node.attributes.integer("dim", 0));
    if (node.op == "slice") {
        for (const int64_t place : node.attributes.integers("dims"))
            if (place >= 0 && place < std::ssize(dims))
                dims[static_cast<size_t>(place)] = kOwn;
        return node.attributes.has("dims") ? std::optional(dims) : std::nullopt;
    }
    if (node.op == "pad") {
        const std::vector<int64_t> padding = node.attributes.integers("padding");
        for (size_t i = 0; i < dims.size() && padding.size() == 2 * dims.size(); ++i)
            dims[i] = plus(plus(dims[i], padding[i]), padding[i + dims.size()]);
        return padding.size() == 2 * dims.size() ? std::optional(dims) : std::nullopt;
    }
    if (dim >= dims.size())
        return std::nullopt;
    if (node.op == "cat") {
        for (size_t i = 1; i < node.inputs.size(); ++i) {
            if (type(node.input(i)).rank() != static_cast<int>(dims.size()))
                return std::nullopt;
            dims[dim] = m_algebra.sum(dims[dim], of(node.input(i), dim));
        }
    } else if (node.op == "index_select") {
        if (!type(node.input(1)).hasRank())
            return std::nullopt;
        const List indices = of(node.input(1));
        dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(dim));
        dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(dim), indices.begin(), indices.end());
    } else {
        dims[dim] = kOwn; // split, chunk, glu
    }
    return dims;
}

/// matmul, expand and interpolate: the second operand has a word in it.
std::optional<std::vector<Size>> Sizes::dimsOfTwo(const ir::Node& node, List dims, size_t rank)
{
    if (node.op == "matmul") {
        if (rank < 2 || dims.size() != rank || type(node.input(1)).rank() != static_cast<int>(rank))
            return std::nullopt;
        const List other = of(node.input(1));
        for (size_t i = 0; i + 2 < rank; ++i)
            dims[i] = broadcast(dims[i], other[i]);
        dims.back() = other.back();
        return dims;
    }
    const auto wanted = node.input(1).isValid() ? contents(node.input(1)) : std::nullopt;
    if (node.op == "expand") {
        if (!wanted || wanted->size() != rank || dims.size() != rank)
            return std::nullopt;
        for (size_t i = 0; i < rank; ++i)
            dims[i] = broadcast(dims[i], (*wanted)[i]);
        return dims;
    }
    if (wanted)
        return wanted;
    if (node.input(1).isValid())
        std::fill(dims.begin() + std::min<std::ptrdiff_t>(2, std::ssize(dims)), dims.end(), kOwn);
    const ir::Attribute* attribute = node.attributes.find("scale_factor");
    const auto* scales = attribute ? std::get_if<std::vector<double>>(attribute) : nullptr;
    for (size_t i = 0; scales && i < scales->size() && i + 2 < dims.size(); ++i) {
        const auto whole = static_cast<int64_t>(std::clamp((*scales)[i], 0.0, 1e6));
        dims[i + 2] = static_cast<double>(whole) == (*scales)[i] ? times(dims[i + 2], whole) : kOwn;
    }
    return dims;
}

std::optional<std::vector<Size>> Sizes::dimsOf(const ir::Node& node, size_t rank)
{
    static constexpr std::array<std::string_view, 5> kMoves = {"flatten", "permute", "unsqueeze", "squeeze", "select"};
    static constexpr std::array<std::string_view, 7> kJoins = {"slice", "pad", "cat", "split", "chunk", "glu", "index_select"};
    static constexpr std::array<std::string_view, 3> kOfTwo = {"matmul", "expand", "interpolate"};
    if (broadcasts(node))
        return broadcastDims(node, rank);
    if (node.op == "constant_of_shape")
        return contents(node.input(0));
    if (node.op == "reshape")
        return reshapeDims(node, rank);
    if (node.inputs.empty() || !type(node.input(0)).hasRank())
        return std::nullopt;
    List dims = of(node.input(0));
    if (keepsShape(node) || node.op.starts_with("adaptive_")) // the sizes it sets are in the type
        return dims;
    if (node.attributes.has("kernel_size"))
        return windowDims(node, std::move(dims));
    if (node.op == "linear" && !dims.empty()) {
        dims.back() = kOwn;
        return dims;
    }
    if (isOneOf(node.op, kMoves) || isReduction(node.op))
        return movedDims(node, dims);
    if (isOneOf(node.op, kJoins))
        return joinedDims(node, std::move(dims));
    return isOneOf(node.op, kOfTwo) ? dimsOfTwo(node, std::move(dims), rank) : std::nullopt;
}

} // namespace bpu::importer
