// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The work behind a live check, the fixes and what the user ignores. Pure functions for worker threads.
#pragma once

#include "core/base/job_control.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"
#include "views/widgets/finding_list.h"

#include <QList>
#include <QString>

namespace bpu::gui {

struct CheckJob {
    ir::GraphPtr graph;
    march::MarchPtr march;
    passes::InputSource inputSource = passes::InputSource::Ddr;
    views::FindingListPtr previous; ///< an answer for the same march and source to start from; may be null
};

struct CheckAnswer {
    views::FindingListPtr findings;
    double milliseconds = 0; ///< of the check alone
};

Result<CheckAnswer> runCheck(const CheckJob& job, const JobControl& control);

/// Applies the fixes one after the other; one that no longer applies after those before it is skipped.
/// Error "fix.stale" when none applied.
Result<ir::GraphPtr> applyChosenFixes(const views::FindingList& list, const QList<int>& chosen, const march::March& march,
                                      const JobControl& control);

/// The graph with the reason written into its facts, where a .bpuir keeps it. An empty reason takes it back.
Result<ir::GraphPtr> withIgnored(const views::FindingList& list, const QList<int>& chosen, const QString& reason);

} // namespace bpu::gui
