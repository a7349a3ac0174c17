// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A block per finding: what is wrong in the first line, then what was found and what to do.
//
//     error  avgpool (torch.nn.AvgPool2d): Kernel is larger than Bernoulli2 allows  [march.kernel.range]
//         found 8x8, allowed 1 to 7; on the other march: 1 to 256
//         Bring it to 1 to 7
#include "core/export/export.h"

#include <fmt/format.h>

namespace bpu::exporter {
namespace {

void addLine(std::string& text, std::string_view line)
{
    if (!line.empty())
        text += fmt::format("    {}\n", line);
}

std::string numbersLine(const Finding& f)
{
    std::string line;
    const auto add = [&](std::string_view label, const std::string& value, std::string_view separator) {
        if (!value.empty())
            line += fmt::format("{}{}{}", line.empty() ? "" : separator, label, value);
    };
    add("found ", f.found, ", ");
    add("allowed ", f.allowed, ", ");
    add("on the other march: ", f.otherMarch, "; ");
    return line;
}

} // namespace

std::string findingsText(const Findings& findings, const ReportHeader& header)
{
    std::string text = fmt::format("{}: check for {}\n", header.model, header.march);
    for (const Finding& f : findings) {
        const std::string_view where = f.where.empty() ? std::string_view("model") : std::string_view(f.where);
        const std::string op = f.op.empty() ? std::string() : fmt::format(" ({})", f.op);
        text += fmt::format("\n{}  {}{}: {}  [{}]\n", name(f.severity), where, op, f.message, f.code);
        addLine(text, numbersLine(f));
        addLine(text, f.advice);
        addLine(text, f.rule);
    }
    const size_t errors = count(findings, Severity::Error);
    const size_t warnings = count(findings, Severity::Warning);
    text += fmt::format("\n{} error{}, {} warning{}, {} advice, {} undecided\n", errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s",
                        count(findings, Severity::Advice), count(findings, Severity::Undecided));
    return text;
}

} // namespace bpu::exporter
