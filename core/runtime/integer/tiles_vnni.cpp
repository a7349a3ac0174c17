// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The loops of tiles.h in AVX-512 with VNNI.
#include "core/runtime/integer/tiles.h"

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__) // its own headers leave a register undefined on purpose (GCC bug 105593)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <cstring>
#include <immintrin.h>

#define BPU_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define BPU_INLINE BPU_TARGET __attribute__((always_inline)) static inline
#define BPU_MOST_BLOCKS 4

namespace bpu::runtime::integer {
namespace {

using Vector = __m512i;
constexpr int kLanes = 16;
constexpr int kTilePixels[5] = {0, 8, 8, 8, 6};
constexpr int kDepthVectors = 4;

BPU_INLINE Vector zero() { return _mm512_setzero_si512(); }
BPU_INLINE Vector load(const std::byte* at) { return _mm512_loadu_si512(at); }
BPU_INLINE Vector loadInts(const int32_t* at) { return _mm512_loadu_si512(at); }
BPU_INLINE void store(int32_t* at, Vector v) { _mm512_storeu_si512(at, v); }
BPU_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
BPU_INLINE Vector multiply(Vector a, Vector b) { return _mm512_mullo_epi32(a, b); }
BPU_INLINE Vector widenBytes(const std::byte* at) { return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))); }
BPU_INLINE Vector widenWords(const std::byte* at) { return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at))); }

BPU_INLINE int dwordAt(const std::byte* at)
{
    int dword = 0;
    std::memcpy(&dword, at, sizeof dword);
    return dword;
}

struct Bytes {
    BPU_INLINE Vector broadcast(const std::byte* at) { return _mm512_xor_si512(_mm512_set1_epi32(dwordAt(at)), _mm512_set1_epi32(static_cast<int>(0x80808080U))); }
    BPU_INLINE Vector dot(Vector sum, Vector x, Vector w) { return _mm512_dpbusd_epi32(sum, x, w); }
};

struct Words {
    BPU_INLINE Vector broadcast(const std::byte* at) { return _mm512_set1_epi32(dwordAt(at)); }
    BPU_INLINE Vector dot(Vector sum, Vector x, Vector w) { return _mm512_dpwssd_epi32(sum, x, w); }
};

#include "core/runtime/integer/tiles.inc"

BPU_INLINE Vector oddToEven(Vector v) { return _mm512_srli_epi64(v, 32); }

/// A factor for each lane, in 64 bits for the even and the odd ones.
struct Factors {
    Vector evenMultiplier, oddMultiplier, evenShift, oddShift, evenHalf, oddHalf;
};

BPU_INLINE Vector halfOf(Vector shift) { return _mm512_sllv_epi64(_mm512_set1_epi64(1), _mm512_sub_epi64(shift, _mm512_set1_epi64(1))); }

BPU_INLINE Factors factorsAt(const int32_t* multiplier, const int32_t* shift)
{
    Factors f;
    f.evenMultiplier = loadInts(multiplier);
    f.oddMultiplier = oddToEven(f.evenMultiplier);
    f.evenShift = _mm512_and_si512(loadInts(shift), _mm512_set1_epi64(0xffffffff));
    f.oddShift = oddToEven(loadInts(shift));
    f.evenHalf = halfOf(f.evenShift);
    f.oddHalf = halfOf(f.oddShift);
    return f;
}

/// v * m + 2^(n - 1), and 1 less below 0: its shift by n rounds half away from zero (quant::roundedShift).
BPU_INLINE Vector productOf(Vector v, Vector multiplier, Vector half)
{
    const Vector product = _mm512_mul_epi32(v, multiplier);
    return _mm512_add_epi64(_mm512_add_epi64(product, half), _mm512_srai_epi64(product, 63));
}

/// 64 bits of even and of odd lanes, limited to 32.
BPU_INLINE Vector joined(Vector even, Vector odd)
{
    const Vector least = _mm512_set1_epi64(INT32_MIN), most = _mm512_set1_epi64(INT32_MAX);
    const Vector a = _mm512_min_epi64(_mm512_max_epi64(even, least), most), b = _mm512_min_epi64(_mm512_max_epi64(odd, least), most);
    return _mm512_mask_blend_epi32(0xaaaa, a, _mm512_slli_epi64(b, 32));
}

