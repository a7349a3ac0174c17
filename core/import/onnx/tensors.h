// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// TensorProto and TypeProto of a skimmed model -> ir::Tensor and ir::TensorType.
#pragma once

#include "core/base/file.h"
#include "core/ir/tensor.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace onnx {
class SparseTensorProto;
class TensorProto;
class TypeProto;
} // namespace onnx

namespace bpu::importer {

/// Makes tensors whose bytes stay where they were read: in the model file or in its external data files,
/// each of which is read once.
class TensorReader {
public:
    /// `path` of the model: its name stands in errors, its folder bounds external data.
    TensorReader(std::filesystem::path path, Bytes file);

    /// Errors: "onnx.tensor" (dtype, shape or size that cannot be), "onnx.external" (a file that is
    /// missing, too short, or outside the model's folder).
    Result<ir::Tensor> read(const onnx::TensorProto& proto);
    /// The dense form; refused beyond 64 MB.
    Result<ir::Tensor> read(const onnx::SparseTensorProto& proto);

    const std::string& where() const { return m_where; }

private:
    Result<Bytes> externalBytes(const onnx::TensorProto& proto, uint64_t wanted);
    Result<Bytes> externalFile(const std::string& location);
    Result<Bytes> embeddedBytes(const onnx::TensorProto& proto, ir::DType dtype, uint64_t count);
    Error tensorError(std::string_view name, std::string message) const;

    std::filesystem::path m_path;
    std::string m_where;
    Bytes m_file;
    std::map<std::string, Bytes> m_external;
};

/// Undefined for a type number that we have no dtype for (the 8- and 4-bit floats, for instance).
ir::DType dtypeOf(int onnxType);

/// Symbolic dimensions are unknown: exporters give one symbol to unequal lengths. Sequences, maps and
/// optionals have no tensor type. Error "onnx.dimension" for one below zero or beyond 2^53.
Result<ir::TensorType> typeOf(const onnx::TypeProto& proto, std::string_view valueName, const std::string& where);

/// [R, C] -> [C, R], any dtype. Turned when its bytes are first read: a copy of every weight would double a transformer's memory.
ir::Tensor transposed(const ir::Tensor& matrix);

/// Text that may be shown in one line and written as JSON: bytes that are not UTF-8, control characters and marks that
/// turn the direction of writing become \xNN, line breaks and tabs \n and \t.
std::string cleanText(std::string_view raw);

/// The double whose shortest decimal form is that of `value`: 1e-5F reads as 1e-5.
double decimal(float value);

} // namespace bpu::importer
