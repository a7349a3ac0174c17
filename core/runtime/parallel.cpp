// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/parallel.h"

#include "core/runtime/omp_loop.h"

#include <algorithm>
#include <atomic>
#include <omp.h>

namespace bpu::runtime {

int threadCount(int asked)
{
    return asked > 0 ? asked : omp_get_max_threads();
}

ThreadScope::ThreadScope(int threads) : m_before(omp_get_max_threads())
{
    omp_set_num_threads(threads);
}

ThreadScope::~ThreadScope()
{
    omp_set_num_threads(m_before);
}

namespace {

struct Loop {
    int64_t count;
    int64_t size; ///< of a part
    const std::function<void(int64_t, int64_t)>& part;
    std::atomic<int> order = 0; ///< what was written before the loop is seen in it, what it writes behind it: for the thread sanitizer

    static void runPart(void* context, int64_t i)
    {
        Loop& loop = *static_cast<Loop*>(context);
        (void)loop.order.load(std::memory_order_acquire);
        if (i * loop.size < loop.count)
            loop.part(i * loop.size, std::min(loop.count, (i + 1) * loop.size));
        loop.order.fetch_add(1, std::memory_order_release);
    }
};

} // namespace

void parallelFor(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& part)
{
    const int64_t parts = std::min<int64_t>(omp_get_max_threads(), count / std::max<int64_t>(grain, 1));
    if (parts < 2) {
        if (count > 0)
            part(0, count);
        return;
    }
    Loop loop{.count = count, .size = (count + parts - 1) / parts, .part = part};
    loop.order.store(1, std::memory_order_release);
    ompLoop(parts, Loop::runPart, &loop);
    (void)loop.order.load(std::memory_order_acquire);
}

} // namespace bpu::runtime
