// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/tensor_type.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::ir {
namespace {

struct DTypeRow {
    DType dtype;
    std::string_view name;
    size_t bytes;
};

constexpr std::array kDTypes{
    DTypeRow{DType::Undefined, "?", 0},   DTypeRow{DType::Float32, "f32", 4},    DTypeRow{DType::Float16, "f16", 2},
    DTypeRow{DType::BFloat16, "bf16", 2}, DTypeRow{DType::Float64, "f64", 8},    DTypeRow{DType::Int8, "i8", 1},
    DTypeRow{DType::Int16, "i16", 2},     DTypeRow{DType::Int32, "i32", 4},      DTypeRow{DType::Int64, "i64", 8},
    DTypeRow{DType::UInt8, "u8", 1},      DTypeRow{DType::UInt16, "u16", 2},     DTypeRow{DType::UInt32, "u32", 4},
    DTypeRow{DType::UInt64, "u64", 8},    DTypeRow{DType::Bool, "bool", 1},      DTypeRow{DType::String, "str", 0},
    DTypeRow{DType::Complex64, "c64", 8}, DTypeRow{DType::Complex128, "c128", 16},
};

constexpr std::array<std::string_view, 3> kQTypes{"qint8", "qint16", "qint32"};

std::string dimText(Dim dim)
{
    return dim == kUnknownDim ? std::string("?") : fmt::format("{}", dim);
}

} // namespace

std::string_view name(DType dtype)
{
    return kDTypes[static_cast<size_t>(dtype)].name;
}

std::optional<DType> dtypeFromName(std::string_view text)
{
    for (const DTypeRow& row : kDTypes)
        if (row.name == text)
            return row.dtype;
    return std::nullopt;
}

size_t byteSize(DType dtype)
{
    return kDTypes[static_cast<size_t>(dtype)].bytes;
}

bool isFloat(DType dtype)
{
    return dtype == DType::Float32 || dtype == DType::Float16 || dtype == DType::BFloat16 || dtype == DType::Float64;
}

bool isInteger(DType dtype)
{
    return dtype >= DType::Int8 && dtype <= DType::UInt64;
}

TensorType TensorType::unranked(DType dtype)
{
    TensorType type;
    type.m_dtype = dtype;
    return type;
}

Dim TensorType::dim(int axis) const
{
    const int index = axis < 0 ? axis + rank() : axis;
    if (!m_hasRank || index < 0 || index >= rank())
        return kUnknownDim;
    return m_shape[static_cast<size_t>(index)];
}

bool TensorType::isStatic() const
{
    return m_hasRank && std::find(m_shape.begin(), m_shape.end(), kUnknownDim) == m_shape.end();
}

int64_t TensorType::elementCount() const
{
    if (!isStatic())
        return kUnknownDim;
    int64_t count = 1;
    for (const Dim dim : m_shape)
        if (__builtin_mul_overflow(count, dim, &count))
            return kUnknownDim;
    return count;
}

TensorType TensorType::withDType(DType dtype) const
{
    TensorType type = *this;
    type.m_dtype = dtype;
    return type;
}

std::string TensorType::text() const
{
    std::string dims;
    for (const Dim dim : m_shape)
        dims += (dims.empty() ? "" : ",") + dimText(dim);
    return fmt::format("{}[{}]", name(m_dtype), m_hasRank ? dims : "*");
}

std::string shapeText(const TensorType& type)
{
    if (!type.hasRank())
        return "?";
    if (type.rank() == 0)
        return "scalar";
    std::string text;
    for (const Dim dim : type.shape())
        text += (text.empty() ? "" : "x") + dimText(dim);
    return text;
}

std::string_view name(QType type)
{
    return kQTypes[static_cast<size_t>(type)];
}

std::optional<QType> qtypeFromName(std::string_view text)
{
    for (size_t i = 0; i < kQTypes.size(); ++i)
        if (kQTypes[i] == text)
            return static_cast<QType>(i);
    return std::nullopt;
}

} // namespace bpu::ir
