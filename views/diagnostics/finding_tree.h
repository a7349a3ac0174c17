// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which rows the diagnostics show: filter, order and grouping, apart from any widget.
#pragma once

#include "views/widgets/finding_list.h"

#include <set>

namespace bpu::views {

enum class GroupBy { Cause, Node, Module, None };

struct FindingFilter {
    std::set<Severity> severities{Severity::Undecided, Severity::Advice, Severity::Warning, Severity::Error};
    QString text;             ///< part of any cell, without regard to case
    bool showIgnored = false; ///< the ignored ones instead of the live ones
};

/// One row: a finding, a group of findings, or both (a root cause with what follows from it).
struct FindingRow {
    uint64_t key = 0;                 ///< equal for the same row in the next answer: a hash of what it says
    FindingListPtr list;
    int index = -1;                   ///< the finding; for a group its first one
    bool isGroup = false;
    QString title = {};               ///< of a group: "8 nodes", "layer1.0"
    Severity severity = Severity::Undecided; ///< the worst inside
    std::vector<FindingRow> children = {};

    const Finding& finding() const { return list->findings[static_cast<size_t>(index)]; }
};

/// Sorted by severity, then execution order. Cause: consequences stand under their cause, and findings that
/// say the same about several nodes stand under one row.
std::vector<FindingRow> buildFindingRows(const FindingListPtr& list, GroupBy groupBy, const FindingFilter& filter);

} // namespace bpu::views