BPU_INLINE Vector withAddend(Vector acc, Vector addend, const Factors& f)
{
    const Vector even = _mm512_srav_epi64(productOf(addend, f.evenMultiplier, f.evenHalf), f.evenShift);
    const Vector odd = _mm512_srav_epi64(productOf(oddToEven(addend), f.oddMultiplier, f.oddHalf), f.oddShift);
    const Vector accEven = _mm512_srai_epi64(_mm512_slli_epi64(acc, 32), 32);
    return joined(_mm512_add_epi64(accEven, even), _mm512_add_epi64(_mm512_srai_epi64(acc, 32), odd));
}

/// Small: shifts of 32 and more. Then what is left of a product has fewer than 31 bits, and they are in its upper half.
template <bool Small>
BPU_INLINE Vector requantized(Vector acc, const Factors& f, Vector upperShift)
{
    const Vector even = productOf(acc, f.evenMultiplier, f.evenHalf), odd = productOf(oddToEven(acc), f.oddMultiplier, f.oddHalf);
    if constexpr (Small)
        return _mm512_srav_epi32(_mm512_mask_blend_epi32(0xaaaa, oddToEven(even), odd), upperShift);
    else
        return joined(_mm512_srav_epi64(even, f.evenShift), _mm512_srav_epi64(odd, f.oddShift));
}

template <int AddendBytes>
BPU_INLINE Vector addendAt(const std::byte* at, __mmask16 mask)
{
    return AddendBytes == 1 ? _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, at)) : _mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(mask, at));
}

template <int ResultBytes>
BPU_INLINE void put(std::byte* to, __mmask16 mask, Vector v)
{
    if constexpr (ResultBytes == 1)
        _mm512_mask_cvtepi32_storeu_epi8(to, mask, v);
    else if constexpr (ResultBytes == 2)
        _mm512_mask_cvtepi32_storeu_epi16(to, mask, v);
    else
        _mm512_mask_storeu_epi32(to, mask, v);
}

template <int AddendBytes, int ResultBytes, bool Small>
BPU_TARGET void finishRows(const FinishArgs& args)
{
    const FinishArrays& f = args.arrays;
    for (int64_t i = 0; i < args.count; i += kLanes) {
        const int64_t c = args.channel + i;
        const auto mask = static_cast<__mmask16>(args.count - i >= kLanes ? 0xffff : (1 << (args.count - i)) - 1);
        const Vector bias = loadInts(f.bias + c), low = loadInts(f.low + c), high = loadInts(f.high + c);
        const Factors added = AddendBytes > 0 ? factorsAt(f.addMultiplier + c, f.addShift + c) : Factors{};
        const Factors to = ResultBytes < 4 ? factorsAt(f.multiplier + c, f.shift + c) : Factors{};
        const Vector upperShift = ResultBytes < 4 ? _mm512_sub_epi32(loadInts(f.shift + c), _mm512_set1_epi32(32)) : zero();
        for (int64_t pixel = 0; pixel < args.pixels; ++pixel) {
            const int64_t at = pixel * args.stride + i;
            Vector acc = add(loadInts(args.sums + pixel * args.sumStride + i), bias);
            if constexpr (AddendBytes > 0)
                acc = withAddend(acc, addendAt<AddendBytes>(args.addend + AddendBytes * at, mask), added);
            if constexpr (ResultBytes < 4)
                acc = requantized<Small>(acc, to, upperShift);
            put<ResultBytes>(args.result + ResultBytes * at, mask, _mm512_min_epi32(_mm512_max_epi32(acc, low), high));
        }
    }
}

template <int AddendBytes>
void finishTo(const FinishArgs& args)
{
    if (args.arrays.resultBytes == 4)
        finishRows<AddendBytes, 4, false>(args);
    else if (args.arrays.resultBytes == 1)
        args.arrays.isSmall ? finishRows<AddendBytes, 1, true>(args) : finishRows<AddendBytes, 1, false>(args);
    else
        args.arrays.isSmall ? finishRows<AddendBytes, 2, true>(args) : finishRows<AddendBytes, 2, false>(args);
}

void finish(const FinishArgs& args)
{
    if (!args.arrays.addMultiplier)
        finishTo<0>(args);
    else if (args.arrays.addendBytes == 1)
        finishTo<1>(args);
    else
        finishTo<2>(args);
}

} // namespace

const Kernels* vnniKernels()
{
    static constexpr Kernels kernels{.lanes = kLanes, .mostBlocks = BPU_MOST_BLOCKS, .tilePixels = {0, 8, 8, 8, 6}, .depthChannels = kDepthVectors * kLanes, .takesBytes = true,
                                     .bytes = anyTile<Bytes>, .words = anyTile<Words>, .depthBytes = depth<false>, .depthWords = depth<true>, .finish = finish};
    return &kernels;
}

} // namespace bpu::runtime::integer
#endif
