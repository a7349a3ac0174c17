// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/kernel.h"

namespace bpu::runtime {

/// Operators that leave the numbers as they are.
Result<Kernel> makeView(const Site& site)
{
    if (site.input(0).dtype() != site.output().dtype() || site.input(0).elementCount() != site.output().elementCount())
        return Kernel{};
    return Kernel{.run = {}, .isView = true};
}

} // namespace bpu::runtime
