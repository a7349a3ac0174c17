// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/evaluate/check_memory.h"

#include <fmt/format.h>
#include <unistd.h>

namespace bpu::passes {

Result<void> checkMemory(const ir::Graph& graph)
{
    constexpr double kGigabyte = 1e9;
    const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i) {
        const ir::Value* value = graph.find(ValueId{i});
        if (!value || value->isConstant() || !value->type.isStatic())
            continue;
        double bytes = static_cast<double>(ir::byteSize(value->type.dtype())); // in double: the product may leave 63 bits
        for (const ir::Dim dim : value->type.shape())
            bytes *= static_cast<double>(dim);
        if (bytes > memory)
            return Error{"memory.value", value->name, fmt::format("is {} and takes {:.0f} GB, more than the {:.0f} GB of memory here; run smaller batches, or give the inputs a smaller shape",
                                                                   value->type.text(), bytes / kGigabyte, memory / kGigabyte)};
    }
    return {};
}

} // namespace bpu::passes
