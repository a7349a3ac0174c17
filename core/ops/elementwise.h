// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What all elementwise operators share: a shape rule and a folding kernel around one scalar function.
#pragma once

#include "core/ops/infer.h"

namespace bpu::ops {

using Tensors = std::vector<ir::Tensor>;
using UnaryFunction = double (*)(double);
using BinaryFunction = double (*)(double, double);
using BinaryIntFunction = std::optional<int64_t> (*)(int64_t, int64_t);

/// Folding stops here: results above this many bytes stay nodes unless an input is as large.
inline constexpr int64_t kFoldLimitBytes = int64_t{64} << 20;

/// Whether a result of this type may be folded given what the node reads.
bool mayFold(const ir::Graph& graph, const ir::Node& node, const ir::TensorType& result);

/// A tensor of `type` whose element i is value(i), stored in the type's dtype (half types are refused).
std::optional<ir::Tensor> buildTensor(const ir::TensorType& type, auto&& value);

/// Broadcast index: for each flat index of `result`, the flat index into `operand`.
class BroadcastIndex {
public:
    BroadcastIndex(const ir::Shape& result, const ir::Shape& operand);
    int64_t operator()(int64_t flat) const;

private:
    std::vector<int64_t> m_resultStrides;
    std::vector<int64_t> m_operandStrides;
};

/// Row-major strides in elements.
std::vector<int64_t> stridesOf(const ir::Shape& shape);

Result<Types> inferUnary(const ir::Graph& graph, const ir::Node& node);
/// Broadcasts; the dtype is that of the first operand with a known one.
Result<Types> inferBinary(const ir::Graph& graph, const ir::Node& node);
/// As inferBinary with a bool result.
Result<Types> inferComparison(const ir::Graph& graph, const ir::Node& node);

std::optional<Tensors> foldUnary(const ir::Graph& graph, const ir::Node& node, UnaryFunction function);
/// Integers go through `integers` (null: not folded), floats through `floats`.
std::optional<Tensors> foldBinary(const ir::Graph& graph, const ir::Node& node, BinaryFunction floats, BinaryIntFunction integers,
                                  bool boolResult);

template <typename T>
void storeAs(std::byte* at, T value)
{
    std::memcpy(at, &value, sizeof(T));
}

/// Writes a number in the dtype; false for dtypes without a plain C++ type.
inline bool storeNumber(ir::DType dtype, std::byte* at, double number, int64_t integer)
{
    switch (dtype) {
    case ir::DType::Float32: storeAs(at, static_cast<float>(number)); return true;
    case ir::DType::Float64: storeAs(at, number); return true;
    case ir::DType::Int8: storeAs(at, static_cast<int8_t>(integer)); return true;
    case ir::DType::Int16: storeAs(at, static_cast<int16_t>(integer)); return true;
    case ir::DType::Int32: storeAs(at, static_cast<int32_t>(integer)); return true;
    case ir::DType::Int64: storeAs(at, integer); return true;
    case ir::DType::UInt8: storeAs(at, static_cast<uint8_t>(integer)); return true;
    case ir::DType::UInt16: storeAs(at, static_cast<uint16_t>(integer)); return true;
    case ir::DType::UInt32: storeAs(at, static_cast<uint32_t>(integer)); return true;
    case ir::DType::UInt64: storeAs(at, static_cast<uint64_t>(integer)); return true;
    case ir::DType::Bool: storeAs(at, static_cast<uint8_t>(integer != 0)); return true;
    default: return false;
    }
}

struct Scalar {
    double number = 0;
    int64_t integer = 0;
};

std::optional<ir::Tensor> buildTensor(const ir::TensorType& type, auto&& value)
{
    const int64_t count = type.elementCount();
    const size_t width = ir::byteSize(type.dtype());
    if (count < 0 || width == 0)
        return std::nullopt;
    auto data = std::make_shared_for_overwrite<std::byte[]>(static_cast<size_t>(count) * width);
    for (int64_t i = 0; i < count; ++i) {
        const Scalar scalar = value(i);
        if (!storeNumber(type.dtype(), data.get() + static_cast<size_t>(i) * width, scalar.number, scalar.integer))
            return std::nullopt;
    }
    return ir::Tensor(type, Bytes(std::move(data), static_cast<size_t>(count) * width));
}

} // namespace bpu::ops
