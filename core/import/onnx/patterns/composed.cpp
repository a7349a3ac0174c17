// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Softmax, recurrent layers and normalizations as converters from other frameworks write them.
#include "core/import/onnx/patterns/moments.h"

namespace bpu::importer {
namespace {

std::optional<int64_t> onlyDim(const ir::Node& reduction)
{
    const std::vector<int64_t> dims = reduction.attributes.integers("dim");
    return reduction.attributes.flag("keepdim") && dims.size() == 1 ? std::optional(dims[0]) : std::nullopt;
}

/// A tensor of zeros, stated or made from a shape; also a part of one, which the layers of a stacked LSTM get.
bool isZero(const Match& match, ValueId value)
{
    for (const std::string_view op : {"slice", "select", "squeeze", "unsqueeze"})
        if (const ir::Node* part = match.maker(value, op))
            value = part->input(0);
    if (const ir::Tensor* constant = match.constant(value)) {
        for (int64_t i = 0; i < constant->elementCount(); ++i)
            if (constant->number(i) != 0)
                return false;
        return true;
    }
    const ir::Node* fill = match.maker(value, "constant_of_shape");
    const ir::Attribute* number = fill ? fill->attributes.find("value") : nullptr;
    return number && std::get_if<ir::Tensor>(number) && std::get<ir::Tensor>(*number).number(0) == 0;
}

/// gamma times the reciprocal of a deviation, or gamma divided by it.
struct Scale {
    ValueId gamma;
    Deviation deviation;
};

std::optional<Scale> scaleOf(const Match& match, ValueId value)
{
    if (const ir::Node* div = match.maker(value, "div"))
        if (auto found = match.constant(div->input(0)) ? deviation(match, div->input(1)) : std::nullopt) {
            found->nodes.push_back(div->id);
            return Scale{div->input(0), *std::move(found)};
        }
    const ir::Node* times = match.maker(value, "mul");
    for (const size_t side : {0U, 1U}) {
        const ir::Node* reciprocal = times && match.constant(times->input(side)) ? match.maker(times->input(1 - side), "reciprocal") : nullptr;
        auto found = reciprocal ? deviation(match, reciprocal->input(0)) : std::nullopt;
        if (!found)
            continue;
        found->nodes.insert(found->nodes.end(), {times->id, reciprocal->id});
        return Scale{times->input(side), *std::move(found)};
    }
    return std::nullopt;
}

/// The other operand of a product; invalid when `value` is none of its operands.
ValueId beside(const ir::Node& product, ValueId value)
{
    return product.input(0) == value ? product.input(1) : product.input(1) == value ? product.input(0) : ValueId{};
}

} // namespace

/// before: k = gamma / sqrt(mean((x - m)^2) + epsilon), m = mean(x); x * k + (beta - m * k), as TensorFlow writes it
/// after:  layer_norm(x, gamma, beta) {normalized_shape, epsilon}, gamma and beta over the last dimensions
bool layerNormOfScale(Match& match, const ir::Node& node)
{
    for (const size_t side : {0U, 1U}) {
        const ir::Node* scaled = match.maker(node.input(side), "mul");
        const ir::Node* shift = match.maker(node.input(1 - side), "sub");
        const ir::Node* product = shift && match.constant(shift->input(0)) ? match.maker(shift->input(1), "mul") : nullptr;
        if (!scaled || !product)
            continue;
        for (const size_t k : {0U, 1U}) {
            auto scale = scaleOf(match, scaled->input(k));
            if (!scale || scaled->input(1 - k) != scale->deviation.x)
                continue;
            const Deviation& found = scale->deviation;
            const ir::Tensor& gamma = *match.constant(scale->gamma);
            const ir::Shape& sizes = gamma.shape();
            const int rank = match.type(found.x).rank();
            const bool overLast = found.dims.size() == 1 && sizes.size() == 1 && (found.dims[0] == -1 || found.dims[0] == rank - 1);
            const bool sameMean = beside(*product, scaled->input(k)) == match.graph().node(found.mean).output();
            if (!overLast || !sameMean || match.constant(shift->input(0))->shape() != sizes)
                continue;
            std::vector<NodeId> group = found.nodes;
            group.insert(group.end(), {scaled->id, shift->id, product->id});
            return match.replace(group, node, "layer_norm", {found.x, scale->gamma, shift->input(0)}, {{"normalized_shape", sizes}, {"epsilon", found.epsilon}});
        }
    }
    return false;
}

/// before: e = exp(x - amax(x, d)); e / sum(e, d), TensorFlow's softmax over a dimension that is not the last
/// after:  softmax(x) {dim = d}
bool softmaxOfExp(Match& match, const ir::Node& node)
{
    const ir::Node* exp = match.maker(node.input(0), "exp");
    const ir::Node* sum = match.maker(node.input(1), "sum");
    const ir::Node* shifted = exp ? match.maker(exp->input(0), "sub") : nullptr;
    const ir::Node* largest = shifted ? match.maker(shifted->input(1), "amax") : nullptr;
    if (!largest || !sum || sum->input(0) != exp->output() || largest->input(0) != shifted->input(0))
        return false;
    const auto dim = onlyDim(*sum);
    return dim && dim == onlyDim(*largest)
           && match.replace({exp->id, sum->id, shifted->id, largest->id}, node, "softmax", {largest->input(0)}, {{"dim", *dim}});
}

/// before: lstm, gru or rnn with initial states of zeros, which torch writes out
/// after:  the same without them
bool dropZeroState(Match& match, const ir::Node& node)
{
    constexpr size_t kInitialH = 5;
    constexpr size_t kInitialC = 6;
    std::vector<ValueId> inputs = node.inputs;
    bool dropped = false;
    for (const size_t slot : {kInitialH, kInitialC})
        if (node.input(slot).isValid() && isZero(match, node.input(slot))) {
            inputs[slot] = {};
            dropped = true;
        }
    while (!inputs.empty() && !inputs.back().isValid())
        inputs.pop_back();
    if (dropped)
        match.rewriter().setInputs(node.id, std::move(inputs)); // what made the zeros goes when nothing else reads it
    return dropped;
}

} // namespace bpu::importer
