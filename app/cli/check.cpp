// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/march_options.h"
#include "core/export/export.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The threshold needs layer times, which come with the performance model; it is never silently ignored.
Result<void> checkAdvice(const Arguments& arguments, Streams streams)
{
    if (!arguments.has("--advice"))
        return {};
    const std::string text = arguments.value("--advice");
    double microseconds = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), microseconds);
    if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(microseconds) || microseconds < 0)
        return Error{"usage", "--advice", fmt::format("cannot be '{}'; write a number of microseconds", text)};
    streams.err << "--advice: layer times are not estimated by this version; advice that needs none is listed\n";
    return {};
}

/// Several marches: one JSON list, or one SARIF log with a run for each.
std::string join(const std::vector<std::string>& reports, const std::string& format)
{
    if (reports.size() == 1)
        return reports.front();
    if (format == "text") {
        std::string text;
        for (const std::string& report : reports)
            text += (text.empty() ? "" : "\n") + report;
        return text;
    }
    Json joined = format == "json" ? Json::array() : Json::parse(reports.front());
    for (size_t i = 0; i < reports.size(); ++i) {
        const Json report = Json::parse(reports[i]);
        if (format == "json")
            joined.push_back(report);
        else if (i > 0)
            joined["runs"].insert(joined["runs"].end(), report["runs"].begin(), report["runs"].end());
    }
    return joined.dump(2) + "\n";
}

Result<int> run(const Arguments& arguments, Streams streams)
{
    BPU_TRY(marches, chosenMarches(arguments, true));
    BPU_CHECK(checkAdvice(arguments, streams));
    BPU_TRY(imported, openModel(arguments, 0, streams));
    const std::string format = arguments.has("--json") ? "json" : arguments.value("--format", "text");
    passes::CheckOptions options{.inputSource = inputSource(arguments), .others = march::all()};
    size_t errors = count(imported.findings, Severity::Error);
    std::vector<std::string> reports;
    for (const march::MarchPtr& march : marches) {
        std::erase_if(options.others = march::all(), [&](const march::MarchPtr& other) { return other->name() == march->name(); });
        const Findings findings = passes::checkMarch(imported.graph, *march, options);
        const exporter::ReportHeader header{.model = arguments.operand(0),
                                            .march = march->name(),
                                            .version = BPU_VERSION,
                                            .otherMarch = options.others.size() == 1 ? options.others.front()->title() : std::string()};
        errors += count(findings, Severity::Error);
        reports.push_back(format == "json" ? exporter::findingsJson(findings, header)
                                           : format == "sarif" ? exporter::findingsSarif(findings, header) : exporter::findingsText(findings, header));
    }
    BPU_CHECK(writeResult(arguments, join(reports, format), streams));
    return errors > 0 ? 1 : 0;
}

} // namespace

const Command& checkCommand()
{
    static const Command command{.name = "check", .summary = "every operator against the rules of a march", .operands = {"MODEL"},
                                 .options = {{"--march", "NAME", "bernoulli2, bayes or all"},
                                             {"--advice", "US", "microseconds a layer may be slower than ideal before it is reported"},
                                             {"--input-source", "NAME", "where the input comes from", false, {"ddr", "pyramid", "resizer"}},
                                             {"--format", "NAME", "form of the report", false, {"text", "json", "sarif"}},
                                             jsonOption(), outputOption("FILE"), inputOption()},
                                 .run = run};
    return command;
}

} // namespace bpu::cli
