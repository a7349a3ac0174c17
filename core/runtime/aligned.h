// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ir/tensor.h"

namespace bpu::runtime {

/// The tensor itself where its bytes lie as its elements need it, else a copy: a file may hold them at any place, and kernels
/// read them as arrays.
ir::Tensor aligned(const ir::Tensor& tensor);

} // namespace bpu::runtime
