// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Random numbers that are the same on every machine: neither std's distributions nor libm take part.
#pragma once

#include <cstdint>

namespace bpu::data {

/// SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", figure 15).
class Random {
public:
    explicit Random(uint64_t seed) : m_state(seed) {}

    uint64_t next()
    {
        uint64_t z = m_state += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    /// Uniform in [-1, 1), a multiple of 2^-23: exact in float32.
    double symmetric() { return static_cast<double>(next() >> 40U) * 0x1p-23 - 1.0; }
    /// Uniform in [0, bound), bound > 0; the bias is below bound / 2^64.
    uint64_t below(uint64_t bound) { return next() % bound; }

private:
    uint64_t m_state;
};

} // namespace bpu::data
