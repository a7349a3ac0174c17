// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that move elements: permute, cat, split, slice, pad, expand, tile.
// Source: ONNX Transpose, Concat, Split 13, Slice 13, Pad 13, Expand, Tile; torch of the same names.
#include "core/ops/elementwise.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Error axisError(const ir::Node& node, int64_t axis, int rank)
{
    return opError(node, "axis", fmt::format("axis {} lies outside of rank {}; correct it", axis, rank));
}

std::vector<int64_t> permutationOf(const ir::Node& node, int rank)
{
    std::vector<int64_t> dims = node.attributes.integers("dims");
    if (dims.empty())
        for (int i = rank; i-- > 0;)
            dims.push_back(i);
    return dims;
}

Result<Types> inferPermute(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    const std::vector<int64_t> dims = permutationOf(node, x.rank());
    std::vector<bool> seen(x.shape().size(), false);
    ir::Shape shape;
    for (const int64_t dim : dims) {
        const auto axis = normalizedAxis(dim, x.rank());
        if (!axis || seen[*axis] || dims.size() != seen.size())
            return opError(node, "axis", fmt::format("the permutation has {} entries for rank {}; name each axis once", dims.size(), x.rank()));
        seen[*axis] = true;
        shape.push_back(x.shape()[*axis]);
    }
    return same(x.withShape(std::move(shape)));
}

/// Copies whole elements: result element i is input element from(i).
std::optional<Tensors> gathered(const ir::Tensor& x, const ir::TensorType& type, auto&& from)
{
    const size_t width = ir::byteSize(x.dtype());
    const auto count = static_cast<size_t>(type.elementCount());
    if (width == 0)
        return std::nullopt;
    auto data = std::make_shared_for_overwrite<std::byte[]>(count * width);
    for (size_t i = 0; i < count; ++i)
        std::memcpy(data.get() + i * width, x.bytes().data() + static_cast<size_t>(from(static_cast<int64_t>(i))) * width, width);
    return Tensors{ir::Tensor(type, Bytes(std::move(data), count * width))};
}

/// Row-major walk: index of the result -> index of the input through one stride per result axis and an offset.
class StridedIndex {
public:
    StridedIndex(const ir::Shape& shape, std::vector<int64_t> inputStrides, int64_t offset)
        : m_strides(stridesOf(shape)), m_inputStrides(std::move(inputStrides)), m_offset(offset)
    {
    }
    int64_t operator()(int64_t flat) const
    {
        int64_t at = m_offset;
        for (size_t i = 0; i < m_strides.size(); ++i) {
            at += flat / m_strides[i] * m_inputStrides[i];
            flat %= m_strides[i];
        }
        return at;
    }

private:
    std::vector<int64_t> m_strides;
    std::vector<int64_t> m_inputStrides;
    int64_t m_offset;
};

std::optional<Tensors> foldPermute(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferPermute(graph, node) : Result<Types>(Types{});
    if (!x || !types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    const std::vector<int64_t> strides = stridesOf(x->shape());
    std::vector<int64_t> permuted;
    for (const int64_t dim : permutationOf(node, x->type().rank()))
        permuted.push_back(strides[*normalizedAxis(dim, x->type().rank())]);
    return gathered(*x, (*types)[0], StridedIndex((*types)[0].shape(), std::move(permuted), 0));
}

Result<Types> inferCat(const ir::Graph& graph, const ir::Node& node)
{
    ir::TensorType result = inputType(graph, node, 0);
    bool stacked = node.op == "stack";
    for (size_t i = 0; i < node.inputs.size(); ++i)
        if (!inputType(graph, node, i).hasRank())
            return same(ir::TensorType::unranked(result.dtype()));
    const int rank = result.rank() + (stacked ? 1 : 0);
    const auto axis = normalizedAxis(node.attributes.integer("dim", 0), rank);
    if (!axis)
        return axisError(node, node.attributes.integer("dim", 0), rank);
    ir::Shape shape = result.shape();
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        const ir::TensorType& other = inputType(graph, node, i);
        if (other.rank() != result.rank())
            return opError(node, "rank", fmt::format("{} and {} cannot be joined; give them the same rank", ir::shapeText(result), ir::shapeText(other)));
        for (size_t d = 0; d < shape.size(); ++d) {
            const ir::Dim dim = other.shape()[d];
            if (!stacked && d == *axis)
                shape[d] = addDims(shape[d], dim);
            else if (shape[d] == ir::kUnknownDim)
                shape[d] = dim;
            else if (dim != ir::kUnknownDim && dim != shape[d])
                return opError(node, "shape", fmt::format("{} and {} differ outside of axis {}; make them equal there", ir::shapeText(result),
                                                          ir::shapeText(other), *axis));
        }
    }
    if (stacked)
        shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*axis), static_cast<ir::Dim>(node.inputs.size()));
    return same(result.withShape(std::move(shape)));
}

