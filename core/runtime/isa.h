// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The instructions that integer kernels use. All give the same integers; the processor's best are taken, unless
// BPU_ISA=plain|avx2|avxvnni|vnni or an option says otherwise.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bpu::runtime {

enum class Isa : uint8_t {
    Plain,   ///< C++ loops, with sums in 64 bits
    Avx2,    ///< pairs of 16 bits
    AvxVnni, ///< fours of 8 bits, 256 bits wide
    Vnni,    ///< AVX-512: fours of 8 bits, 512 bits wide
};

std::string_view name(Isa isa);

/// Those that this processor has, from plain on.
std::vector<Isa> availableIsas();

/// `asked`, else what BPU_ISA says, else the best. Error "runtime.isa": a name that is none, or that the processor has not.
Result<Isa> chooseIsa(std::optional<Isa> asked);

} // namespace bpu::runtime
