// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// SARIF 2.1.0: a rule per code, a result per finding; the node is a logical location in the model file.
#include "core/export/export.h"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace bpu::exporter {
namespace {

using Json = nlohmann::ordered_json;

std::string_view level(Severity severity)
{
    switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    default: return "note";
    }
}

std::string sentence(const Finding& f)
{
    std::string text = f.message;
    if (!f.found.empty())
        text += fmt::format("; found {}", f.found);
    if (!f.allowed.empty())
        text += fmt::format("; allowed {}", f.allowed);
    return f.advice.empty() ? text + "." : fmt::format("{}. {}.", text, f.advice);
}

/// RFC 3986: everything but unreserved characters and the slash is percent-encoded.
std::string uri(std::string_view path)
{
    std::string text;
    for (const char c : path) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
        text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return text;
}

Json location(const Finding& f, const ReportHeader& header)
{
    Json json{{"physicalLocation", {{"artifactLocation", {{"uri", uri(header.model)}}}}}};
    if (!f.where.empty()) {
        Json logical{{"name", f.where}, {"kind", f.node.isValid() ? "function" : "variable"}};
        if (!f.op.empty())
            logical["fullyQualifiedName"] = f.op + ":" + f.where;
        json["logicalLocations"] = Json::array({logical});
    }
    return json;
}

} // namespace

std::string findingsSarif(const Findings& findings, const ReportHeader& header)
{
    std::map<std::string, size_t> indexOf;
    Json rules = Json::array();
    Json results = Json::array();
    for (const Finding& f : findings) {
        const auto [it, isNew] = indexOf.emplace(f.code, rules.size());
        if (isNew)
            rules.push_back({{"id", f.code}, {"shortDescription", {{"text", f.message}}}, {"defaultConfiguration", {{"level", level(f.severity)}}}});
        Json result{{"ruleId", f.code}, {"ruleIndex", it->second}, {"level", level(f.severity)}, {"message", {{"text", sentence(f)}}},
                    {"locations", Json::array({location(f, header)})}};
        result["properties"] = {{"severity", name(f.severity)}, {"march", header.march}};
        if (!f.rule.empty())
            result["properties"]["rule"] = f.rule;
        if (!f.ignored.empty())
            result["suppressions"] = Json::array({{{"kind", "external"}, {"justification", f.ignored}}});
        results.push_back(std::move(result));
    }
    const Json driver{{"name", "bpu"}, {"version", header.version}, {"rules", rules}};
    const Json run{{"tool", {{"driver", driver}}}, {"artifacts", Json::array({{{"location", {{"uri", uri(header.model)}}}}})}, {"results", results}};
    const Json log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
    return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace bpu::exporter
