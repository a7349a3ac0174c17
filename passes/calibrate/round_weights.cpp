// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/quant/grid.h"
#include "passes/calibrate/layers.h"
#include "passes/calibrate/patches.h"
#include "passes/calibrate/refine.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <random>

namespace bpu::passes {
namespace {

constexpr double kZeta = 1.1, kGamma = -0.1; // the sigmoid is stretched beyond 0 and 1, so that it reaches them
constexpr size_t kBatch = 64;                // patches of one step

/// h(alpha), and its derivative where it is not cut off.
struct Rounded {
    double h = 0;
    double slope = 0;
};

Rounded rounded(double alpha)
{
    const double sigmoid = 1 / (1 + std::exp(-alpha));
    const double stretched = sigmoid * (kZeta - kGamma) + kGamma;
    const bool isCut = stretched <= 0 || stretched >= 1;
    return {std::clamp(stretched, 0.0, 1.0), isCut ? 0 : sigmoid * (1 - sigmoid) * (kZeta - kGamma)};
}

/// Rows of one group of output channels that read the same patches.
class RowRounding {
public:
    RowRounding(std::span<const float> weights, double scale, quant::Grid grid, const RoundingOptions& options)
        : m_scale(scale), m_grid(grid), m_options(options), m_floor(weights.size()), m_nearest(weights.size()), m_alpha(weights.size()), m_first(weights.size()), m_second(weights.size())
    {
        for (size_t k = 0; k < weights.size(); ++k) {
            const double steps = static_cast<double>(weights[k]) / scale;
            m_floor[k] = std::floor(steps);
            m_nearest[k] = clamped(std::nearbyint(steps));
            const double share = (steps - m_floor[k] - kGamma) / (kZeta - kGamma);
            m_alpha[k] = std::log(share / (1 - share));
        }
    }

    /// One step of Adam on the mean squared error over the patches, whose results should be `wanted`.
    void step(int t, const Patches& patches, std::span<const size_t> chosen, std::span<const double> wanted)
    {
        std::vector<double> h(m_alpha.size()), weights(m_alpha.size()), gradient(m_alpha.size());
        for (size_t k = 0; k < h.size(); ++k) {
            h[k] = rounded(m_alpha[k]).h;
            weights[k] = clamped(m_floor[k] + h[k]) * m_scale;
        }
        for (const size_t p : chosen) {
            const std::span<const float> x = patches.at(p);
            double error = -wanted[p];
            for (size_t k = 0; k < x.size(); ++k)
                error += weights[k] * static_cast<double>(x[k]);
            const double factor = 2 * error / static_cast<double>(chosen.size());
            for (size_t k = 0; k < x.size(); ++k)
                gradient[k] += factor * static_cast<double>(x[k]);
        }
        const double progress = static_cast<double>(t) / m_options.steps;
        const double cold = std::max(0.0, (progress - m_options.warmUp) / (1 - m_options.warmUp));
        const double power = m_options.firstPower + (m_options.lastPower - m_options.firstPower) * cold;
        for (size_t k = 0; k < h.size(); ++k) {
            const double off = 2 * h[k] - 1;
            const double pressure = progress < m_options.warmUp ? 0 : -m_options.weight * 2 * power * std::pow(std::fabs(off), power - 1) * (off < 0 ? -1 : 1);
            adam(k, t, (gradient[k] * m_scale + pressure) * rounded(m_alpha[k]).slope);
        }
    }

    /// In steps of the grid: as learned, or to the nearest where that is no worse over all patches.
    std::vector<double> result(const Patches& patches, std::span<const double> wanted) const
    {
        std::vector<double> learned(m_alpha.size());
        for (size_t k = 0; k < learned.size(); ++k)
            learned[k] = clamped(m_floor[k] + (m_alpha[k] >= 0 ? 1 : 0));
        return errorOf(learned, patches, wanted) < errorOf(m_nearest, patches, wanted) ? learned : m_nearest;
    }
    const std::vector<double>& nearest() const { return m_nearest; }

private:
    double clamped(double steps) const { return std::clamp(steps, static_cast<double>(m_grid.min), static_cast<double>(m_grid.max)); }

    double errorOf(const std::vector<double>& steps, const Patches& patches, std::span<const double> wanted) const
    {
        double sum = 0;
        for (size_t p = 0; p < patches.count(); ++p) {
            const std::span<const float> x = patches.at(p);
            double y = 0;
            for (size_t k = 0; k < x.size(); ++k)
                y += steps[k] * static_cast<double>(x[k]);
            sum += (y * m_scale - wanted[p]) * (y * m_scale - wanted[p]);
        }
        return sum;
    }

