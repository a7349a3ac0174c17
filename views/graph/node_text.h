// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Sentences about a node: for the tool tip, and for those who listen instead of look.
#pragma once

#include "views/graph/graph_scene.h"

namespace bpu::views {

/// "AvgPool2d, avgpool, error: kernel 8, allowed 1 to 7".
QString spokenNode(const GraphScene& scene, NodeId node);
/// Name, origin, file and line, shapes, the worst finding: one a line.
QString nodeToolTip(const GraphScene& scene, NodeId node);
/// "1×64×56×56".
QString shapeOf(const ir::Value& value);

} // namespace bpu::views
