// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Graphs of tests are written as text (core/ir/text.h); a text that cannot be read ends the test program.
#pragma once

#include "core/ir/graph.h"

#include <string_view>

namespace bpu::test {

/// As it is written.
ir::Graph graphOf(std::string_view text);
/// The same with the types that shape inference finds.
ir::Graph typedGraph(std::string_view text);

} // namespace bpu::test
