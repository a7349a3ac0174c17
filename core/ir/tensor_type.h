// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What flows along an edge: element type and shape, and once quantized the scale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::ir {

enum class DType : uint8_t {
    Undefined,
    Float32, Float16, BFloat16, Float64,
    Int8, Int16, Int32, Int64,
    UInt8, UInt16, UInt32, UInt64,
    Bool, String, Complex64, Complex128,
};

/// Short names of the text form: "f32", "f16", "bf16", "f64", "i8", ..., "u64", "bool", "str", "c64", "c128", "?".
std::string_view name(DType dtype);
/// The inverse of name(); nothing for an unknown text.
std::optional<DType> dtypeFromName(std::string_view text);
/// Bytes of one element; 0 for Undefined and String.
size_t byteSize(DType dtype);
bool isFloat(DType dtype);
bool isInteger(DType dtype);

/// One dimension: elements, or kUnknownDim until the inputs are given a shape.
using Dim = int64_t;
inline constexpr Dim kUnknownDim = -1;
using Shape = std::vector<Dim>;

/// dtype and shape; the rank itself may be unknown (hasRank() false).
class TensorType {
public:
    TensorType() = default;
    TensorType(DType dtype, Shape shape) : m_dtype(dtype), m_hasRank(true), m_shape(std::move(shape)) {}
    static TensorType unranked(DType dtype);

    DType dtype() const { return m_dtype; }
    bool hasRank() const { return m_hasRank; }
    /// -1 when unknown.
    int rank() const { return m_hasRank ? static_cast<int>(m_shape.size()) : -1; }
    const Shape& shape() const { return m_shape; }
    /// Dimension `axis`; negative counts from the end; kUnknownDim when out of range or the rank is unknown.
    Dim dim(int axis) const;
    /// Rank and all dimensions known.
    bool isStatic() const;
    /// Product of the dimensions; kUnknownDim when one is unknown or the product leaves 63 bits.
    int64_t elementCount() const;
    TensorType withShape(Shape shape) const { return {m_dtype, std::move(shape)}; }
    TensorType withDType(DType dtype) const;

    /// "f32[1,3,224,224]", an unknown dimension is "?", an unknown rank "f32[*]".
    std::string text() const;
    friend bool operator==(const TensorType&, const TensorType&) = default;

private:
    DType m_dtype = DType::Undefined;
    bool m_hasRank = false;
    Shape m_shape;
};

/// "1x3x224x224" with "?" for what is unknown; "scalar" for rank 0, "?" for an unknown rank.
std::string shapeText(const TensorType& type);

/// Fixed-point types of the BPU: symmetric, zero point always 0.
enum class QType : uint8_t { QInt8, QInt16, QInt32 };
/// "qint8", "qint16", "qint32".
std::string_view name(QType type);
std::optional<QType> qtypeFromName(std::string_view text);

/// real = scale * q. One scale is per tensor (channelAxis -1); else one per index of channelAxis.
struct QuantParams {
    QType type = QType::QInt8;
    std::vector<double> scales;
    int channelAxis = -1;

    friend bool operator==(const QuantParams&, const QuantParams&) = default;
};

} // namespace bpu::ir
