// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A part of a tensor by bounds and steps. Source: ONNX Slice 13, Python slices.
#include "core/ops/slice.h"

#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

/// Clamps as ONNX Slice 13: start and end counted from the back when negative, then into [0, size] (or [-1, size-1] backwards).
SliceAxis clamped(size_t axis, ir::Dim dim, int64_t start, int64_t end, int64_t step)
{
    SliceAxis result{axis, start, step, ir::kUnknownDim};
    if (dim == ir::kUnknownDim || step == 0)
        return result;
    const auto place = [dim](int64_t at, int64_t low, int64_t high) {
        if (at < 0)
            at = at < -dim ? -dim - 1 : at;
        return std::clamp(at < 0 ? at + dim : at, low, high);
    };
    const bool forward = step > 0;
    result.start = forward ? place(start, 0, dim) : place(start, -1, dim - 1);
    const int64_t stop = forward ? place(end, 0, dim) : place(end, -1, dim - 1);
    const auto room = static_cast<uint64_t>(forward ? std::max<int64_t>(stop - result.start, 0) : std::max<int64_t>(result.start - stop, 0));
    const uint64_t stride = forward ? static_cast<uint64_t>(step) : uint64_t{0} - static_cast<uint64_t>(step);
    result.size = static_cast<ir::Dim>(room / stride + (room % stride != 0 ? 1 : 0));
    return result;
}

} // namespace

Result<std::optional<std::vector<SliceAxis>>> sliceAxes(const ir::Graph& graph, const ir::Node& node)
{
    using Axes = std::optional<std::vector<SliceAxis>>;
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto starts = integersOf(graph, node, 1, "starts");
    const auto ends = integersOf(graph, node, 2, "ends");
    if (!starts || !ends || !x.hasRank())
        return Axes();
    std::vector<int64_t> dims = integersOf(graph, node, 3, "dims").value_or(std::vector<int64_t>{});
    std::vector<int64_t> steps = integersOf(graph, node, 4, "steps").value_or(std::vector<int64_t>{});
    if (dims.empty())
        for (size_t i = 0; i < starts->size(); ++i)
            dims.push_back(static_cast<int64_t>(i));
    steps.resize(std::max(steps.size(), starts->size()), 1);
    if (starts->size() != ends->size() || dims.size() != starts->size())
        return opError(node, "slice", "starts, ends and axes of a slice differ in length; make them equal");
    std::vector<SliceAxis> axes;
    for (size_t i = 0; i < dims.size(); ++i) {
        const auto axis = normalizedAxis(dims[i], x.rank());
        if (!axis)
            return axisError(node, dims[i], x.rank());
        if (std::ranges::find(axes, *axis, &SliceAxis::axis) != axes.end())
            return opError(node, "slice", fmt::format("axis {} is sliced twice; name each axis once", *axis));
        if (steps[i] == 0)
            return opError(node, "slice", "the step of a slice is 0; use 1 or more");
        axes.push_back(clamped(*axis, x.shape()[*axis], (*starts)[i], (*ends)[i], steps[i]));
    }
    return Axes(std::move(axes));
}

namespace {

Result<Types> inferSlice(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    BPU_TRY(axes, sliceAxes(graph, node));
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    if (!axes)
        return same(x.withShape(ir::Shape(x.shape().size(), ir::kUnknownDim)));
    ir::Shape shape = x.shape();
    for (const SliceAxis& axis : *axes)
        shape[axis.axis] = axis.size;
    return same(x.withShape(std::move(shape)));
}

std::optional<Tensors> foldSlice(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto axes = x ? sliceAxes(graph, node) : Result<std::optional<std::vector<SliceAxis>>>(std::nullopt);
    if (!x || !axes || !*axes)
        return std::nullopt;
    ir::Shape shape = x->shape();
    std::vector<int64_t> strides = stridesOf(x->shape());
    int64_t offset = 0;
    for (const SliceAxis& axis : **axes) {
        shape[axis.axis] = axis.size;
        if (axis.size > 0)
            offset += axis.start * strides[axis.axis];
        if (axis.size > 1)
            strides[axis.axis] *= axis.step;
    }
    const ir::TensorType type = x->type().withShape(std::move(shape));
    return mayFold(graph, node, type) ? single(copyElements(*x, type, StridedIndex(type.shape(), std::move(strides), offset))) : std::nullopt;
}

std::string sliceSummary(const ir::Graph&, const ir::Node& node)
{
    const std::vector<int64_t> starts = node.attributes.integers("starts");
    const std::vector<int64_t> ends = node.attributes.integers("ends");
    const std::vector<int64_t> dims = node.attributes.integers("dims");
    if (starts.size() != 1 || ends.size() != 1)
        return {};
    return fmt::format("axis {} {}:{}", dims.empty() ? 0 : dims[0], starts[0], ends[0] > (int64_t{1} << 31) ? std::string() : fmt::format("{}", ends[0]));
}

} // namespace

BPU_SPEC(slice, .name = "slice", .family = Family::Shape, .torch = {"torch.Tensor.__getitem__", "torch.narrow"}, .onnx = {"Slice"},
         .inputs = {"input", "starts", "ends", "dims", "steps"}, .inferTypes = inferSlice, .evaluate = foldSlice, .cost = memoryCost,
         .summary = sliceSummary)

} // namespace bpu::ops
