// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/tensors.h"

#include <algorithm>

namespace bpu::importer {
namespace {

void transposeInto(std::byte* to, const ir::Tensor& matrix)
{
    const int64_t rows = matrix.shape()[0];
    const int64_t columns = matrix.shape()[1];
    const size_t item = ir::byteSize(matrix.dtype());
    const std::byte* from = matrix.bytes().data();
    constexpr int64_t kBlock = 32; // both sides of a block stay in the cache
    for (int64_t r0 = 0; r0 < rows; r0 += kBlock)
        for (int64_t c0 = 0; c0 < columns; c0 += kBlock)
            for (int64_t r = r0; r < std::min(rows, r0 + kBlock); ++r)
                for (int64_t c = c0; c < std::min(columns, c0 + kBlock); ++c)
                    std::memcpy(to + static_cast<size_t>(c * rows + r) * item, from + static_cast<size_t>(r * columns + c) * item, item);
}

} // namespace

ir::Tensor transposed(const ir::Tensor& matrix)
{
    return {matrix.type().withShape({matrix.shape()[1], matrix.shape()[0]}),
            Bytes::deferred(matrix.storage().size(), [matrix](std::span<std::byte> to) { transposeInto(to.data(), matrix); })};
}

} // namespace bpu::importer
