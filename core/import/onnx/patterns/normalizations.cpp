// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Normalizations that exporters write out, and the scale and shift that follow them.
#include "core/import/onnx/patterns/moments.h"

#include <algorithm>
#include <numeric>

namespace bpu::importer {
namespace {

std::vector<int64_t> fromFront(std::vector<int64_t> dims, int rank)
{
    for (int64_t& dim : dims)
        dim += dim < 0 ? rank : 0;
    std::ranges::sort(dims);
    return dims;
}

/// The shape of the constant that is the only user's other factor: a layer norm's scale knows what is normalized
/// where the input does not.
std::optional<ir::Shape> scaleBehind(const Match& match, const ir::Node& node)
{
    const ir::Value& result = match.graph().value(node.output());
    const ir::Node* times = result.hasOneUse() && !result.users.empty() ? &match.graph().node(result.users.front().node) : nullptr;
    if (!times || times->op != "mul")
        return std::nullopt;
    const ir::Tensor* scale = match.constant(times->input(1 - result.users.front().index));
    return scale && scale->elementCount() > 1 ? std::optional(scale->shape()) : std::nullopt;
}

/// The last n dimensions: layer norm, its sizes known. 2 to the end of an image: instance norm.
bool replaceNorm(Match& match, const ir::Node& node, const std::vector<NodeId>& group, const Deviation& found)
{
    const ir::TensorType& type = match.type(found.x);
    const bool onlyLast = found.dims == std::vector<int64_t>{-1};
    if (!type.hasRank() && !onlyLast)
        return false;
    const int rank = type.hasRank() ? type.rank() : 1;
    const std::vector<int64_t> dims = fromFront(found.dims, rank);
    std::vector<int64_t> last(dims.size());
    std::iota(last.begin(), last.end(), int64_t{rank} - static_cast<int64_t>(dims.size()));
    if (dims != last)
        return false;
    if (rank >= 4 && dims.front() == 2)
        return match.replace(group, node, "instance_norm", {found.x}, {{"epsilon", found.epsilon}});
    std::vector<int64_t> sizes;
    for (const int64_t dim : dims)
        sizes.push_back(type.dim(static_cast<int>(dim)));
    const auto scale = scaleBehind(match, node);
    for (size_t i = 0; scale && scale->size() == sizes.size() && i < sizes.size(); ++i)
        sizes[i] = sizes[i] == ir::kUnknownDim ? (*scale)[i] : sizes[i];
    if (std::ranges::find(sizes, ir::kUnknownDim) != sizes.end())
        return false;
    return match.replace(group, node, "layer_norm", {found.x}, {{"normalized_shape", sizes}, {"epsilon", found.epsilon}});
}

} // namespace

/// before: d = x - mean(x); d / sqrt(mean(d^2) + epsilon); d^2 as pow, square or product; the subtraction written
///         once or twice; a product with the reciprocal instead of the division
/// after:  layer_norm(x) {normalized_shape, epsilon}, or instance_norm(x) over all spatial dimensions
bool normalization(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        if (node.op == "div" && side == 1)
            return false;
        const auto center = centered(match, node.input(side));
        if (!center)
            continue;
        const ir::Node* reciprocal = node.op == "mul" ? match.maker(node.input(1 - side), "reciprocal") : nullptr;
        const ValueId divisor = node.op == "div" ? node.input(1) : reciprocal ? reciprocal->input(0) : ValueId{};
        auto found = deviation(match, divisor);
        if (!found || found->x != center->sub->input(0) || center->mean->attributes.integers("dim") != found->dims)
            continue;
        std::vector<NodeId> group = found->nodes;
        group.insert(group.end(), {center->sub->id, center->mean->id});
        if (reciprocal)
            group.push_back(reciprocal->id);
        if (replaceNorm(match, node, group, *found))
            return true;
    }
    return false;
}

namespace {

bool allEqual(const ir::Tensor* tensor, double wanted)
{
    if (!tensor || tensor->dtype() != ir::DType::Float32)
        return false;
    for (int64_t i = 0; i < tensor->elementCount(); ++i)
        if (tensor->number(i) != wanted)
            return false;
    return true;
}

} // namespace

/// before: reshape(x, [0, G, -1]), instance_norm with gamma 1 and beta 0, reshape back to the shape of x
/// after:  group_norm(x) {groups = G, epsilon}
bool groupNorm(Match& match, const ir::Node& node)
{
    const ir::Node* norm = match.maker(node.input(0), "instance_norm");
    const ir::Node* split = norm ? match.maker(norm->input(0), "reshape") : nullptr;
    if (!split || !allEqual(match.constant(norm->input(1)), 1) || !allEqual(match.constant(norm->input(2)), 0))
        return false;
    const std::vector<int64_t> parts = split->attributes.integers("shape");
    const ValueId x = split->input(0);
    if (parts.size() != 3 || parts[1] < 1 || parts[2] != -1 || (parts[0] != 0 && parts[0] != match.type(x).dim(0)))
        return false;
    std::vector<NodeId> group{norm->id, split->id};
    const std::vector<int64_t> back = node.attributes.integers("shape");
    const ir::Node* shape = match.maker(node.input(1), "shape");
    if (shape && shape->input(0) == x && shape->attributes.empty()) {
        if (match.graph().value(shape->output()).hasOneUse())
            group.push_back(shape->id);
    } else if (!match.type(x).hasRank() || back.size() != match.type(x).shape().size()) {
        return false;
    }
    for (size_t i = 0; i < back.size(); ++i)
        if (const ir::Dim dim = match.type(x).dim(static_cast<int>(i)); back[i] > 0 && dim != ir::kUnknownDim && back[i] != dim)
            return false;
    return match.replace(group, node, "group_norm", {x}, {{"groups", parts[1]}, {"epsilon", norm->attributes.number("epsilon")}});
}

