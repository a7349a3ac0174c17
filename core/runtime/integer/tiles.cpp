// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer/tiles.h"

namespace bpu::runtime::integer {

#if defined(__x86_64__)
const Kernels* avx2Kernels();
const Kernels* avxVnniKernels();
const Kernels* vnniKernels();
#endif

const Kernels* kernelsOf(Isa isa)
{
#if defined(__x86_64__)
    switch (isa) {
    case Isa::Plain: return nullptr;
    case Isa::Avx2: return avx2Kernels();
    case Isa::AvxVnni: return avxVnniKernels();
    case Isa::Vnni: return vnniKernels();
    }
#endif
    (void)isa;
    return nullptr;
}

} // namespace bpu::runtime::integer
