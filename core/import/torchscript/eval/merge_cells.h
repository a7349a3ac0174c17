// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ir/graph_editor.h"

namespace bpu::importer::torchscript {

/// A trace writes the steps of torch.nn.LSTMCell and GRUCell; the operator that the author meant takes their place. Linear.
void mergeCells(ir::GraphEditor& editor);

} // namespace bpu::importer::torchscript
