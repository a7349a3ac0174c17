// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/evaluate/report.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace bpu::passes {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kSkippedShown = 10;
constexpr size_t kWorstShown = 3;

std::string className(const EvaluationHeader& header, size_t label)
{
    return label < header.classNames.size() ? header.classNames[label] : std::to_string(label);
}

double ratioOf(const Accuracy::Class& of)
{
    return of.samples == 0 ? 0 : static_cast<double>(of.right) / static_cast<double>(of.samples);
}

/// The classes that are right least often, the lowest label first among equals; those always right are left out.
std::string worstClasses(const Accuracy& accuracy, const EvaluationHeader& header)
{
    const auto& classes = accuracy.perClass();
    std::vector<size_t> order(classes.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::erase_if(order, [&](size_t c) { return classes[c].right == classes[c].samples; });
    std::ranges::stable_sort(order, {}, [&](size_t c) { return ratioOf(classes[c]); });
    std::vector<std::string> texts;
    for (size_t i = 0; i < std::min(order.size(), kWorstShown); ++i)
        texts.push_back(fmt::format("{} ({} of {})", className(header, order[i]), classes[order[i]].right, classes[order[i]].samples));
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string line(std::string_view title, std::string_view text)
{
    return fmt::format("{:<11} {}\n", title, text);
}

std::string accuracyText(const Evaluation& evaluation, const EvaluationHeader& header)
{
    if (!evaluation.accuracy)
        return line("accuracy", "none: " + evaluation.whyNoAccuracy);
    const Accuracy& accuracy = *evaluation.accuracy;
    std::string text = line("top-1", fmt::format("{:.2f} % ({} of {})", 100 * accuracy.top1(), accuracy.top1Count(), accuracy.samples()));
    text += line("top-5", fmt::format("{:.2f} %", 100 * accuracy.top5()));
    const std::string worst = worstClasses(accuracy, header);
    return worst.empty() ? text : text + line("least right", worst);
}

std::string speedText(const Evaluation& evaluation)
{
    if (evaluation.runSeconds <= 0)
        return {};
    const double milliseconds = 1000 * static_cast<double>(evaluation.batch) / evaluation.samplesPerSecond();
    return line("speed", fmt::format("{:.1f} images/s, {:.3f} ms a batch of {}; data took {:.2f} s, the first result {:.2f} s", evaluation.samplesPerSecond(), milliseconds,
                                     evaluation.batch, evaluation.dataSeconds, evaluation.prepareSeconds));
}

std::string outputText(const OutputStatistics& output)
{
    std::string text = fmt::format("{}  {}  ", output.name, output.type.text());
    if (output.numbers > output.notFinite)
        text += fmt::format("min {:.5g}, max {:.5g}, mean {:.5g}, deviation {:.5g}", output.least, output.most, output.mean, output.deviation);
    if (output.notFinite > 0)
        text += fmt::format("{}{} of {} numbers are NaN or infinite", output.numbers > output.notFinite ? "; " : "", output.notFinite, output.numbers);
    return text;
}

/// JSON has no NaN; null stands for it.
Json finite(double value)
{
    return std::isfinite(value) ? Json(value) : Json();
}

void addAccuracy(Json& json, const Evaluation& evaluation, const EvaluationHeader& header)
{
    if (!evaluation.accuracy) {
        json["accuracy"] = nullptr;
        json["whyNoAccuracy"] = evaluation.whyNoAccuracy;
        return;
    }
    const Accuracy& accuracy = *evaluation.accuracy;
    Json classes = Json::array();
    for (size_t c = 0; c < accuracy.perClass().size(); ++c) {
        const Accuracy::Class& of = accuracy.perClass()[c];
        if (of.samples > 0)
            classes.push_back({{"label", c}, {"name", className(header, c)}, {"samples", of.samples}, {"right", of.right}, {"accuracy", ratioOf(of)}});
    }
    Json confusion = Json::array();
    for (const auto& [pair, count] : accuracy.confusion())
        confusion.push_back({{"label", pair.first}, {"taken", pair.second}, {"samples", count}});
    json["accuracy"] = {{"samples", accuracy.samples()}, {"top1", accuracy.top1()}, {"top5", accuracy.top5()}, {"classes", std::move(classes)}, {"confusion", std::move(confusion)}};
}

} // namespace

std::string evaluationText(const Evaluation& evaluation, const EvaluationHeader& header)
{
    std::string text = fmt::format("{} on {}\n", header.model, header.data);
    text += line("samples", fmt::format("{}{}", evaluation.samples, evaluation.skipped.empty() ? "" : fmt::format(", {} skipped", evaluation.skipped.size())));
    text += accuracyText(evaluation, header) + speedText(evaluation);
    for (const OutputStatistics& output : evaluation.outputs)
        text += line("output", outputText(output));
    for (size_t i = 0; i < std::min(evaluation.skipped.size(), kSkippedShown); ++i)
        text += line("skipped", fmt::format("{}: {}", evaluation.skipped[i].name, evaluation.skipped[i].reason));
    if (evaluation.skipped.size() > kSkippedShown)
        text += line("skipped", fmt::format("and {} more; --json lists them all", evaluation.skipped.size() - kSkippedShown));
    return text;
}

std::string evaluationJson(const Evaluation& evaluation, const EvaluationHeader& header)
{
    Json json{{"model", header.model}, {"data", header.data}, {"samples", evaluation.samples}, {"batch", evaluation.batch}, {"threads", header.threads}};
    addAccuracy(json, evaluation, header);
    json["imagesPerSecond"] = evaluation.samplesPerSecond();
    json["seconds"] = {{"prepare", evaluation.prepareSeconds}, {"run", evaluation.runSeconds}, {"data", evaluation.dataSeconds}};
    json["outputs"] = Json::array();
    for (const OutputStatistics& output : evaluation.outputs) {
        const bool isEmpty = output.numbers == output.notFinite;
        json["outputs"].push_back({{"name", output.name}, {"type", output.type.text()}, {"numbers", output.numbers}, {"notFinite", output.notFinite},
                                   {"min", isEmpty ? Json() : finite(output.least)}, {"max", isEmpty ? Json() : finite(output.most)},
                                   {"mean", isEmpty ? Json() : finite(output.mean)}, {"deviation", isEmpty ? Json() : finite(output.deviation)}});
    }
    json["skipped"] = Json::array();
    for (const data::Skipped& skipped : evaluation.skipped)
        json["skipped"].push_back({{"name", skipped.name}, {"reason", skipped.reason}});
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace bpu::passes
