// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/runtime/kernel.h"

namespace bpu::runtime {

/// Whether all operands that are given and all results are float32: what most kernels of oneDNN's take.
bool isFloat32Only(const Site& site);

/// The same operator in float32 between conversions of half precision and double. Nothing when no operand is of these.
Result<Kernel> makeWidened(const Site& site);

} // namespace bpu::runtime
