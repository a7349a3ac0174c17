// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Loops over the cores. The threads are OpenMP's, which oneDNN uses as well: two pools would fight for the cores.
#pragma once

#include <cstdint>
#include <functional>

namespace bpu::runtime {

/// What is asked for; for 0 what the ThreadScope around says, or without one as many as the machine has cores.
int threadCount(int asked);

/// Operators that this thread makes or runs meanwhile use so many threads. oneDNN divides a primitive's work when it is
/// made and takes that many threads ever after, so making and running agree.
class ThreadScope {
public:
    explicit ThreadScope(int threads);
    ~ThreadScope();
    ThreadScope(const ThreadScope&) = delete;
    ThreadScope& operator=(const ThreadScope&) = delete;

private:
    int m_before;
};

/// Calls part(begin, end) for parts that cover [0, count), at least `grain` elements each, from several threads.
/// What is computed for one index must not depend on the part it lies in.
void parallelFor(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& part);

} // namespace bpu::runtime
