// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::ops {
namespace {

template <typename T>
void storeAs(std::byte* at, T value)
{
    std::memcpy(at, &value, sizeof(T));
}

template <typename T>
bool fits(int64_t value)
{
    return value >= static_cast<int64_t>(std::numeric_limits<T>::min()) && value <= static_cast<int64_t>(std::numeric_limits<T>::max());
}

} // namespace

bool mayFold(const ir::Graph& graph, const ir::Node& node, const ir::TensorType& result)
{
    if (!result.isStatic() || result.elementCount() == ir::kUnknownDim)
        return false;
    int64_t largest = kFoldLimitBytes;
    for (size_t i = 0; i < node.inputs.size(); ++i)
        if (constantInput(graph, node, i)) // a type alone promises any size
            largest = std::max(largest, byteCount(inputType(graph, node, i)));
    const int64_t bytes = mulDims(result.elementCount(), static_cast<int64_t>(ir::byteSize(result.dtype())));
    return bytes != ir::kUnknownDim && bytes <= largest;
}

bool isComputable(ir::DType dtype)
{
    return ir::isFloat(dtype) || ir::isInteger(dtype) || dtype == ir::DType::Bool;
}

bool holds(ir::DType dtype, int64_t value)
{
    switch (dtype) {
    case ir::DType::Int8: return fits<int8_t>(value);
    case ir::DType::Int16: return fits<int16_t>(value);
    case ir::DType::Int32: return fits<int32_t>(value);
    case ir::DType::UInt8: return fits<uint8_t>(value);
    case ir::DType::UInt16: return fits<uint16_t>(value);
    case ir::DType::UInt32: return fits<uint32_t>(value);
    case ir::DType::UInt64: return value >= 0;
    case ir::DType::Bool: return value == 0 || value == 1;
    default: return true;
    }
}

MaybeInt exactInteger(const ir::Tensor& tensor, int64_t i)
{
    if (tensor.dtype() == ir::DType::UInt64 && tensor.at<uint64_t>(i) > static_cast<uint64_t>(INT64_MAX))
        return std::nullopt;
    return tensor.integer(i);
}

MaybeScalar exactScalar(const ir::Tensor& tensor, int64_t i)
{
    if (ir::isFloat(tensor.dtype()))
        return Scalar{tensor.number(i), 0};
    const MaybeInt integer = exactInteger(tensor, i);
    return integer ? MaybeScalar(Scalar{static_cast<double>(*integer), *integer}) : std::nullopt;
}

uint16_t halfFrom(double value)
{
    const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000U : 0U);
    const double size = std::fabs(value);
    if (std::isnan(value))
        return sign | 0x7e00U;
    if (size == 0)
        return sign;
    if (size >= 65520) // half way between the largest half and 2^16
        return sign | 0x7c00U;
    // Steps of 2^-24 below 2^-14; above, 1024 steps for each power of two. nearbyint rounds ties to even.
    int exponent = 0;
    std::frexp(size, &exponent);
    const int scale = std::max(exponent - 1, -14);
    const auto steps = static_cast<uint32_t>(std::nearbyint(std::ldexp(size, 10 - scale)));
    // A carry out of the 1024 steps raises the exponent by itself.
    return static_cast<uint16_t>(sign + static_cast<uint32_t>(scale + 14) * 1024U + steps);
}

uint16_t bfloat16From(double value)
{
    const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
    if (std::isnan(value))
        return static_cast<uint16_t>((bits >> 16U) | 0x40U);
    return static_cast<uint16_t>((bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U);
}

bool storeScalar(ir::DType dtype, std::byte* at, Scalar value)
{
    switch (dtype) {
    case ir::DType::Float32: storeAs(at, static_cast<float>(value.number)); return true;
    case ir::DType::Float64: storeAs(at, value.number); return true;
    case ir::DType::Float16: storeAs(at, halfFrom(value.number)); return true;
    case ir::DType::BFloat16: storeAs(at, bfloat16From(value.number)); return true;
    case ir::DType::Int8: storeAs(at, static_cast<int8_t>(value.integer)); return true;
    case ir::DType::Int16: storeAs(at, static_cast<int16_t>(value.integer)); return true;
    case ir::DType::Int32: storeAs(at, static_cast<int32_t>(value.integer)); return true;
    case ir::DType::Int64: storeAs(at, value.integer); return true;
    case ir::DType::UInt8: storeAs(at, static_cast<uint8_t>(value.integer)); return true;
    case ir::DType::UInt16: storeAs(at, static_cast<uint16_t>(value.integer)); return true;
    case ir::DType::UInt32: storeAs(at, static_cast<uint32_t>(value.integer)); return true;
    case ir::DType::UInt64: storeAs(at, static_cast<uint64_t>(value.integer)); return true;
    case ir::DType::Bool: storeAs(at, static_cast<uint8_t>(value.integer != 0)); return true;
    default: return false;
    }
}

std::vector<int64_t> stridesOf(const ir::Shape& shape)
{
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = std::max<int64_t>(mulDims(strides[i], shape[i]), 0); // of a tensor with elements they all fit
    return strides;
}

StridedIndex broadcastIndex(const ir::Shape& result, const ir::Shape& operand)
{
    std::vector<int64_t> operandStrides(result.size(), 0);
    const std::vector<int64_t> strides = stridesOf(operand);
    const size_t offset = result.size() - operand.size();
    for (size_t i = 0; i < operand.size(); ++i)
        operandStrides[i + offset] = operand[i] == 1 ? 0 : strides[i];
    return {result, std::move(operandStrides)};
}

} // namespace bpu::ops