namespace {

/// The constant as the norm's parameter: of normalized_shape for layer_norm, else one number per channel, with
/// 1s in the other dimensions.
std::optional<ir::Tensor> parameterFor(const Match& match, const ir::Node& norm, const ir::Tensor& constant)
{
    if (norm.op == "layer_norm") {
        const std::vector<int64_t> wanted = norm.attributes.integers("normalized_shape");
        return constant.shape() == wanted ? std::optional(constant) : std::nullopt;
    }
    const ir::TensorType& type = match.type(norm.input(0));
    const auto rank = constant.shape().size();
    if (!type.hasRank() || type.rank() < 3)
        return std::nullopt;
    const size_t spatial = static_cast<size_t>(type.rank()) - 2;
    const bool placed = rank > spatial && rank <= spatial + 2 && constant.shape()[rank - 1 - spatial] == constant.elementCount();
    const ir::Dim channels = type.dim(1);
    if (!placed || (channels != ir::kUnknownDim && channels != constant.elementCount()))
        return std::nullopt;
    return constant.reshaped({constant.elementCount()});
}

bool attachParameter(Match& match, const ir::Node& node, size_t slot)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Tensor* constant = match.constant(node.input(side));
        const ir::Value* value = constant ? match.graph().find(node.input(1 - side)) : nullptr;
        const ir::Node* norm = value ? match.graph().producerOf(*value) : nullptr;
        if (!norm || (norm->op != "layer_norm" && norm->op != "group_norm" && norm->op != "instance_norm") || norm->inputs.size() != slot)
            continue;
        const auto parameter = parameterFor(match, *norm, *constant);
        if (!parameter || !value->hasOneUse())
            continue;
        std::vector<ValueId> inputs = norm->inputs;
        const bool asIs = parameter->shape() == constant->shape();
        inputs.push_back(asIs ? node.input(side) : match.rewriter().addConstant(node.name + (slot == 1 ? "/gamma" : "/beta"), *parameter));
        const ir::Node copy = *norm;
        return match.replace({copy.id}, node, copy.op, std::move(inputs), copy.attributes);
    }
    return false;
}

} // namespace

/// before: layer_norm(x) * gamma, also group_norm and instance_norm with gamma per channel
/// after:  layer_norm(x, gamma)
bool normScale(Match& match, const ir::Node& node)
{
    return attachParameter(match, node, 1);
}

/// before: layer_norm(x, gamma) + beta
/// after:  layer_norm(x, gamma, beta)
bool normShift(Match& match, const ir::Node& node)
{
    return attachParameter(match, node, 2);
}

/// before: x / expand(clamp(reduce_l2(x, dim), epsilon), shape(x)), torch.nn.functional.normalize; without expand too
/// after:  lp_norm(x) {p = 2, dim, epsilon}
bool l2Norm(Match& match, const ir::Node& node)
{
    std::vector<NodeId> group;
    ValueId divisor = node.input(1);
    if (const ir::Node* expand = match.maker(divisor, "expand")) {
        const ir::Node* shape = match.maker(expand->input(1), "shape");
        if (expand->inputs.size() > 1 && (!shape || shape->input(0) != node.input(0)))
            return false;
        if (shape && match.graph().value(shape->output()).hasOneUse())
            group.push_back(shape->id);
        group.push_back(expand->id);
        divisor = expand->input(0);
    }
    const ir::Node* clamp = match.maker(divisor, "clamp");
    if (clamp && (clamp->attributes.has("max") || !clamp->attributes.has("min")))
        return false;
    const ir::Node* norm = match.maker(clamp ? clamp->input(0) : divisor, "reduce_l2");
    const bool fits = norm && norm->input(0) == node.input(0) && norm->attributes.flag("keepdim") && norm->attributes.integers("dim").size() == 1;
    if (!fits)
        return false;
    group.push_back(norm->id);
    if (clamp)
        group.push_back(clamp->id);
    return match.replace(group, node, "lp_norm", {node.input(0)},
                         {{"p", int64_t{2}}, {"dim", norm->attributes.integers("dim")[0]}, {"epsilon", clamp ? clamp->attributes.number("min") : 0.0}});
}

} // namespace bpu::importer
