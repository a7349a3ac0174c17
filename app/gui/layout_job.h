// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The work behind a drawing, for the layout lane of the jobs.
#pragma once

#include "app/gui/session.h"

namespace bpu::gui {

struct LaidOut {
    DiagramPtr diagram;
    size_t merges = 0; ///< operators that fusing would merge away; 0 for any stage but float
};

/// A float graph is drawn with the runs that would fuse on one card.
Result<LaidOut> layOut(const ir::Graph& graph, const Scopes& collapsed, const layout::TextMeasure& measure, const JobControl& control);

} // namespace bpu::gui
