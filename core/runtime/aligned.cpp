// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/aligned.h"

#include <algorithm>

namespace bpu::runtime {

ir::Tensor aligned(const ir::Tensor& tensor)
{
    const size_t width = std::min<size_t>(ir::byteSize(tensor.dtype()), 8);
    const auto place = reinterpret_cast<uintptr_t>(tensor.bytes().data());
    return width < 2 || place % width == 0 ? tensor : ir::Tensor(tensor.type(), Bytes::copyOf(tensor.bytes()));
}

} // namespace bpu::runtime
