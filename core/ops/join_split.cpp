// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Joining along a dimension and the reverse: cat, stack, split, chunk. Source: ONNX Concat, Split 13; torch of the same names.
#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

Result<Types> inferCat(const ir::Graph& graph, const ir::Node& node)
{
    ir::TensorType result = inputType(graph, node, 0);
    const bool stacked = node.op == "stack";
    for (size_t i = 0; i < node.inputs.size(); ++i)
        if (!inputType(graph, node, i).hasRank())
            return same(ir::TensorType::unranked(result.dtype()));
    const int rank = result.rank() + (stacked ? 1 : 0);
    BPU_TRY(axis, axisOf(node, "dim", 0, rank));
    ir::Shape shape = result.shape();
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        const ir::TensorType& other = inputType(graph, node, i);
        if (other.rank() != result.rank())
            return opError(node, "rank", fmt::format("{} and {} cannot be joined; give them the same rank", ir::shapeText(result), ir::shapeText(other)));
        for (size_t d = 0; d < shape.size(); ++d) {
            const ir::Dim dim = other.shape()[d];
            if (!stacked && d == axis)
                shape[d] = addDims(shape[d], dim);
            else if (shape[d] == ir::kUnknownDim)
                shape[d] = dim;
            else if (dim != ir::kUnknownDim && dim != shape[d])
                return opError(node, "shape", fmt::format("{} and {} differ outside of axis {}; make them equal there", ir::shapeText(result),
                                                          ir::shapeText(other), axis));
        }
    }
    if (stacked)
        shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), static_cast<ir::Dim>(node.inputs.size()));
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
            if (size == 0) // an empty part may have no bytes to point at
                continue;
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
    BPU_TRY(axis, axisOf(node, "dim", 0, x.rank()));
    std::vector<int64_t> sizes = integersOf(graph, node, 1, "sizes").value_or(std::vector<int64_t>{});
    const ir::Dim whole = x.shape()[axis];
    if (sizes.empty() && whole != ir::kUnknownDim && !node.input(1).isValid()) {
        const int64_t parts = std::max<int64_t>(node.attributes.integer("chunks", static_cast<int64_t>(count)), 1);
        const int64_t each = whole / parts + (whole % parts != 0 ? 1 : 0);
        for (size_t i = 0; i < count; ++i)
            sizes.push_back(std::clamp<int64_t>(whole - std::min(mulDims(static_cast<int64_t>(i), each), whole), 0, each));
    }
    sizes.resize(count, ir::kUnknownDim);
    ir::Dim sum = 0;
    Types types;
    for (const int64_t size : sizes) {
        if (size < ir::kUnknownDim)
            return opError(node, "shape", fmt::format("a split size is {}; it has to be 0 or more", size));
        sum = addDims(sum, size);
        ir::Shape shape = x.shape();
        shape[axis] = size;
        types.push_back(x.withShape(std::move(shape)));
    }
    if (sum != ir::kUnknownDim && whole != ir::kUnknownDim && sum != whole)
        return opError(node, "shape", fmt::format("the split sizes add up to {}, the axis has {}; make them equal", sum, whole));
    return types;
}

std::optional<Tensors> foldSplit(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? inferSplit(graph, node) : Result<Types>(Types{});
    if (!x || !types || types->empty())
        return std::nullopt;
    const size_t axis = *normalizedAxis(node.attributes.integer("dim", 0), x->type().rank());
    const std::vector<int64_t> strides = stridesOf(x->shape());
    Tensors parts;
    int64_t offset = 0;
    for (const ir::TensorType& type : *types) {
        auto part = mayFold(graph, node, type) ? copyElements(*x, type, StridedIndex(type.shape(), strides, offset)) : std::nullopt;
        if (!part)
            return std::nullopt;
        offset += type.shape()[axis] * strides[axis];
        parts.push_back(std::move(*part));
    }
    return parts;
}

std::string joinSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("axis {}, {} inputs", node.attributes.integer("dim", 0), node.inputs.size());
}

std::string splitSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("axis {}, {} parts", node.attributes.integer("dim", 0), node.outputs.size());
}

} // namespace

#define BPU_JOIN(function, opName, second, onnxName)                                                                               \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {"torch." opName, second}, .onnx = {onnxName},            \
             .inputs = {"input", "other"}, .variadic = true, .inferTypes = inferCat, .evaluate = foldCat, .cost = memoryCost,      \
             .summary = joinSummary)
#define BPU_SPLIT(function, opName, onnxName)                                                                                      \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {"torch." opName, "torch.Tensor." opName},                \
             .onnx = {onnxName}, .inputs = {"input", "sizes"}, .inferTypes = inferSplit, .evaluate = foldSplit,                    \
             .cost = memoryCost, .summary = splitSummary)

BPU_JOIN(cat, "cat", "torch.concat", "Concat")
BPU_JOIN(stack, "stack", "torch.stack", "")
BPU_SPLIT(split, "split", "Split")
BPU_SPLIT(chunk, "chunk", "")

} // namespace bpu::ops
