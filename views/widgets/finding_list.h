// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The answer of one check as the panels show it: immutable, made on a worker, shared by pointer.
#pragma once

#include "core/base/finding.h"
#include "core/ir/graph.h"
#include "passes/fixes/fixes.h"

#include <QString>

#include <memory>
#include <string>
#include <vector>

namespace bpu::views {

/// fixes run parallel to findings (or are empty).
struct FindingList {
    ir::GraphPtr graph = {};                  ///< the snapshot that was checked
    QString march;                       ///< title: "Bayes"
    QString otherMarch;                  ///< title of the march that the column "On ..." tells about
    Findings findings;
    std::vector<passes::FixPlan> fixes;  ///< the best fix of each; an empty id means none

    const passes::FixPlan* fixOf(int index) const
    {
        const auto i = static_cast<size_t>(index);
        return i < fixes.size() && !fixes[i].id.empty() ? &fixes[i] : nullptr;
    }
    bool isIgnored(int index) const { return !ignoredReason(index).empty(); }
    const std::string& ignoredReason(int index) const { return findings[static_cast<size_t>(index)].ignored; }
};

using FindingListPtr = std::shared_ptr<const FindingList>;

/// Live findings by severity, and the ignored ones.
struct FindingCounts {
    size_t errors = 0;
    size_t warnings = 0;
    size_t advice = 0;
    size_t undecided = 0;
    size_t ignored = 0;
    size_t live() const { return errors + warnings + advice + undecided; }
};
FindingCounts countFindings(const FindingList& list);

/// "4 errors, 8 warnings", "No errors, 3 rules undecided", "No findings".
QString countsText(const FindingCounts& counts);

/// A figure of a finding as views show it, with the sign of the trade: "8x8" -> "8×8".
QString figureText(const std::string& figure);

/// "torch.nn.AvgPool2d" -> "AvgPool2d"; functions keep their module: "torch.add".
QString shortOperator(const std::string& qualifiedName);

} // namespace bpu::views
