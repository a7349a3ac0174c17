// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The search field: words that must all fit a node. A plain word is part of its name, operator or origin;
// op:Conv2d, shape:1x512 and dtype:qint16 ask for one thing.
#pragma once

#include "core/base/job_control.h"
#include "core/ir/graph.h"

#include <QString>

#include <vector>

namespace bpu::gui {

/// Nodes that fit, in execution order; none for an empty text.
Result<std::vector<NodeId>> searchNodes(const ir::Graph& graph, const QString& text, const JobControl& control = {});

} // namespace bpu::gui