    void adam(size_t k, int t, double gradient)
    {
        constexpr double kFirst = 0.9, kSecond = 0.999, kTiny = 1e-8;
        m_first[k] += (1 - kFirst) * (gradient - m_first[k]);
        m_second[k] += (1 - kSecond) * (gradient * gradient - m_second[k]);
        const double first = m_first[k] / (1 - std::pow(kFirst, t + 1)), second = m_second[k] / (1 - std::pow(kSecond, t + 1));
        m_alpha[k] -= m_options.rate * first / (std::sqrt(second) + kTiny);
    }

    double m_scale;
    quant::Grid m_grid;
    const RoundingOptions& m_options;
    std::vector<double> m_floor, m_nearest, m_alpha, m_first, m_second;
};

/// What the float layer gives at the same places for the float network's input, without bias.
std::vector<double> wantedOf(const Patches& patches, std::span<const float> weights)
{
    std::vector<double> wanted(patches.count());
    for (size_t p = 0; p < wanted.size(); ++p)
        for (size_t k = 0; k < weights.size(); ++k)
            wanted[p] += static_cast<double>(weights[k]) * static_cast<double>(patches.at(p)[k]);
    return wanted;
}

/// The layer's new weights, and how many of them are not the nearest.
struct LayerRounding {
    std::vector<float> weights;
    size_t changed = 0;
};

LayerRounding roundLayer(const ir::Graph& graph, const QatLayer& layer, const std::vector<Patches>& given, const std::vector<Patches>& wantedAt, const RoundingOptions& options, std::mt19937_64& random)
{
    const ir::QuantParams& params = *graph.value(graph.node(layer.grid).output()).quant;
    LayerRounding result{numbersOf(graph, layer.weight), 0};
    const auto channels = static_cast<size_t>(graph.value(layer.weight).type.dim(0));
    const size_t size = result.weights.size() / channels;
    for (size_t c = 0; c < channels; ++c) {
        const size_t group = c * given.size() / channels;
        const std::span<float> row = std::span(result.weights).subspan(c * size, size);
        const double scale = params.scales[params.scales.size() == 1 ? 0 : c];
        const std::vector<double> wanted = wantedOf(wantedAt[group], row);
        RowRounding rounding(row, scale, quant::gridOf(params.type), options);
        std::uniform_int_distribution<size_t> pick(0, given[group].count() - 1);
        std::vector<size_t> chosen(std::min(kBatch, given[group].count()));
        for (int t = 0; t < options.steps; ++t) {
            std::ranges::generate(chosen, [&] { return pick(random); });
            rounding.step(t, given[group], chosen, wanted);
        }
        const std::vector<double> steps = rounding.result(given[group], wanted);
        for (size_t k = 0; k < size; ++k) {
            result.changed += steps[k] == rounding.nearest()[k] ? 0 : 1;
            row[k] = static_cast<float>(steps[k] * scale);
        }
    }
    return result;
}

bool isRoundable(const ir::Graph& graph, const QatLayer& layer)
{
    const ir::Node& node = graph.node(layer.node);
    const auto& quant = graph.value(graph.node(layer.grid).output()).quant;
    return quant && quant->channelAxis <= 0 && (node.op == "conv2d" || node.op == "linear");
}

} // namespace

Result<Rounding> roundWeights(const ir::Graph& qat, const SharedGraph& running, std::span<const data::Batch> batches, const RoundingOptions& options, const RunSettings& settings)
{
    ir::GraphEditor kept(qat);
    ir::Graph current = *running;
    const std::vector<QatLayer> own = layersOf(qat), layers = layersOf(current);
    std::mt19937_64 random(options.seed);
    Rounding result;
    for (size_t i = 0; i < std::min(own.size(), layers.size()); ++i) {
        if (settings.control.stopRequested())
            return JobControl::cancelled();
        if (!isRoundable(current, layers[i]))
            continue;
        const ir::Node& node = current.node(layers[i].node);
        BPU_TRY(before, upTo(current, node.input(0)));
        BPU_TRY(given, outputsOver(before, batches, settings));
        BPU_TRY(bare, withoutGrids(*running));
        BPU_TRY(reference, upTo(*bare, sourceOf(*running, running->node(layers[i].node).input(0))));
        BPU_TRY(wanted, outputsOver(reference, batches, settings));
        const auto places = choosePlaces(current, node, given, static_cast<size_t>(options.patches), random);
        const LayerRounding rounded = roundLayer(current, layers[i], patchesAt(current, node, given, places), patchesAt(current, node, wanted, places), options, random);
        ir::GraphEditor editor(std::move(current));
        setNumbers(editor, layers[i].weight, rounded.weights);
        setNumbers(kept, own[i].weight, rounded.weights);
        BPU_TRY(next, editor.finish());
        current = std::move(next);
        ++result.layers;
        result.changed += rounded.changed;
        settings.control.report(static_cast<double>(i + 1) / static_cast<double>(layers.size()), fmt::format("layer {} of {}", i + 1, layers.size()));
    }
    BPU_TRY(graph, kept.finish());
    result.graph = std::move(graph);
    return result;
}

} // namespace bpu::passes
