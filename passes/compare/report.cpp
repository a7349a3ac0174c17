// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/report.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace bpu::passes {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kWorst = 3;
/// What differs by no more than float32 rounds is equal; the rest must not look like it.
constexpr double kRounding = 1e-6;

std::string special(double x)
{
    return std::isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

/// JSON has no infinities.
Json number(double x)
{
    return std::isfinite(x) ? Json(x) : Json(special(x));
}

Json statsJson(const ValueStats& stats)
{
    return {{"min", number(stats.min)}, {"max", number(stats.max)}, {"mean", number(stats.mean)}, {"stddev", number(stats.stddev)}, {"nonFinite", stats.nonFinite}};
}

Json layerJson(const LayerComparison& layer, size_t index)
{
    const LayerMetrics& m = layer.metrics;
    return {{"index", index},
            {"name", layer.name},
            {"nameB", layer.nameB},
            {"operator", layer.title},
            {"matchedBy", std::string(word(layer.match.by))},
            {"shape", layer.type.shape()},
            {"cosine", number(m.cosine)},
            {"l1", number(m.l1)},
            {"l2", number(m.l2)},
            {"maxError", number(m.maxError)},
            {"sqnrDb", number(m.sqnrDb)},
            {"step", layer.step ? number(*layer.step) : Json()},
            {"maxErrorSteps", layer.step ? number(*layer.maxErrorSteps()) : Json()},
            {"sameInputSteps", layer.sameInputSteps ? number(*layer.sameInputSteps) : Json()},
            {"elements", m.elements},
            {"nonFiniteDiffer", m.nonFiniteDiffer},
            {"a", statsJson(m.a)},
            {"b", statsJson(m.b)},
            {"histogram", {{"low", number(m.histogramA.low)}, {"high", number(m.histogramA.high)}, {"a", m.histogramA.counts}, {"b", m.histogramB.counts}}}};
}

/// Names as wide as the longest of all, up to a bound.
struct Widths {
    size_t name = 5;
    size_t title = 8;

    explicit Widths(const Comparison& comparison)
    {
        constexpr size_t kMost = 72;
        for (const LayerComparison& layer : comparison.layers) {
            name = std::max(name, std::min(layer.name.size(), kMost));
            title = std::max(title, std::min(layer.title.size(), kMost));
        }
    }
};

/// Columns that only quantized layers fill.
struct StepColumns {
    bool accumulated = false;
    bool sameInput = false;

    explicit StepColumns(const Comparison& comparison)
        : accumulated(std::ranges::any_of(comparison.layers, [](const LayerComparison& layer) { return layer.step.has_value(); })),
          sameInput(std::ranges::any_of(comparison.layers, [](const LayerComparison& layer) { return layer.sameInputSteps.has_value(); }))
    {
    }
    std::string titles() const { return std::string(accumulated ? "   in steps" : "") + (sameInput ? "  same input" : ""); }
    std::string cells(const LayerComparison& layer) const
    {
        std::string text = accumulated ? fmt::format("  {:>9}", stepsText(layer.maxErrorSteps())) : "";
        return sameInput ? text + fmt::format("  {:>10}", stepsText(layer.sameInputSteps)) : text;
    }
};

std::string row(const LayerComparison& layer, size_t index, const Widths& widths, const StepColumns& steps, bool isBelow)
{
    const LayerMetrics& m = layer.metrics;
    return fmt::format("{:>4}  {:<{}}  {:<{}}  {:>10}  {:>9}  {:>9}  {:>9}  {:>8}{}{}\n", index, layer.name, widths.name, layer.title, widths.title,
                       similarityText(m.cosine), errorText(m.l1), errorText(m.l2), errorText(m.maxError), sqnrText(m.sqnrDb), steps.cells(layer), isBelow ? "  below" : "");
}

const ir::Graph& graphOf(const Comparison& comparison, const Unmatched& alone)
{
    return alone.inA ? *comparison.a : *comparison.b;
}

/// What fusion merges is normal and only counted; the rest is listed.
std::string unmatchedText(const Comparison& comparison)
{
    std::string text;
    size_t inside = 0;
    for (const Unmatched& alone : comparison.unmatched)
        if (alone.reason == Unmatched::Reason::Inside)
            ++inside;
        else
            text += fmt::format("not compared: {} of {} {}\n", graphOf(comparison, alone).node(alone.node).name, alone.inA ? 'A' : 'B', alone.text);
    if (inside > 0)
        text += fmt::format("not compared: {} inside fused layers of the other model\n", inside == 1 ? "1 result" : fmt::format("{} results", inside));
    return text;
}

/// The least alike first; none of those that are shown as 1.0000.
std::vector<size_t> worstLayers(const Comparison& comparison)
{
    std::vector<size_t> layers = sortedLayers(comparison, LayerOrder::Similarity);
    std::erase_if(layers, [&](size_t i) { return comparison.layers[i].metrics.cosine >= 1 - kRounding; });
    layers.resize(std::min(layers.size(), kWorst));
    return layers;
}

/// "3 below 0.99; worst: conv2 0.9877".
std::string verdict(const Comparison& comparison, const CompareReportOptions& options, size_t below)
{
    std::vector<std::string> worst;
    for (const size_t i : worstLayers(comparison))
        worst.push_back(fmt::format("{} {}", comparison.layers[i].name, similarityText(comparison.layers[i].metrics.cosine)));
    const std::string limit = options.limit ? fmt::format(", {} below {}", below, *options.limit) : std::string();
    return worst.empty() ? limit + "; all 1.0000" : fmt::format("{}; worst: {}", limit, fmt::join(worst, ", "));
}

} // namespace

