// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The loops of tiles.h in AVX2: pairs of 16 bits, since its product of 8 bits saturates.
#include "core/runtime/integer/tiles.h"

#if defined(__x86_64__)
#include <cstring>
#include <immintrin.h>

#define BPU_TARGET __attribute__((target("avx2")))
#define BPU_INLINE BPU_TARGET __attribute__((always_inline)) static inline

namespace bpu::runtime::integer {
namespace {

#include "core/runtime/integer/tiles_256.inc"

struct Words {
    BPU_INLINE Vector broadcast(const std::byte* at) { return _mm256_set1_epi32(dwordAt(at)); }
    BPU_INLINE Vector dot(Vector sum, Vector x, Vector w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }
};

#include "core/runtime/integer/tiles.inc"

} // namespace

const Kernels* avx2Kernels()
{
    static constexpr Kernels kernels{.lanes = kLanes, .mostBlocks = BPU_MOST_BLOCKS, .tilePixels = {0, 8, 6}, .depthChannels = kDepthVectors * kLanes, .takesBytes = false,
                                     .bytes = nullptr, .words = anyTile<Words>, .depthBytes = depth<false>, .depthWords = depth<true>, .finish = finish};
    return &kernels;
}

} // namespace bpu::runtime::integer
#endif
