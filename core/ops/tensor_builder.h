// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Makes the tensors that folding computes. Floats are computed in double and rounded once; integers and bools
// in int64, and what does not fit their dtype is refused: a folded number is exact or the node stays.
#pragma once

#include "core/ops/infer.h"

namespace bpu::ops {

using Tensors = std::vector<ir::Tensor>;
using MaybeInt = std::optional<int64_t>;

/// Folding stops here: results above this many bytes stay nodes unless an input is as large.
inline constexpr int64_t kFoldLimitBytes = int64_t{64} << 20;

/// Whether a result of this type may be folded given what the node reads.
bool mayFold(const ir::Graph& graph, const ir::Node& node, const ir::TensorType& result);

/// One computed element: `number` for a float dtype, `integer` for integers and bool.
struct Scalar {
    double number = 0;
    int64_t integer = 0;
};
using MaybeScalar = std::optional<Scalar>;

/// Float, integer or bool: what folding computes with.
bool isComputable(ir::DType dtype);
/// Whether the integer dtype (or bool) can hold `value`; true for floats.
bool holds(ir::DType dtype, int64_t value);
/// Element i of an integer or bool tensor; nothing for a uint64 beyond int64.
MaybeInt exactInteger(const ir::Tensor& tensor, int64_t i);
/// Element i as it is; nothing as for exactInteger.
MaybeScalar exactScalar(const ir::Tensor& tensor, int64_t i);

/// Writes the element in the dtype; integers wrap around (ask `holds` first). False for strings and complex numbers.
bool storeScalar(ir::DType dtype, std::byte* at, Scalar value);
/// The nearest half, ties to even; overflow gives infinity.
uint16_t halfFrom(double value);
uint16_t bfloat16From(double value);

/// A tensor of `type` whose element i is value(i), a MaybeScalar; nothing as soon as one is nothing or (unless it wraps
/// around, as a cast does) is not held by the dtype.
template <bool Wraps = false>
std::optional<ir::Tensor> buildTensor(const ir::TensorType& type, auto&& value)
{
    const int64_t count = type.elementCount();
    const size_t width = ir::byteSize(type.dtype());
    if (count < 0 || width == 0)
        return std::nullopt;
    auto data = std::make_shared_for_overwrite<std::byte[]>(static_cast<size_t>(count) * width);
    for (int64_t i = 0; i < count; ++i) {
        const MaybeScalar scalar = value(i);
        if (!scalar || (!Wraps && !holds(type.dtype(), scalar->integer)) || !storeScalar(type.dtype(), data.get() + static_cast<size_t>(i) * width, *scalar))
            return std::nullopt;
    }
    return ir::Tensor(type, Bytes(std::move(data), static_cast<size_t>(count) * width));
}

/// A tensor of `type` whose element i is element from(i) of `x`, of the same dtype, copied whole; nothing for strings.
std::optional<ir::Tensor> copyElements(const ir::Tensor& x, const ir::TensorType& type, auto&& from)
{
    const size_t width = ir::byteSize(x.dtype());
    const auto count = static_cast<size_t>(type.elementCount());
    if (width == 0)
        return std::nullopt;
    auto data = std::make_shared_for_overwrite<std::byte[]>(count * width);
    for (size_t i = 0; i < count; ++i)
        std::memcpy(data.get() + i * width, x.bytes().data() + static_cast<size_t>(from(static_cast<int64_t>(i))) * width, width);
    return ir::Tensor(type, Bytes(std::move(data), count * width));
}

/// The results of a node with one.
inline std::optional<Tensors> single(std::optional<ir::Tensor> tensor)
{
    return tensor ? std::optional(Tensors{std::move(*tensor)}) : std::nullopt;
}

/// Row-major strides in elements.
std::vector<int64_t> stridesOf(const ir::Shape& shape);

/// Row-major walk over a result: flat index of the result -> flat index of the operand through one stride per axis and an offset.
class StridedIndex {
public:
    StridedIndex(const ir::Shape& shape, std::vector<int64_t> operandStrides, int64_t offset = 0)
        : m_strides(stridesOf(shape)), m_operandStrides(std::move(operandStrides)), m_offset(offset)
    {
    }
    int64_t operator()(int64_t flat) const
    {
        int64_t at = m_offset;
        for (size_t i = 0; i < m_strides.size(); ++i) {
            at += flat / m_strides[i] * m_operandStrides[i];
            flat %= m_strides[i];
        }
        return at;
    }

private:
    std::vector<int64_t> m_strides;
    std::vector<int64_t> m_operandStrides;
    int64_t m_offset;
};

/// The walk over an operand that broadcasts to `result`.
StridedIndex broadcastIndex(const ir::Shape& result, const ir::Shape& operand);

} // namespace bpu::ops
