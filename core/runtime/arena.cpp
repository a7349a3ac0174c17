// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/arena.h"

#include "core/base/large_pages.h"

#include <algorithm>
#include <new>
#include <utility>

namespace bpu::runtime {
namespace {

constexpr size_t kCacheLine = 64;
constexpr std::align_val_t kLargePage{size_t{2} << 20};
// Memory that is not used is not there yet. The address sanitizer sees the ends of blocks only.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kChunk = 0;
#else
constexpr size_t kChunk = size_t{32} << 20;
#endif

} // namespace

Arena::Arena(Arena&& other) noexcept : m_chunks(std::exchange(other.m_chunks, {})), m_used(std::exchange(other.m_used, 0)) {}

Arena& Arena::operator=(Arena&& other) noexcept
{
    std::swap(m_chunks, other.m_chunks);
    std::swap(m_used, other.m_used);
    return *this;
}

Arena::~Arena()
{
    for (const Chunk& chunk : m_chunks)
        ::operator delete[](chunk.data, kLargePage);
}

std::byte* Arena::take(size_t size)
{
    const size_t rounded = (std::max<size_t>(size, 1) + kCacheLine - 1) / kCacheLine * kCacheLine;
    if (m_chunks.empty() || m_chunks.back().size - m_used < rounded) {
        m_chunks.reserve(m_chunks.size() + 1);
        const size_t room = std::max(rounded, kChunk);
        m_chunks.push_back({static_cast<std::byte*>(::operator new[](room, kLargePage)), room});
        m_used = 0;
        preferLargePages(m_chunks.back().data, room);
    }
    std::byte* block = m_chunks.back().data + m_used;
    m_used += rounded;
    return block;
}

} // namespace bpu::runtime
