// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Memory for the results of a run. A block that is given back serves the next result that fits: a second run
// asks the system for nothing. Thread: one at a time; every run that goes on has a pool of its own.
#pragma once

#include "core/runtime/arena.h"

#include <cstddef>
#include <map>
#include <unordered_map>

namespace bpu::runtime {

class MemoryPool {
public:
    MemoryPool() = default;
    MemoryPool(const MemoryPool&) = delete;
    MemoryPool& operator=(const MemoryPool&) = delete;

    /// `size` bytes on a cache line. Throws std::bad_alloc.
    std::byte* take(size_t size);
    void give(std::byte* block);
    /// The most bytes that were out at one time.
    size_t peakBytes() const { return m_peak; }

private:
    Arena m_arena;
    std::multimap<size_t, std::byte*> m_free; ///< by capacity
    std::unordered_map<std::byte*, size_t> m_capacity;
    size_t m_out = 0;
    size_t m_peak = 0;
};

/// Memory of a pool for the time of a call.
class PoolBlock {
public:
    PoolBlock(MemoryPool& pool, size_t size) : m_pool(pool), m_data(pool.take(size)) {}
    ~PoolBlock() { m_pool.give(m_data); }
    PoolBlock(const PoolBlock&) = delete;
    PoolBlock& operator=(const PoolBlock&) = delete;
    std::byte* data() const { return m_data; }

private:
    MemoryPool& m_pool;
    std::byte* m_data;
};

} // namespace bpu::runtime
