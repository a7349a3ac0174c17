// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/export.h"

#include <nlohmann/json.hpp>

namespace bpu::exporter {
namespace {

using Json = nlohmann::ordered_json;

/// Names come from model files and need not be UTF-8: what is not becomes U+FFFD when printed.
std::string printed(const Json& document)
{
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json findingJson(const Finding& finding)
{
    Json json{{"code", finding.code}, {"severity", std::string(name(finding.severity))}};
    if (finding.node.isValid())
        json["node"] = finding.node.index;
    json["where"] = finding.where;
    json["operator"] = finding.op;
    json["message"] = finding.message;
    json["found"] = finding.found;
    json["allowed"] = finding.allowed;
    json["advice"] = finding.advice;
    json["rule"] = finding.rule;
    json["otherMarch"] = finding.otherMarch;
    json["fix"] = finding.fix;
    return json;
}

std::string sarifLevel(Severity severity)
{
    switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Advice:
    case Severity::Undecided: return "note";
    }
    return "none";
}

std::string sentence(const Finding& finding)
{
    std::string text = finding.message;
    if (!finding.found.empty())
        text += ": found " + finding.found;
    if (!finding.allowed.empty())
        text += ", allowed " + finding.allowed;
    if (!finding.advice.empty())
        text += ". " + finding.advice;
    return text;
}

/// A URI reference: characters outside of RFC 3986's unreserved set and '/' are percent-encoded.
std::string uriOf(std::string_view path)
{
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                           std::string_view("-._~/").find(c) != std::string_view::npos;
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
    return out;
}

/// The rules that occur, in the order of their first finding.
Json sarifRules(const Findings& findings, std::map<std::string, size_t>& indexOf)
{
    Json rules = Json::array();
    for (const Finding& finding : findings) {
        if (!indexOf.emplace(finding.code, rules.size()).second)
            continue;
        rules.push_back({{"id", finding.code},
                         {"shortDescription", {{"text", finding.message}}},
                         {"fullDescription", {{"text", finding.rule.empty() ? finding.message : finding.rule}}},
                         {"defaultConfiguration", {{"level", sarifLevel(finding.severity)}}}});
    }
    return rules;
}

Json sarifResult(const Finding& finding, const ReportHeader& header, size_t ruleIndex)
{
    Json location{{"physicalLocation", {{"artifactLocation", {{"uri", uriOf(header.model)}, {"index", 0}}}}}};
    if (!finding.where.empty())
        location["logicalLocations"] = Json::array({{{"name", finding.where}, {"fullyQualifiedName", finding.where}, {"kind", "element"}}});
    return {{"ruleId", finding.code},
            {"ruleIndex", ruleIndex},
            {"level", sarifLevel(finding.severity)},
            {"message", {{"text", sentence(finding)}}},
            {"locations", Json::array({location})},
            {"properties",
             {{"severity", std::string(name(finding.severity))},
              {"operator", finding.op},
              {"found", finding.found},
              {"allowed", finding.allowed},
              {"rule", finding.rule},
              {"march", header.march}}}};
}

} // namespace

std::string findingsJson(const Findings& findings, const ReportHeader& header)
{
    Json list = Json::array();
    for (const Finding& finding : findings)
        list.push_back(findingJson(finding));
    return printed({{"format", "bpu-findings"},
                    {"version", 1},
                    {"program", header.version},
                    {"model", header.model},
                    {"march", header.march},
                    {"counts",
                     {{"error", count(findings, Severity::Error)},
                      {"warning", count(findings, Severity::Warning)},
                      {"advice", count(findings, Severity::Advice)},
                      {"undecided", count(findings, Severity::Undecided)}}},
                    {"findings", std::move(list)}});
}

std::string findingsSarif(const Findings& findings, const ReportHeader& header)
{
    std::map<std::string, size_t> indexOf;
    Json rules = sarifRules(findings, indexOf);
    Json results = Json::array();
    for (const Finding& finding : findings)
        results.push_back(sarifResult(finding, header, indexOf[finding.code]));
    const Json run{{"tool", {{"driver", {{"name", "bpu"}, {"version", header.version}, {"rules", std::move(rules)}}}}},
                   {"artifacts", Json::array({{{"location", {{"uri", uriOf(header.model)}}}}})},
                   {"columnKind", "utf16CodeUnits"},
                   {"results", std::move(results)},
                   {"properties", {{"march", header.march}}}};
    return printed({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}});
}

} // namespace bpu::exporter
