// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/patterns/patterns.h"

namespace bpu::importer {

void recognizePatterns(ir::Rewriter&) {}

} // namespace bpu::importer
