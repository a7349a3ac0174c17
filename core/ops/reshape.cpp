// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that keep elements and order and change the shape only. A folded one shares its input's bytes.
#include "core/ops/spec_macro.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::ops {
namespace {

/// ONNX Reshape 14 with allowzero = 0: 0 copies a dimension, -1 takes what is left.
Result<Types> inferReshape(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto wanted = integersOf(graph, node, 1, "shape");
    if (!wanted) {
        const ir::Dim rank = inputType(graph, node, 1).dim(0);
        if (rank < 0 || rank > 64)
            return same(ir::TensorType::unranked(x.dtype()));
        return same(ir::TensorType(x.dtype(), ir::Shape(static_cast<size_t>(rank), ir::kUnknownDim)));
    }
    if (wanted->size() > 64)
        return opError(node, "rank", fmt::format("the shape has {} dimensions; at most 64 are possible", wanted->size()));
    ir::Shape shape = *wanted;
    int open = -1;
    ir::Dim known = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] < -1 || (shape[i] == -1 && open >= 0))
            return opError(node, "shape", fmt::format("a reshape to {} cannot be; give sizes of 0 or more and -1 at most once", fmt::join(*wanted, "x")));
        if (shape[i] == -1) {
            open = static_cast<int>(i);
            continue;
        }
        if (shape[i] == 0 && !node.attributes.flag("allow_zero"))
            shape[i] = x.dim(static_cast<int>(i));
        known = mulDims(known, shape[i]);
    }
    const ir::Dim total = x.elementCount();
    if (open >= 0) {
        ir::Dim& dim = shape[static_cast<size_t>(open)];
        dim = ir::kUnknownDim;
        if (total != ir::kUnknownDim && known > 0 && total % known == 0)
            dim = total / known;
        else if (total != ir::kUnknownDim && known > 0)
            return opError(node, "shape", fmt::format("{} elements cannot be reshaped to {}; make the sizes fit", total, fmt::join(*wanted, "x")));
    } else if (total != ir::kUnknownDim && known != ir::kUnknownDim && total != known) {
        return opError(node, "shape", fmt::format("{} elements cannot be reshaped to {}; make the sizes fit", total, fmt::join(*wanted, "x")));
    }
    return same(ir::TensorType(x.dtype(), std::move(shape)));
}

Result<Types> inferFlatten(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    const int rank = std::max(x.rank(), 1);
    const auto start = normalizedAxis(node.attributes.integer("start_dim", 0), rank);
    const auto end = normalizedAxis(node.attributes.integer("end_dim", -1), rank);
    if (!start || !end || *end < *start)
        return opError(node, "axis", fmt::format("flatten from {} to {} does not fit rank {}; correct the dimensions",
                                                 node.attributes.integer("start_dim", 0), node.attributes.integer("end_dim", -1), rank));
    ir::Shape shape(x.shape().begin(), x.shape().begin() + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(*start), x.rank()));
    ir::Dim product = 1;
    for (size_t i = *start; i <= *end && i < x.shape().size(); ++i)
        product = mulDims(product, x.shape()[i]);
    shape.push_back(product);
    if (*end + 1 < x.shape().size())
        shape.insert(shape.end(), x.shape().begin() + static_cast<std::ptrdiff_t>(*end) + 1, x.shape().end());
    return same(x.withShape(std::move(shape)));
}

Result<Types> inferSqueeze(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto dims = integersOf(graph, node, 1, "dims");
    if (!x.hasRank() || (!dims && (node.input(1).isValid() || !x.isStatic())))
        return same(ir::TensorType::unranked(x.dtype()));
    std::vector<bool> drop(x.shape().size(), false);
    for (const int64_t dim : dims.value_or(std::vector<int64_t>{})) {
        const auto axis = normalizedAxis(dim, x.rank());
        if (!axis)
            return axisError(node, dim, x.rank());
        if (x.shape()[*axis] != 1 && x.shape()[*axis] != ir::kUnknownDim)
            return opError(node, "axis", fmt::format("dimension {} is {} and cannot be squeezed; only 1 can", dim, x.shape()[*axis]));
        drop[*axis] = true;
    }
    ir::Shape shape;
    for (size_t i = 0; i < drop.size(); ++i)
        if (dims ? !drop[i] : x.shape()[i] != 1)
            shape.push_back(x.shape()[i]);
    return same(x.withShape(std::move(shape)));
}

