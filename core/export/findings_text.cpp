// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A block per finding: what is wrong in the first line, then what was found and what to do. Nodes of which the
// same is said share a block and are listed at its end.
//
//     error  avgpool (torch.nn.AvgPool2d): Kernel is larger than Bernoulli2 allows  [march.kernel.range]
//         found 8x8, allowed 1 to 7; on Bernoulli2: 1 to 256
//         Bring it into the range 1 to 7
//
//     warning  3 nodes (torch.nn.SiLU): SiLU can lose accuracy on Bayes  [march.precision.risk]
//         Compare the accuracy after quantization
//         at stem.act, layer1.act, layer2.act
#include "core/export/export.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <unordered_map>

namespace bpu::exporter {
namespace {

constexpr size_t kLineWidth = 110;

using Group = std::vector<const Finding*>;

auto saying(const Finding& f)
{
    return std::tie(f.code, f.op, f.message, f.allowed, f.otherMarch, f.advice, f.rule);
}

struct SaysLess {
    bool operator()(const Finding* a, const Finding* b) const
    {
        return a->severity != b->severity ? a->severity < b->severity : saying(*a) < saying(*b);
    }
};

/// In the order in which they are met first, the gravest before the others.
std::vector<Group> grouped(const Findings& findings)
{
    std::vector<Group> groups;
    std::map<const Finding*, size_t, SaysLess> known;
    for (const Finding& f : findings) {
        if (!f.ignored.empty())
            continue;
        const auto [it, isNew] = known.try_emplace(&f, groups.size());
        if (isNew)
            groups.emplace_back();
        groups[it->second].push_back(&f);
    }
    std::ranges::stable_sort(groups, [](const Group& a, const Group& b) { return a.front()->severity > b.front()->severity; });
    return groups;
}

class Report {
public:
    Report(const Findings& findings, const std::string& otherMarch) : m_otherLabel(otherMarch.empty() ? "elsewhere: " : fmt::format("on {}: ", otherMarch))
    {
        for (const Finding& f : findings)
            m_nameOf.try_emplace(f.node.index, f.where);
    }

    void add(const Group& group)
    {
        const Finding& f = *group.front();
        const bool sameFound = std::ranges::all_of(group, [&](const Finding* other) { return other->found == f.found; });
        const std::string where = group.size() > 1 ? fmt::format("{} nodes", group.size()) : f.where.empty() ? std::string("model") : f.where;
        const std::string op = f.op.empty() ? std::string() : fmt::format(" ({})", f.op);
        text += fmt::format("\n{}  {}{}: {}  [{}]\n", name(f.severity), where, op, f.message, f.code);
        addLine(numbersLine(f, sameFound));
        addLine(f.advice);
        addLine(f.rule);
        if (group.size() == 1 && f.cause.isValid())
            addLine(fmt::format("follows from {}", nameOf(f.cause)));
        if (group.size() > 1)
            addPlaces(group, !sameFound);
    }

    std::string text;

private:
    void addLine(std::string_view line)
    {
        if (!line.empty())
            text += fmt::format("    {}\n", line);
    }

    const std::string& nameOf(NodeId node) const
    {
        static const std::string kUnknown = "an earlier node";
        const auto it = m_nameOf.find(node.index);
        return it == m_nameOf.end() ? kUnknown : it->second;
    }

    std::string numbersLine(const Finding& f, bool withFound) const
    {
        std::string line;
        const auto add = [&](std::string_view label, const std::string& value, std::string_view separator) {
            if (!value.empty())
                line += fmt::format("{}{}{}", line.empty() ? "" : separator, label, value);
        };
        add("found ", withFound ? f.found : std::string(), ", ");
        add("allowed ", f.allowed, ", ");
        add(m_otherLabel, f.otherMarch, "; ");
        return line;
    }

    void addPlaces(const Group& group, bool withFound)
    {
        std::string line = "at ";
        for (size_t i = 0; i < group.size(); ++i) {
            const Finding& f = *group[i];
            std::string place = f.where.empty() ? "model" : f.where;
            if (withFound && !f.found.empty())
                place += fmt::format(" ({})", f.found);
            if (f.cause.isValid())
                place += fmt::format(" (follows from {})", nameOf(f.cause));
            if (line.size() > 3 && line.size() + place.size() > kLineWidth) {
                addLine(line.substr(0, line.size() - 1));
                line = "   ";
            }
            line += place + (i + 1 < group.size() ? ", " : "");
        }
        addLine(line);
    }

    std::string m_otherLabel;
    std::unordered_map<uint32_t, std::string> m_nameOf; ///< of the nodes that have findings
};

} // namespace

std::string findingsText(const Findings& findings, const ReportHeader& header)
{
    Report report(findings, header.otherMarch);
    report.text = fmt::format("{}: check for {}\n", header.model, header.march);
    for (const Group& group : grouped(findings))
        report.add(group);
    const auto ignored = std::ranges::count_if(findings, [](const Finding& f) { return !f.ignored.empty(); });
    const std::string ignoredText = ignored > 0 ? fmt::format(", {} ignored", ignored) : std::string();
    const size_t errors = count(findings, Severity::Error);
    const size_t warnings = count(findings, Severity::Warning);
    return report.text + fmt::format("\n{} error{}, {} warning{}, {} advice, {} undecided{}\n", errors, errors == 1 ? "" : "s", warnings,
                                     warnings == 1 ? "" : "s", count(findings, Severity::Advice), count(findings, Severity::Undecided), ignoredText);
}

} // namespace bpu::exporter
