// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/calibrate/equalize.h"

#include "passes/calibrate/layers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

namespace bpu::passes {
namespace {

constexpr int kSweeps = 20;          // a middle layer is in two pairs, so they settle over several sweeps
constexpr double kSettled = 1e-3;    // relative change of a factor
constexpr double kMostFactor = 1e4;  // a dead channel gives no reason to go further

struct Pair {
    QatLayer first, second;
};

/// A positive factor of a channel of the input is one of that channel of the result.
bool letsFactorsThrough(const ir::Node& node)
{
    static constexpr auto kOps = std::to_array<std::string_view>({"adaptive_avg_pool2d", "adaptive_max_pool2d", "avg_pool2d", "dropout", "fake_quantize", "identity", "max_pool2d", "relu"});
    return std::ranges::find(kOps, node.op) != kOps.end();
}

/// Channels of `layer`'s input, when each of them is one channel of `before`'s result.
bool takesChannelsOf(const ir::Graph& graph, const QatLayer& before, const QatLayer& layer)
{
    const ir::Node& node = graph.node(layer.node);
    const ir::TensorType& weight = graph.value(layer.weight).type;
    const ir::Dim channels = graph.value(before.weight).type.dim(0);
    const int64_t groups = node.attributes.integer("groups", 1);
    return (groups == 1 && weight.dim(1) == channels) || (groups == channels && weight.dim(0) == channels && weight.dim(1) == 1);
}

class Equalizer {
public:
    explicit Equalizer(const ir::Graph& qat) : m_graph(qat), m_editor(qat) {}

    Result<Equalized> run()
    {
        const std::vector<Pair> pairs = findPairs();
        for (int sweep = 0; sweep < kSweeps; ++sweep) {
            double change = 0;
            for (const Pair& pair : pairs)
                change = std::max(change, balance(pair));
            if (change < kSettled)
                break;
        }
        for (const NodeId id : m_graph.order())
            for (const ValueId output : m_graph.node(id).outputs)
                if (!pairs.empty() && m_graph.node(id).attributes.text("observer") != "fixed_scale")
                    m_editor.setQuant(output, std::nullopt);
        if (!pairs.empty())
            m_editor.setFact("fake_quant_state", "calibration");
        BPU_TRY(graph, m_editor.finish());
        return Equalized{std::move(graph), pairs.size()};
    }

private:
    std::vector<Pair> findPairs() const
    {
        std::unordered_map<NodeId, QatLayer> byNode;
        const std::vector<QatLayer> layers = layersOf(m_graph);
        for (const QatLayer& layer : layers)
            byNode[layer.node] = layer;
        std::vector<Pair> pairs;
        for (const QatLayer& first : layers) {
            const ir::Node& node = m_graph.node(first.node);
            const std::string_view activation = node.attributes.text("activation");
            if (m_graph.inputOf(node, 3) || (!activation.empty() && activation != "relu") || node.op == "linear")
                continue;
            const ir::Use* next = onlyUse(node.output());
            while (next && letsFactorsThrough(m_graph.node(next->node)) && m_graph.node(next->node).outputs.size() == 1)
                next = onlyUse(m_graph.node(next->node).output());
            const auto second = next && next->index == 0 ? byNode.find(next->node) : byNode.end();
            if (second != byNode.end() && takesChannelsOf(m_graph, first, second->second))
                pairs.push_back({first, second->second});
        }
        return pairs;
    }

    const ir::Use* onlyUse(ValueId id) const
    {
        const ir::Value& value = m_graph.value(id);
        return value.hasOneUse() && value.users.size() == 1 ? &value.users.front() : nullptr;
    }

    /// s = sqrt(r1 / r2), with the largest magnitudes r1 of what makes channel c and r2 of what takes it: first / s,
    /// second * s. The largest relative change.
    double balance(const Pair& pair)
    {
        std::vector<float> first = numbersOf(m_editor.graph(), pair.first.weight), second = numbersOf(m_editor.graph(), pair.second.weight);
        const ir::TensorType& weight = m_editor.graph().value(pair.second.weight).type;
        const auto channels = static_cast<size_t>(m_editor.graph().value(pair.first.weight).type.dim(0));
        const size_t perOutput = first.size() / channels;
        const bool isDepthwise = weight.dim(1) == 1 && static_cast<size_t>(weight.dim(0)) == channels && m_graph.node(pair.second.node).attributes.integer("groups", 1) > 1;
        const size_t inner = isDepthwise ? second.size() / channels : second.size() / static_cast<size_t>(weight.dim(0)) / channels;
        const auto channelOf = [&](size_t i) { return isDepthwise ? i / inner : i / inner % channels; };
        std::vector<double> made(channels), taken(channels), factors(channels, 1);
        for (size_t i = 0; i < first.size(); ++i)
            made[i / perOutput] = std::max(made[i / perOutput], static_cast<double>(std::fabs(first[i])));
        for (size_t i = 0; i < second.size(); ++i)
            taken[channelOf(i)] = std::max(taken[channelOf(i)], static_cast<double>(std::fabs(second[i])));
        double change = 0;
        for (size_t c = 0; c < channels; ++c)
            if (made[c] > 0 && taken[c] > 0) {
                factors[c] = std::clamp(std::sqrt(made[c] / taken[c]), 1 / kMostFactor, kMostFactor);
                change = std::max(change, std::fabs(factors[c] - 1));
            }
        for (size_t i = 0; i < first.size(); ++i)
            first[i] = static_cast<float>(static_cast<double>(first[i]) / factors[i / perOutput]);
        for (size_t i = 0; i < second.size(); ++i)
            second[i] = static_cast<float>(static_cast<double>(second[i]) * factors[channelOf(i)]);
        setNumbers(m_editor, pair.first.weight, first);
        setNumbers(m_editor, pair.second.weight, second);
        if (pair.first.bias.isValid()) {
            std::vector<float> bias = numbersOf(m_editor.graph(), pair.first.bias);
            for (size_t c = 0; c < channels; ++c)
                bias[c] = static_cast<float>(static_cast<double>(bias[c]) / factors[c]);
            setNumbers(m_editor, pair.first.bias, bias);
        }
        return change;
    }

    const ir::Graph& m_graph;
    ir::GraphEditor m_editor;
};

} // namespace

Result<Equalized> equalize(const ir::Graph& qat)
{
    if (qat.stage() != ir::Stage::Qat)
        return Error{"equalize.stage", {}, "a prepared model is equalized; run bpu prepare first"};
    return Equalizer(qat).run();
}

} // namespace bpu::passes
