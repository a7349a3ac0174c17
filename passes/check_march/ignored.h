// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Findings that the user has decided to live with. The reason is a fact of the graph, so it is saved with it,
// survives every pass and belongs to undo.
#pragma once

#include "core/base/error.h"
#include "core/base/finding.h"
#include "core/ir/graph.h"

#include <string>

namespace bpu::passes {

/// Facts of a graph whose key starts so hold reasons; they are no facts about the file.
inline constexpr std::string_view kIgnoredFact = "ignored:";

/// Fills Finding::ignored from the graph: same code, same place.
void markIgnored(const ir::Graph& graph, Findings& findings);

/// The graph in which these findings are ignored for `reason`; an empty reason takes them back.
Result<ir::Graph> withIgnored(const ir::Graph& graph, const Findings& findings, const std::string& reason);

} // namespace bpu::passes
