// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/export.h"

#include <nlohmann/json.hpp>

namespace bpu::exporter {
namespace {

using Json = nlohmann::ordered_json;

Json entry(const Finding& f)
{
    Json json{{"code", f.code}, {"severity", name(f.severity)}, {"node", f.where}, {"op", f.op}, {"message", f.message}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty())
            json[key] = value;
    };
    add("found", f.found);
    add("allowed", f.allowed);
    add("advice", f.advice);
    add("rule", f.rule);
    add("otherMarch", f.otherMarch);
    add("fix", f.fix);
    add("ignored", f.ignored);
    if (f.node.isValid())
        json["id"] = f.node.index;
    if (f.cause.isValid())
        json["cause"] = f.cause.index;
    return json;
}

} // namespace

std::string findingsJson(const Findings& findings, const ReportHeader& header)
{
    Json json{{"format", 1}, {"tool", "bpu"}, {"version", header.version}, {"model", header.model}, {"march", header.march}};
    for (const Severity severity : {Severity::Error, Severity::Warning, Severity::Advice, Severity::Undecided})
        json["counts"][std::string(name(severity))] = count(findings, severity);
    json["findings"] = Json::array();
    for (const Finding& f : findings)
        json["findings"].push_back(entry(f));
    // Names come from the model file and need not be UTF-8.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace bpu::exporter
