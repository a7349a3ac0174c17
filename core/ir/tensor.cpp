// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/tensor.h"

#include "core/base/assert.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::ir {
namespace {

float floatFromHalf(uint16_t half)
{
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16U;
    const uint32_t exponent = (half >> 10U) & 0x1fU;
    const uint32_t mantissa = half & 0x3ffU;
    if (exponent == 0) // zero and subnormals: mantissa * 2^-24
        return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(static_cast<float>(mantissa) * 0x1p-24F));
    const uint32_t bits = exponent == 31 ? 0x7f800000U : (exponent + 112U) << 23U;
    return std::bit_cast<float>(sign | bits | (mantissa << 13U));
}

float floatFromBFloat16(uint16_t bits)
{
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16U);
}

} // namespace

Tensor::Tensor(TensorType type, Bytes bytes) : m_type(std::move(type)), m_count(m_type.elementCount()), m_bytes(std::move(bytes))
{
    BPU_ASSERT(m_count >= 0);
    BPU_ASSERT(m_bytes.size() == static_cast<size_t>(m_count) * byteSize(dtype()));
}

double Tensor::number(int64_t i) const
{
    switch (dtype()) {
    case DType::Float32: return static_cast<double>(at<float>(i));
    case DType::Float64: return at<double>(i);
    case DType::Float16: return static_cast<double>(floatFromHalf(at<uint16_t>(i)));
    case DType::BFloat16: return static_cast<double>(floatFromBFloat16(at<uint16_t>(i)));
    case DType::UInt64: return static_cast<double>(at<uint64_t>(i));
    case DType::Undefined:
    case DType::String:
    case DType::Complex64:
    case DType::Complex128: return std::numeric_limits<double>::quiet_NaN();
    default: return static_cast<double>(integer(i));
    }
}

int64_t Tensor::integer(int64_t i) const
{
    switch (dtype()) {
    case DType::Int8: return at<int8_t>(i);
    case DType::Int16: return at<int16_t>(i);
    case DType::Int32: return at<int32_t>(i);
    case DType::Int64: return at<int64_t>(i);
    case DType::UInt8: return at<uint8_t>(i);
    case DType::UInt16: return at<uint16_t>(i);
    case DType::UInt32: return at<uint32_t>(i);
    case DType::UInt64: return static_cast<int64_t>(std::min<uint64_t>(at<uint64_t>(i), std::numeric_limits<int64_t>::max()));
    case DType::Bool: return at<uint8_t>(i) != 0 ? 1 : 0;
    default: break;
    }
    const double value = number(i);
    if (std::isnan(value))
        return 0;
    constexpr double kLimit = 0x1p63;
    if (value >= kLimit)
        return std::numeric_limits<int64_t>::max();
    if (value < -kLimit)
        return std::numeric_limits<int64_t>::min();
    return static_cast<int64_t>(value);
}

std::vector<double> Tensor::toDoubles() const
{
    std::vector<double> values(static_cast<size_t>(m_count));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = number(static_cast<int64_t>(i));
    return values;
}

std::vector<int64_t> Tensor::toInts() const
{
    std::vector<int64_t> values(static_cast<size_t>(m_count));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = integer(static_cast<int64_t>(i));
    return values;
}

Tensor Tensor::reshaped(Shape shape) const
{
    return {m_type.withShape(std::move(shape)), m_bytes};
}

bool operator==(const Tensor& a, const Tensor& b)
{
    if (a.m_type != b.m_type)
        return false;
    return a.bytes().data() == b.bytes().data() || std::ranges::equal(a.bytes(), b.bytes());
}

uint64_t hash(const Tensor& tensor)
{
    uint64_t state = 0xcbf29ce484222325ULL;
    const auto mix = [&state](std::span<const std::byte> bytes) {
        for (const std::byte byte : bytes)
            state = (state ^ static_cast<uint64_t>(byte)) * 0x100000001b3ULL;
    };
    const std::string type = tensor.type().text();
    mix(std::as_bytes(std::span(type)));
    mix(tensor.bytes());
    return state;
}

} // namespace bpu::ir
