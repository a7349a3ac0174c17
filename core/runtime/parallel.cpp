// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/parallel.h"

#include <algorithm>
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

void parallelFor(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& part)
{
    const int64_t parts = std::min<int64_t>(omp_get_max_threads(), count / std::max<int64_t>(grain, 1));
    if (parts < 2) {
        if (count > 0)
            part(0, count);
        return;
    }
    const int64_t size = (count + parts - 1) / parts;
#pragma omp parallel for schedule(static, 1) num_threads(static_cast<int>(parts))
    for (int64_t i = 0; i < parts; ++i)
        if (i * size < count)
            part(i * size, std::min(count, (i + 1) * size));
}

} // namespace bpu::runtime
