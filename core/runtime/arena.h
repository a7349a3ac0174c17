// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Memory that is taken piece by piece and given back all at once, in large pages.
#pragma once

#include <cstddef>
#include <vector>

namespace bpu::runtime {

class Arena {
public:
    Arena() = default;
    Arena(Arena&& other) noexcept;
    Arena& operator=(Arena&& other) noexcept;
    ~Arena();

    /// `size` bytes on a cache line. Throws std::bad_alloc.
    std::byte* take(size_t size);

private:
    struct Chunk {
        std::byte* data;
        size_t size;
    };
    std::vector<Chunk> m_chunks; ///< the last one is being handed out
    size_t m_used = 0;           ///< of it
};

} // namespace bpu::runtime