std::optional<Tensors> foldCat(const ir::Graph& graph, const ir::Node& node)
{
    const auto types = inferCat(graph, node);
    if (!types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    std::vector<const ir::Tensor*> parts;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        parts.push_back(constantInput(graph, node, i));
        if (!parts.back() || parts.back()->dtype() != (*types)[0].dtype() || ir::byteSize(parts.back()->dtype()) == 0)
            return std::nullopt;
    }
    // Outer blocks in turn from every part: what lies from the joined axis on is contiguous.
    const auto axis = *normalizedAxis(node.attributes.integer("dim", 0), (*types)[0].rank());
    int64_t outer = 1;
    for (size_t d = 0; d < axis; ++d)
        outer *= (*types)[0].shape()[d];
    const size_t width = ir::byteSize((*types)[0].dtype());
    const auto total = static_cast<size_t>((*types)[0].elementCount()) * width;
    auto data = std::make_shared_for_overwrite<std::byte[]>(total);
    std::byte* at = data.get();
    for (int64_t block = 0; block < outer; ++block)
        for (const ir::Tensor* part : parts) {
            const size_t size = part->bytes().size() / static_cast<size_t>(outer);
            std::memcpy(at, part->bytes().data() + static_cast<size_t>(block) * size, size);
            at += size;
        }
    return Tensors{ir::Tensor((*types)[0], Bytes(std::move(data), total))};
}

Result<Types> inferSplit(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const size_t count = node.outputs.size();
    if (!x.hasRank() || count == 0)
        return same(ir::TensorType::unranked(x.dtype()), count);
    const auto axis = normalizedAxis(node.attributes.integer("dim", 0), x.rank());
    if (!axis)
        return axisError(node, node.attributes.integer("dim", 0), x.rank());
    std::vector<int64_t> sizes = integersOf(graph, node, 1, "sizes").value_or(std::vector<int64_t>{});
    const ir::Dim whole = x.shape()[*axis];
    if (sizes.empty() && whole != ir::kUnknownDim && !node.input(1).isValid()) {
        const auto parts = static_cast<int64_t>(count);
        const int64_t each = (whole + parts - 1) / parts;
        for (int64_t i = 0; i < parts; ++i)
            sizes.push_back(std::clamp<int64_t>(whole - i * each, 0, each));
    }
    sizes.resize(count, ir::kUnknownDim);
    ir::Dim sum = 0;
    Types types;
    for (const int64_t size : sizes) {
        if (size < ir::kUnknownDim)
            return opError(node, "shape", fmt::format("a split size is {}; it has to be 0 or more", size));
        sum = addDims(sum, size);
        ir::Shape shape = x.shape();
        shape[*axis] = size;
        types.push_back(x.withShape(std::move(shape)));
    }
    if (sum != ir::kUnknownDim && whole != ir::kUnknownDim && sum != whole)
        return opError(node, "shape", fmt::format("the split sizes add up to {}, the axis has {}; make them equal", sum, whole));
    return types;
}

struct SliceAxis {
    size_t axis = 0;
    int64_t start = 0;
    int64_t step = 1;
    ir::Dim size = ir::kUnknownDim;
};

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

/// Nothing while bounds or axes are not constant.
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
    return mayFold(graph, node, type) ? gathered(*x, type, StridedIndex(type.shape(), std::move(strides), offset)) : std::nullopt;
}

Result<Types> inferPad(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto padding = integersOf(graph, node, 1, "padding");
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    const size_t rank = x.shape().size();
    if (!padding)
        return same(x.withShape(ir::Shape(rank, ir::kUnknownDim)));
    if (padding->size() != 2 * rank)
        return opError(node, "pad", fmt::format("{} padding numbers are given for rank {}; {} are needed", padding->size(), rank, 2 * rank));
    ir::Shape shape = x.shape();
    for (size_t i = 0; i < rank; ++i) {
        if (shape[i] == ir::kUnknownDim)
            continue;
        // Not addDims: a padding of -1 is a number here, not "unknown".
        if (__builtin_add_overflow(shape[i], (*padding)[i], &shape[i]) || __builtin_add_overflow(shape[i], (*padding)[i + rank], &shape[i]))
            return opError(node, "pad", fmt::format("padding makes dimension {} of {} too large; pad less", i, ir::shapeText(x)));
        if (shape[i] < 0)
            return opError(node, "pad", fmt::format("padding makes dimension {} of {} negative; pad less", i, ir::shapeText(x)));
    }
    return same(x.withShape(std::move(shape)));
}