Result<Types> inferUnsqueeze(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const auto dims = integersOf(graph, node, 1, "dims");
    if (!x.hasRank() || !dims || dims->size() > 64)
        return same(ir::TensorType::unranked(x.dtype()));
    const int rank = x.rank() + static_cast<int>(dims->size());
    std::vector<bool> added(static_cast<size_t>(rank), false);
    for (const int64_t dim : *dims) {
        const auto axis = normalizedAxis(dim, rank);
        if (!axis || added[*axis])
            return opError(node, "axis", fmt::format("axis {} does not fit rank {}; name each new axis once", dim, rank));
        added[*axis] = true;
    }
    ir::Shape shape;
    size_t next = 0;
    for (const bool isNew : added)
        shape.push_back(isNew ? 1 : x.shape()[next++]);
    return same(x.withShape(std::move(shape)));
}

Result<Types> inferSame(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0), std::max<size_t>(node.outputs.size(), 1));
}

using Infer = Result<Types> (*)(const ir::Graph&, const ir::Node&);

template <Infer F>
std::optional<Tensors> fold(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Tensor* x = constantInput(graph, node, 0);
    const auto types = x ? F(graph, node) : Result<Types>(Types{});
    if (!x || !types || types->empty() || (*types)[0].elementCount() != x->elementCount() || node.outputs.size() != 1)
        return std::nullopt;
    return Tensors{x->reshaped((*types)[0].shape())};
}

Cost noCost(const ir::Graph&, const ir::Node&)
{
    return {};
}

std::string shapeSummary(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Value* output = graph.outputOf(node);
    if (!output || !output->type.hasRank() || output->type.rank() > 6)
        return {};
    std::string text;
    for (const ir::Dim dim : output->type.shape())
        text += (text.empty() ? "to " : "×") + (dim == ir::kUnknownDim ? std::string("?") : fmt::format("{}", dim));
    return text;
}

} // namespace

#define BPU_RESHAPE(function, opName, method, torchName, onnxName, F, SUMMARY)                                                     \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {method, torchName}, .onnx = {onnxName},                  \
             .inputs = {"input", "shape"}, .inferTypes = F, .evaluate = fold<F>, .cost = noCost, .summary = SUMMARY,   \
             .isView = true)
#define BPU_TRANSPARENT(function, opName, module, functional, onnxName)                                                            \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {module, functional}, .onnx = {onnxName},                 \
             .inputs = {"input"}, .inferTypes = inferSame, .evaluate = fold<inferSame>, .cost = noCost, .transparent = true,    \
             .isView = true)

BPU_RESHAPE(reshape, "reshape", "torch.Tensor.reshape", "torch.Tensor.view", "Reshape", inferReshape, shapeSummary)
BPU_RESHAPE(flatten, "flatten", "torch.flatten", "torch.nn.Flatten", "Flatten", inferFlatten, nullptr)
BPU_RESHAPE(squeeze, "squeeze", "torch.squeeze", "torch.Tensor.squeeze", "Squeeze", inferSqueeze, nullptr)
BPU_RESHAPE(unsqueeze, "unsqueeze", "torch.unsqueeze", "torch.Tensor.unsqueeze", "Unsqueeze", inferUnsqueeze, nullptr)
BPU_TRANSPARENT(identity, "identity", "torch.nn.Identity", "torch.nn.Identity", "Identity")
BPU_TRANSPARENT(dropout, "dropout", "torch.nn.Dropout", "torch.nn.functional.dropout", "Dropout")
BPU_TRANSPARENT(dropout2d, "dropout2d", "torch.nn.Dropout2d", "torch.nn.functional.dropout2d", "Dropout")

} // namespace bpu::ops
