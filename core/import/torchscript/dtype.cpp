// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/dtype.h"

#include <algorithm>
#include <array>

namespace bpu::importer::torchscript {
namespace {

struct Row {
    TorchDType dtype;
    std::string_view storage; ///< in front of "Storage"
    std::string_view name;    ///< behind "torch."
    std::string_view other;   ///< second name
    ir::DType ir;
};

using T = TorchDType;
using I = ir::DType;

/// Source: c10/core/ScalarType.h and torch/storage.py of PyTorch 2.6. By number.
constexpr std::array<Row, 30> kRows{{
    {T::Byte, "Byte", "uint8", "", I::UInt8},
    {T::Char, "Char", "int8", "", I::Int8},
    {T::Short, "Short", "int16", "short", I::Int16},
    {T::Int, "Int", "int32", "int", I::Int32},
    {T::Long, "Long", "int64", "long", I::Int64},
    {T::Half, "Half", "float16", "half", I::Float16},
    {T::Float, "Float", "float32", "float", I::Float32},
    {T::Double, "Double", "float64", "double", I::Float64},
    {T::ComplexHalf, "ComplexHalf", "complex32", "chalf", I::Undefined},
    {T::ComplexFloat, "ComplexFloat", "complex64", "cfloat", I::Complex64},
    {T::ComplexDouble, "ComplexDouble", "complex128", "cdouble", I::Complex128},
    {T::Bool, "Bool", "bool", "", I::Bool},
    {T::QInt8, "QInt8", "qint8", "", I::Int8},
    {T::QUInt8, "QUInt8", "quint8", "", I::UInt8},
    {T::QInt32, "QInt32", "qint32", "", I::Int32},
    {T::BFloat16, "BFloat16", "bfloat16", "", I::BFloat16},
    {T::QUInt4x2, "QUInt4x2", "quint4x2", "", I::Undefined},
    {T::QUInt2x4, "QUInt2x4", "quint2x4", "", I::Undefined},
    {T::Bits1x8, "Bits1x8", "bits1x8", "", I::Undefined},
    {T::Bits2x4, "Bits2x4", "bits2x4", "", I::Undefined},
    {T::Bits4x2, "Bits4x2", "bits4x2", "", I::Undefined},
    {T::Bits8, "Bits8", "bits8", "", I::Undefined},
    {T::Bits16, "Bits16", "bits16", "", I::Undefined},
    {T::Float8E5M2, "Float8_e5m2", "float8_e5m2", "", I::Undefined},
    {T::Float8E4M3, "Float8_e4m3fn", "float8_e4m3fn", "", I::Undefined},
    {T::Float8E5M2Fnuz, "Float8_e5m2fnuz", "float8_e5m2fnuz", "", I::Undefined},
    {T::Float8E4M3Fnuz, "Float8_e4m3fnuz", "float8_e4m3fnuz", "", I::Undefined},
    {T::UInt16, "UInt16", "uint16", "", I::UInt16},
    {T::UInt32, "UInt32", "uint32", "", I::UInt32},
    {T::UInt64, "UInt64", "uint64", "", I::UInt64},
}};

const Row& row(TorchDType dtype)
{
    return kRows[static_cast<size_t>(dtype)];
}

template <typename Predicate>
std::optional<TorchDType> findRow(Predicate matches)
{
    const auto found = std::ranges::find_if(kRows, matches);
    return found == kRows.end() ? std::nullopt : std::optional(found->dtype);
}

} // namespace

std::string_view name(TorchDType dtype)
{
    return row(dtype).name;
}

std::optional<TorchDType> dtypeFromNumber(int64_t number)
{
    return number >= 0 && number < static_cast<int64_t>(kRows.size()) ? std::optional(static_cast<TorchDType>(number)) : std::nullopt;
}

std::optional<TorchDType> dtypeFromStorage(std::string_view storageClass)
{
    constexpr std::string_view kEnd = "Storage";
    if (!storageClass.ends_with(kEnd))
        return std::nullopt;
    storageClass.remove_suffix(kEnd.size());
    return findRow([&](const Row& candidate) { return candidate.storage == storageClass; });
}

std::optional<TorchDType> dtypeFromName(std::string_view name)
{
    return findRow([&](const Row& candidate) { return candidate.name == name || (!name.empty() && candidate.other == name); });
}

ir::DType toIr(TorchDType dtype)
{
    return row(dtype).ir;
}

bool isQuantized(TorchDType dtype)
{
    return (dtype >= T::QInt8 && dtype <= T::QInt32) || dtype == T::QUInt4x2 || dtype == T::QUInt2x4;
}

} // namespace bpu::importer::torchscript
