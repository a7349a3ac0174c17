// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/export.h"

#include <fmt/format.h>
#include <iterator>

namespace bpu::exporter {
namespace {

std::string counted(size_t count, std::string_view one, std::string_view many)
{
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

void appendLine(std::string& out, std::string_view label, std::string_view text)
{
    if (!text.empty())
        fmt::format_to(std::back_inserter(out), "  {:<12} {}\n", label, text);
}

} // namespace

std::string findingsText(const Findings& findings, const ReportHeader& header)
{
    std::string out;
    for (const Finding& finding : findings) {
        const std::string_view where = finding.where.empty() ? std::string_view(header.model) : std::string_view(finding.where);
        fmt::format_to(std::back_inserter(out), "{}: {}: {} [{}]\n", name(finding.severity), where, finding.message, finding.code);
        appendLine(out, "operator", finding.op);
        appendLine(out, "found", finding.found);
        appendLine(out, "allowed", finding.allowed);
        appendLine(out, "what to do", finding.advice);
        appendLine(out, "rule", finding.rule);
        appendLine(out, "other march", finding.otherMarch);
    }
    fmt::format_to(std::back_inserter(out), "{} for {}: {}, {}, {} advice, {} undecided\n", header.model, header.march,
                   counted(count(findings, Severity::Error), "error", "errors"), counted(count(findings, Severity::Warning), "warning", "warnings"),
                   count(findings, Severity::Advice), count(findings, Severity::Undecided));
    return out;
}

} // namespace bpu::exporter
