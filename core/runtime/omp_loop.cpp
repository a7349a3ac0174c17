// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The thread sanitizer does not know GCC's OpenMP: what its threads read of the loop would count as a race. So this
// file alone is built without it (core/CMakeLists.txt), and its caller says what happens before what.
#include "core/runtime/omp_loop.h"

namespace bpu::runtime {

void ompLoop(int64_t parts, void (*part)(void* context, int64_t i), void* context)
{
#pragma omp parallel for schedule(static, 1) num_threads(static_cast<int>(parts))
    for (int64_t i = 0; i < parts; ++i)
        part(context, i);
}

} // namespace bpu::runtime
