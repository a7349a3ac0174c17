// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The loops of tiles.h in AVX-VNNI, for processors without AVX-512.
#include "core/runtime/integer/tiles.h"

#if defined(__x86_64__)
#include <cstring>
#include <immintrin.h>

#define BPU_TARGET __attribute__((target("avx2,avxvnni")))
#define BPU_INLINE BPU_TARGET __attribute__((always_inline)) static inline

namespace bpu::runtime::integer {
namespace {

#include "core/runtime/integer/tiles_256.inc"

struct Bytes {
    BPU_INLINE Vector broadcast(const std::byte* at) { return _mm256_xor_si256(_mm256_set1_epi32(dwordAt(at)), _mm256_set1_epi32(static_cast<int>(0x80808080U))); }
    BPU_INLINE Vector dot(Vector sum, Vector x, Vector w) { return _mm256_dpbusd_avx_epi32(sum, x, w); }
};

struct Words {
    BPU_INLINE Vector broadcast(const std::byte* at) { return _mm256_set1_epi32(dwordAt(at)); }
    BPU_INLINE Vector dot(Vector sum, Vector x, Vector w) { return _mm256_dpwssd_avx_epi32(sum, x, w); }
};

#include "core/runtime/integer/tiles.inc"

} // namespace

const Kernels* avxVnniKernels()
{
    static constexpr Kernels kernels{.lanes = kLanes, .mostBlocks = BPU_MOST_BLOCKS, .tilePixels = {0, 8, 6}, .depthChannels = kDepthVectors * kLanes, .takesBytes = true,
                                     .bytes = anyTile<Bytes>, .words = anyTile<Words>, .depthBytes = depth<false>, .depthWords = depth<true>, .finish = finish};
    return &kernels;
}

} // namespace bpu::runtime::integer
#endif