std::string_view word(LayerMatch::By by)
{
    constexpr std::string_view kWords[] = {"name", "origin", "scope", "output"};
    return kWords[static_cast<size_t>(by)];
}

std::string_view word(Unmatched::Reason reason)
{
    constexpr std::string_view kWords[] = {"inside", "folded", "ambiguous", "alone", "shape"};
    return kWords[static_cast<size_t>(reason)];
}

std::string similarityText(double cosine)
{
    if (!std::isfinite(cosine))
        return special(cosine);
    return fmt::format("{:.4f}", cosine < 1 - kRounding ? std::min(cosine, 0.9999) : cosine);
}

std::string errorText(double error)
{
    return std::isfinite(error) ? fmt::format("{:.3g}", error) : special(error);
}

std::string stepsText(const std::optional<double>& steps)
{
    return steps ? errorText(*steps) : "-";
}

std::string sqnrText(double decibel)
{
    return std::isfinite(decibel) ? fmt::format("{:.1f}", decibel) : special(decibel);
}

std::string compareText(const Comparison& comparison, const CompareReportOptions& options)
{
    const Widths widths(comparison);
    const StepColumns steps(comparison);
    const std::vector<size_t> below = options.limit ? layersBelow(comparison, *options.limit) : std::vector<size_t>();
    std::string text = fmt::format("{:>4}  {:<{}}  {:<{}}  {:>10}  {:>9}  {:>9}  {:>9}  {:>8}{}\n", "#", "layer", widths.name, "operator", widths.title, "similarity", "L1", "L2",
                                   "max error", "SQNR dB", steps.titles());
    for (const size_t i : sortedLayers(comparison, options.order))
        text += row(comparison.layers[i], i + 1, widths, steps, std::ranges::binary_search(below, i));
    text += unmatchedText(comparison);
    return text + fmt::format("{} layers, {} batches{}\n", comparison.layers.size(), comparison.batches, verdict(comparison, options, below.size()));
}

std::string compareCsv(const Comparison& comparison)
{
    const auto quoted = [](const std::string& field) {
        if (field.find_first_of(",\"\r\n") == std::string::npos)
            return field;
        std::string text = "\"";
        for (const char c : field)
            text += c == '"' ? std::string("\"\"") : std::string(1, c);
        return text + '"';
    };
    const auto figure = [](double x) { return std::isfinite(x) ? fmt::format("{:.9g}", x) : special(x); };
    const auto steps = [&figure](const std::optional<double>& x) { return x ? figure(*x) : std::string(); };
    std::string text = "number,layer,layer_b,operator,matched_by,similarity,l1,l2,max_error,sqnr_db,max_error_steps,same_input_steps,elements\n";
    for (size_t i = 0; i < comparison.layers.size(); ++i) {
        const LayerComparison& layer = comparison.layers[i];
        const LayerMetrics& m = layer.metrics;
        text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", i + 1, quoted(layer.name), quoted(layer.nameB), quoted(layer.title), word(layer.match.by), figure(m.cosine), figure(m.l1),
                            figure(m.l2), figure(m.maxError), figure(m.sqnrDb), steps(layer.maxErrorSteps()), steps(layer.sameInputSteps), m.elements);
    }
    return text;
}

std::string compareJson(const Comparison& comparison, const CompareReportOptions& options)
{
    Json json{{"a", comparison.a->name()}, {"b", comparison.b->name()}, {"batches", comparison.batches}, {"layers", Json::array()}, {"unmatched", Json::array()}};
    for (const size_t i : sortedLayers(comparison, options.order))
        json["layers"].push_back(layerJson(comparison.layers[i], i + 1));
    for (const Unmatched& alone : comparison.unmatched)
        json["unmatched"].push_back({{"model", alone.inA ? "a" : "b"},
                                     {"name", graphOf(comparison, alone).node(alone.node).name},
                                     {"reason", std::string(word(alone.reason))},
                                     {"text", alone.text}});
    json["worst"] = Json::array();
    for (const size_t i : worstLayers(comparison))
        json["worst"].push_back(comparison.layers[i].name);
    if (options.limit) {
        json["limit"] = *options.limit;
        json["below"] = Json::array();
        for (const size_t i : layersBelow(comparison, *options.limit))
            json["below"].push_back(comparison.layers[i].name);
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace bpu::passes