Result<Types> inferExpand(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto shape = integersOf(graph, node, 1, "shape");
    if (!shape || !x.hasRank() || shape->size() > 64) {
        const ir::Dim rank = inputType(graph, node, 1).dim(0);
        if (!x.hasRank() || rank < 0 || rank > 64)
            return same(ir::TensorType::unranked(x.dtype()));
        return same(x.withShape(ir::Shape(std::max(static_cast<size_t>(rank), x.shape().size()), ir::kUnknownDim)));
    }
    ir::Shape wanted = *shape;
    for (ir::Dim& dim : wanted) {
        if (dim < -1)
            return opError(node, "shape", fmt::format("a size to expand to is {}; it has to be 0 or more, or -1 to keep", dim));
        dim = dim == -1 ? 1 : dim;
    }
    const auto result = broadcast(x.shape(), wanted);
    if (!result)
        return opError(node, "broadcast", fmt::format("{} cannot be expanded to {}; only dimensions of 1 grow", ir::shapeText(x),
                                                      ir::shapeText(x.withShape(wanted))));
    return same(x.withShape(*result));
}

std::optional<Tensors> foldExpand(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferExpand(graph, node) : Result<Types>(Types{});
    if (!x || !types || !mayFold(graph, node, (*types)[0]))
        return std::nullopt;
    return gathered(*x, (*types)[0], BroadcastIndex((*types)[0].shape(), x->shape()));
}

Result<Types> inferTile(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto repeats = integersOf(graph, node, 1, "repeats");
    if (!x.hasRank() || (repeats && repeats->size() > 64))
        return same(ir::TensorType::unranked(x.dtype()));
    if (!repeats)
        return same(x.withShape(ir::Shape(x.shape().size(), ir::kUnknownDim)));
    ir::Shape shape = x.shape();
    if (repeats->size() > shape.size())
        shape.insert(shape.begin(), repeats->size() - shape.size(), 1);
    for (size_t i = 0; i < repeats->size(); ++i) {
        if ((*repeats)[i] < 0)
            return opError(node, "shape", fmt::format("a repeat count is {}; it has to be 0 or more", (*repeats)[i]));
        ir::Dim& dim = shape[shape.size() - repeats->size() + i];
        dim = mulDims(dim, (*repeats)[i]);
    }
    return same(x.withShape(std::move(shape)));
}

Cost movedBytes(const ir::Graph& graph, const ir::Node& node)
{
    return memoryCost(graph, node);
}

std::string catSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("axis {}, {} inputs", node.attributes.integer("dim", 0), node.inputs.size());
}

std::string splitSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("axis {}, {} parts", node.attributes.integer("dim", 0), node.outputs.size());
}

std::string listSummary(const ir::Node& node, std::string_view attribute)
{
    std::string text;
    for (const int64_t value : node.attributes.integers(attribute))
        text += (text.empty() ? "" : ",") + fmt::format("{}", value);
    return text;
}

std::string permuteSummary(const ir::Graph&, const ir::Node& node)
{
    return listSummary(node, "dims");
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

std::string padSummary(const ir::Graph&, const ir::Node& node)
{
    const std::string_view mode = node.attributes.text("mode", "constant");
    return fmt::format("{} {}", mode, listSummary(node, "padding"));
}

} // namespace

#define BPU_ARRANGE(function, opName, first, second, onnxName, isVariadic, INFER, FOLD, SUMMARY)                                   \
    const OpSpec& function()                                                                                                       \
    {                                                                                                                              \
        static const OpSpec s{.name = opName, .family = Family::Shape, .torch = {first, second}, .onnx = {onnxName},               \
                              .inputs = {"input", "other"}, .variadic = isVariadic, .inferTypes = INFER, .evaluate = FOLD,         \
                              .cost = movedBytes, .summary = SUMMARY};                                                             \
        return s;                                                                                                                  \
    }

BPU_ARRANGE(permute, "permute", "torch.permute", "torch.Tensor.permute", "Transpose", false, inferPermute, foldPermute, permuteSummary)
BPU_ARRANGE(cat, "cat", "torch.cat", "torch.concat", "Concat", true, inferCat, foldCat, catSummary)
BPU_ARRANGE(stack, "stack", "torch.stack", "torch.stack", "", true, inferCat, foldCat, catSummary)
BPU_ARRANGE(split, "split", "torch.split", "torch.Tensor.split", "Split", false, inferSplit, nullptr, splitSummary)
BPU_ARRANGE(chunk, "chunk", "torch.chunk", "torch.Tensor.chunk", "", false, inferSplit, nullptr, splitSummary)
BPU_ARRANGE(slice, "slice", "torch.Tensor.__getitem__", "torch.narrow", "Slice", false, inferSlice, foldSlice, sliceSummary)
BPU_ARRANGE(pad, "pad", "torch.nn.functional.pad", "torch.nn.ZeroPad2d", "Pad", false, inferPad, nullptr, padSummary)
BPU_ARRANGE(expand, "expand", "torch.Tensor.expand", "torch.Tensor.expand_as", "Expand", false, inferExpand, foldExpand, nullptr)
BPU_ARRANGE(tile, "tile", "torch.Tensor.repeat", "torch.Tensor.tile", "Tile", false, inferTile, nullptr, nullptr)

} // namespace bpu::ops
