// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/plain.h"

#include "core/ops/tensor_builder.h"

namespace bpu::runtime {

ir::Tensor tensorOf(const Buffer& buffer)
{
    const size_t size = static_cast<size_t>(buffer.count()) * ir::byteSize(buffer.type->dtype());
    return {*buffer.type, Bytes(std::shared_ptr<const std::byte[]>(std::shared_ptr<void>(), buffer.data), size)};
}

template <typename T>
PlainOperands<T>::PlainOperands(const Call& call) : m_call(call)
{
    constexpr ir::DType own = std::is_same_v<T, float> ? ir::DType::Float32 : ir::DType::Float64;
    const auto copy = [&](const Buffer& buffer) {
        m_copies.push_back(std::make_unique_for_overwrite<T[]>(static_cast<size_t>(buffer.count())));
        return m_copies.back().get();
    };
    for (const Buffer& buffer : call.inputs) {
        if (!buffer.data || buffer.type->dtype() == own) {
            numbers.in.push_back(buffer.in<T>());
            continue;
        }
        const ir::Tensor tensor = tensorOf(buffer);
        T* numbersOf = copy(buffer);
        for (int64_t i = 0; i < buffer.count(); ++i)
            numbersOf[i] = static_cast<T>(ir::isFloat(buffer.type->dtype()) ? tensor.number(i) : static_cast<double>(tensor.integer(i)));
        numbers.in.push_back(numbersOf);
    }
    for (size_t i = 0; i < call.outputs.size(); ++i) {
        const Buffer& buffer = call.outputs[i];
        if (buffer.data && buffer.type->dtype() != own) {
            numbers.out.push_back(copy(buffer));
            m_results.emplace_back(i, numbers.out.back());
        } else {
            numbers.out.push_back(buffer.out<T>());
        }
    }
}

template <typename T>
void PlainOperands<T>::store() const
{
    for (const auto& [i, from] : m_results) {
        const Buffer& buffer = m_call.outputs[i];
        const ir::DType dtype = buffer.type->dtype();
        for (int64_t k = 0; k < buffer.count(); ++k) {
            const auto number = static_cast<double>(from[k]);
            const int64_t integer = ir::isFloat(dtype) ? 0 : static_cast<int64_t>(number);
            ops::storeScalar(dtype, buffer.data + static_cast<size_t>(k) * ir::byteSize(dtype), {number, integer});
        }
    }
}

template class PlainOperands<float>;
template class PlainOperands<double>;

bool isPlainFloat(const Site& site)
{
    const ir::DType dtype = site.input(0).dtype();
    return dtype == ir::DType::Float32 || dtype == ir::DType::Float16 || dtype == ir::DType::BFloat16;
}

AxisBlocks AxisBlocks::of(const ir::TensorType& type, int64_t axis)
{
    AxisBlocks blocks;
    const int64_t at = axis < 0 ? axis + type.rank() : axis;
    for (int i = 0; i < type.rank(); ++i)
        (i < at ? blocks.outer : i == at ? blocks.size : blocks.inner) *= type.dim(i);
    return blocks;
}

} // namespace bpu::runtime
