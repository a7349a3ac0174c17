// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Loops over the cores. The threads are OpenMP's, which oneDNN uses as well: two pools would fight for the cores.
#pragma once

#include <cstdint>
#include <functional>

namespace bpu::runtime {

/// Threads of the operators that this thread runs; 0: all cores.
void setThreads(int threads);

/// Calls part(begin, end) for parts that cover [0, count), at least `grain` elements each, from several threads.
/// What is computed for one index must not depend on the part it lies in.
void parallelFor(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& part);

} // namespace bpu::runtime
