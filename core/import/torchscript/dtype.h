// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Element types as PyTorch numbers and names them.
#pragma once

#include "core/ir/tensor_type.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace bpu::importer::torchscript {

/// The numbers are those of c10::ScalarType, which code and pickles write as plain integers.
enum class TorchDType : uint8_t {
    Byte = 0, Char = 1, Short = 2, Int = 3, Long = 4, Half = 5, Float = 6, Double = 7,
    ComplexHalf = 8, ComplexFloat = 9, ComplexDouble = 10, Bool = 11,
    QInt8 = 12, QUInt8 = 13, QInt32 = 14, BFloat16 = 15, QUInt4x2 = 16, QUInt2x4 = 17,
    Bits1x8 = 18, Bits2x4 = 19, Bits4x2 = 20, Bits8 = 21, Bits16 = 22,
    Float8E5M2 = 23, Float8E4M3 = 24, Float8E5M2Fnuz = 25, Float8E4M3Fnuz = 26,
    UInt16 = 27, UInt32 = 28, UInt64 = 29,
};

/// "float32", as behind "torch." in Python.
std::string_view name(TorchDType dtype);
/// Nothing for a number that no PyTorch gives.
std::optional<TorchDType> dtypeFromNumber(int64_t number);
/// "FloatStorage" -> Float.
std::optional<TorchDType> dtypeFromStorage(std::string_view storageClass);
/// "float32" or "float" -> Float.
std::optional<TorchDType> dtypeFromName(std::string_view name);
/// What the graph calls it: quantized ones are the integers they store; Undefined where we have none.
ir::DType toIr(TorchDType dtype);
bool isQuantized(TorchDType dtype);

} // namespace bpu::importer::torchscript
