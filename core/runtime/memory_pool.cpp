// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/memory_pool.h"

#include <algorithm>

namespace bpu::runtime {

std::byte* MemoryPool::take(size_t size)
{
    const size_t wanted = std::max<size_t>(size, 64);
    auto found = m_free.lower_bound(wanted);
    std::byte* block = nullptr;
    size_t capacity = wanted;
    if (found != m_free.end() && found->first <= 2 * wanted) { // a much larger one is kept for what needs it
        capacity = found->first;
        block = found->second;
        m_free.erase(found);
    } else {
        block = m_arena.take(wanted);
        m_capacity.emplace(block, capacity);
    }
    m_out += capacity;
    m_peak = std::max(m_peak, m_out);
    return block;
}

void MemoryPool::give(std::byte* block)
{
    const size_t capacity = m_capacity.at(block);
    m_out -= capacity;
    m_free.emplace(capacity, block);
}

} // namespace bpu::runtime
