// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The innermost loops of the fast products, once for each instruction set. Everything is raw memory here: these files are
// compiled for processors that may not be there, so nothing they define may be shared with others.
#pragma once

#include "core/runtime/isa.h"

#include <cstddef>
#include <cstdint>

namespace bpu::runtime::integer {

/// Sums of a few pixels and a few blocks of result channels. Elements of the input are taken by the dword: four of 8 bits,
/// which count 128 more than they are (the bias makes up for it), or two of 16 bits.
struct TileArgs {
    const std::byte* const* x = nullptr; ///< [taps][pixels]: where the elements of a pixel start
    int64_t taps = 1;
    int64_t steps = 1;                   ///< dwords of a tap
    const std::byte* weights = nullptr;  ///< [blocks][taps][steps][lanes] dwords
    int64_t blockBytes = 0;              ///< of the weights, from one block to the next
    int32_t* sums = nullptr;             ///< [pixels][blocks][lanes]
};

/// Sums of one pixel where every channel has its own weights: `Kernels::depthChannels` of them.
struct DepthArgs {
    const std::byte* const* x = nullptr; ///< [taps]: the pixel's channels
    int64_t offset = 0;                  ///< of the first channel, in bytes
    int64_t taps = 1;
    const int32_t* weights = nullptr;    ///< [taps][stride]
    int64_t stride = 0;
    int32_t* sums = nullptr;
};

/// What integer::Finish says, as arrays; those that are null are not wanted. All are as long as the sums, in whole blocks.
struct FinishArrays {
    const int32_t* bias = nullptr;
    const int32_t* multiplier = nullptr; ///< null: the result is the accumulator
    const int32_t* shift = nullptr;
    const int32_t* addMultiplier = nullptr; ///< null: no addend
    const int32_t* addShift = nullptr;
    const int32_t* low = nullptr;
    const int32_t* high = nullptr;
    int addendBytes = 1; ///< of an element
    int resultBytes = 1;
    bool isSmall = false; ///< no shift is below 32: the upper half of a product is enough
};

struct FinishArgs {
    const FinishArrays& arrays;
    int64_t channel = 0; ///< the first one
    int64_t count = 0;
    int64_t pixels = 1;
    int64_t sumStride = 0;  ///< from pixel to pixel
    int64_t stride = 0;     ///< likewise, of elements of addend and result
    const int32_t* sums = nullptr;
    const std::byte* addend = nullptr;
    std::byte* result = nullptr;
};

struct Kernels {
    int64_t lanes = 0;         ///< result channels of a block
    int64_t mostBlocks = 0;    ///< of a tile
    int64_t tilePixels[5] = {};///< of a full tile of so many blocks
    int64_t depthChannels = 0;
    bool takesBytes = false;   ///< else 8 bits are widened to 16 before
    /// `pixels` is tilePixels[blocks] or 1.
    void (*bytes)(const TileArgs&, int64_t pixels, int64_t blocks) = nullptr;
    void (*words)(const TileArgs&, int64_t pixels, int64_t blocks) = nullptr;
    void (*depthBytes)(const DepthArgs&) = nullptr;
    void (*depthWords)(const DepthArgs&) = nullptr;
    void (*finish)(const FinishArgs&) = nullptr;
};

/// Null for Isa::Plain, and where the program was built without them.
const Kernels* kernelsOf(Isa isa);

} // namespace bpu::runtime::integer
