// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The one place where OpenMP starts threads in our code.
#pragma once

#include <cstdint>

namespace bpu::runtime {

/// Calls part(context, 0) to part(context, parts - 1), each from a thread of its own.
void ompLoop(int64_t parts, void (*part)(void* context, int64_t i), void* context);

} // namespace bpu::runtime
