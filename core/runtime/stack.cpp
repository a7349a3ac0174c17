// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/stack.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace bpu::runtime {
namespace {

/// Bytes of the part of one index along `axis`, and how many such parts there are.
struct Blocks {
    size_t bytes;
    size_t count;

    Blocks(const ir::TensorType& part, size_t axis)
    {
        const ir::Shape& shape = part.shape();
        const auto product = [](auto first, auto last) { return std::accumulate(first, last, int64_t{1}, std::multiplies<>()); };
        const auto middle = shape.begin() + static_cast<std::ptrdiff_t>(axis);
        bytes = static_cast<size_t>(product(middle, shape.end())) * ir::byteSize(part.dtype());
        count = static_cast<size_t>(product(shape.begin(), middle));
    }
};

} // namespace

bool Stack::add(ir::Tensor tensor)
{
    if (!m_tensors.empty() && m_tensors.front().type() != tensor.type())
        return false;
    m_tensors.push_back(std::move(tensor));
    return true;
}

void Stack::reverse()
{
    std::ranges::reverse(m_tensors);
}

int Stack::rank(const ir::TensorType& declared) const
{
    return m_tensors.empty() ? std::max(declared.rank(), 0) : m_tensors.front().type().rank();
}

ir::Tensor Stack::along(size_t axis, const ir::TensorType& declared) const
{
    const ir::TensorType part = m_tensors.empty() ? declared : m_tensors.front().type();
    ir::Shape shape = part.shape();
    std::ranges::replace(shape, ir::kUnknownDim, 0);
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), std::ssize(m_tensors));
    if (m_tensors.empty())
        return {ir::TensorType(part.dtype(), std::move(shape)), Bytes()};
    const Blocks blocks(part, axis);
    const size_t size = blocks.bytes * blocks.count * m_tensors.size();
    auto data = std::make_shared_for_overwrite<std::byte[]>(size);
    for (size_t i = 0; i < m_tensors.size(); ++i)
        for (size_t b = 0; b < blocks.count; ++b)
            std::memcpy(data.get() + (b * m_tensors.size() + i) * blocks.bytes, m_tensors[i].bytes().data() + b * blocks.bytes, blocks.bytes);
    return {ir::TensorType(part.dtype(), std::move(shape)), Bytes(std::move(data), size)};
}

ir::Tensor Slices::at(int64_t step) const
{
    ir::Shape shape = m_whole.shape();
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(m_axis));
    const ir::TensorType part(m_whole.dtype(), std::move(shape));
    const Blocks blocks(part, m_axis);
    const size_t size = blocks.bytes * blocks.count;
    auto data = std::make_shared_for_overwrite<std::byte[]>(size);
    const auto all = static_cast<size_t>(steps());
    for (size_t b = 0; b < blocks.count; ++b)
        std::memcpy(data.get() + b * blocks.bytes, m_whole.bytes().data() + (b * all + static_cast<size_t>(step)) * blocks.bytes, blocks.bytes);
    return {part, Bytes(std::move(data), size)};
}

} // namespace bpu::runtime
