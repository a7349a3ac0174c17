// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Big-endian numbers turned round.
#pragma once

#include "core/base/file.h"

#include <algorithm>
#include <string>

namespace bpu::data {

/// A copy with the bytes of each unit of `width` in reverse. Error "file.memory" names `where`.
inline Result<Bytes> byteSwapped(std::span<const std::byte> bytes, size_t width, const std::string& where)
{
    BPU_TRY(data, allocate(bytes.size(), where));
    std::ranges::copy(bytes, data.get());
    for (size_t i = 0; i + width <= bytes.size(); i += width)
        std::reverse(data.get() + i, data.get() + i + width);
    return Bytes(std::move(data), bytes.size());
}

} // namespace bpu::data
