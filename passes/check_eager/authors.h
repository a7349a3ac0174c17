// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The author's own words for places of the model, which only TorchScript has.
#pragma once

#include "core/ir/graph.h"

#include <string>

namespace bpu::passes {

/// The model came from TorchScript, so that origins are what the author wrote.
bool hasAuthorsWords(const ir::Graph& graph);
/// "model.py:41"; empty where the file does not tell, or tells of PyTorch's own code.
std::string authorsLine(const ir::Node& node);
/// "Residual, model.py:41": the class whose forward it is in, and the line; as far as the file tells.
std::string authorsPlace(const ir::Graph& graph, const ir::Node& node);

} // namespace bpu::passes
