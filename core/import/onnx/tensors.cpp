// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/tensors.h"

#include "core/import/onnx/skim.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <onnx/onnx_pb.h>

namespace bpu::importer {
namespace {

constexpr int64_t kLargestDim = int64_t{1} << 53U;

template <typename T, typename Source>
Bytes packed(const Source& source)
{
    auto data = std::make_shared_for_overwrite<std::byte[]>(static_cast<size_t>(source.size()) * sizeof(T));
    std::byte* to = data.get();
    for (const auto item : source) {
        const T value = static_cast<T>(item);
        std::memcpy(to, &value, sizeof(T));
        to += sizeof(T);
    }
    return {std::move(data), static_cast<size_t>(source.size()) * sizeof(T)};
}

/// The typed fields of TensorProto: which one holds a dtype is fixed by onnx.proto.
std::optional<Bytes> typedData(const onnx::TensorProto& proto, ir::DType dtype)
{
    using ir::DType;
    switch (dtype) {
    case DType::Float32: case DType::Complex64: return packed<float>(proto.float_data());
    case DType::Float64: case DType::Complex128: return packed<double>(proto.double_data());
    case DType::Int64: return packed<int64_t>(proto.int64_data());
    case DType::UInt64: return packed<uint64_t>(proto.uint64_data());
    case DType::UInt32: return packed<uint32_t>(proto.uint64_data());
    case DType::Int32: return packed<int32_t>(proto.int32_data());
    case DType::Int16: return packed<int16_t>(proto.int32_data());
    case DType::Int8: return packed<int8_t>(proto.int32_data());
    case DType::UInt16: case DType::Float16: case DType::BFloat16: return packed<uint16_t>(proto.int32_data());
    case DType::UInt8: case DType::Bool: return packed<uint8_t>(proto.int32_data());
    default: return std::nullopt;
    }
}

/// -1 when a dimension is negative or the product leaves 63 bits.
int64_t checkedCount(const ir::Shape& shape)
{
    int64_t count = 1;
    bool empty = false;
    for (const ir::Dim dim : shape) {
        if (dim < 0)
            return -1;
        empty = empty || dim == 0;
        if (dim != 0 && __builtin_mul_overflow(count, dim, &count))
            return -1;
    }
    return empty ? 0 : count;
}

/// Lexically and, through links, really inside `folder`.
bool isInside(const std::filesystem::path& file, const std::filesystem::path& folder)
{
    std::error_code failed;
    const auto real = std::filesystem::weakly_canonical(file, failed);
    if (failed)
        return false;
    const auto base = std::filesystem::weakly_canonical(folder, failed);
    if (failed)
        return false;
    const auto relative = real.lexically_relative(base);
    return !relative.empty() && *relative.begin() != "..";
}

std::optional<uint64_t> parseNumber(const std::string& text)
{
    uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

} // namespace

TensorReader::TensorReader(std::filesystem::path path, Bytes file)
    : m_path(std::move(path)), m_where(m_path.string()), m_file(std::move(file))
{
}

Error TensorReader::tensorError(std::string_view name, std::string message) const
{
    return {"onnx.tensor", m_where, fmt::format("tensor '{}' {}", cleanText(name), message)};
}

Result<ir::Tensor> TensorReader::read(const onnx::TensorProto& proto)
{
    const ir::Shape shape(proto.dims().begin(), proto.dims().end());
    const int64_t count = checkedCount(shape);
    if (count < 0 || count > kLargestDim)
        return tensorError(proto.name(), fmt::format("has a shape that cannot be ({}); export the model again", fmt::join(shape, "x")));
    const ir::DType dtype = dtypeOf(proto.data_type());
    if (dtype == ir::DType::String)
        return ir::Tensor(ir::TensorType(dtype, shape), {});
    if (dtype == ir::DType::Undefined)
        return tensorError(proto.name(), fmt::format("has element type {}, which is not readable yet; export it as float", proto.data_type()));
    const uint64_t wanted = static_cast<uint64_t>(count) * ir::byteSize(dtype);
    auto bytes = proto.data_location() == onnx::TensorProto::EXTERNAL ? externalBytes(proto, wanted)
                                                                       : embeddedBytes(proto, dtype, static_cast<uint64_t>(count));
    if (!bytes)
        return bytes.error();
    if (bytes->size() != wanted)
        return tensorError(proto.name(), fmt::format("is {} of {} and needs {} bytes, but {} are stored; export the model again",
                                                     ir::name(dtype), shape.empty() ? "one element" : fmt::format("{}", fmt::join(shape, "x")),
                                                     wanted, bytes->size()));
    return ir::Tensor(ir::TensorType(dtype, shape), *std::move(bytes));
}

Result<Bytes> TensorReader::embeddedBytes(const onnx::TensorProto& proto, ir::DType dtype, uint64_t count)
{
    if (proto.has_raw_data()) {
        const BlobReference blob = readReference(proto.raw_data());
        return m_file.slice(blob.offset, blob.size);
    }
    auto bytes = typedData(proto, dtype);
    if (!bytes || bytes->size() != count * ir::byteSize(dtype))
        return tensorError(proto.name(), fmt::format("should hold {} elements, but another number is stored; export the model again", count));
    return *std::move(bytes);
}

Result<Bytes> TensorReader::externalFile(const std::string& location)
{
    if (const auto known = m_external.find(location); known != m_external.end())
        return known->second;
    const std::filesystem::path folder = m_path.has_parent_path() ? m_path.parent_path() : ".";
    const std::filesystem::path relative(location);
    const std::string shown = cleanText(location);
    bool escapes = relative.is_absolute() || relative.empty();
    for (const auto& part : relative)
        escapes = escapes || part == "..";
    if (escapes || !isInside(folder / relative, folder))
        return Error{"onnx.external", m_where,
                     fmt::format("{} is outside the model's folder; move it beside {} and name it without a path", shown,
                                 m_path.filename().string())};
    auto bytes = readFile(folder / relative);
    if (!bytes && bytes.error().code == "file.missing")
        return Error{"onnx.external", m_where, fmt::format("its weights file {} is missing; copy it beside the model", shown)};
    if (!bytes)
        return bytes.error();
    return m_external.emplace(location, *bytes).first->second;
}

Result<Bytes> TensorReader::externalBytes(const onnx::TensorProto& proto, uint64_t wanted)
{
    std::string location;
    uint64_t offset = 0;
    std::optional<uint64_t> length;
    for (const auto& entry : proto.external_data()) {
        if (entry.key() == "location")
            location = entry.value();
        if (entry.key() != "offset" && entry.key() != "length")
            continue;
        const auto number = parseNumber(entry.value());
        if (!number)
            return tensorError(proto.name(), fmt::format("has the {} '{}', which is no byte count; export the model again", entry.key(),
                                                         cleanText(entry.value())));
        (entry.key() == "offset" ? offset : length.emplace()) = *number;
    }
    BPU_TRY(file, externalFile(location));
    const uint64_t size = length.value_or(wanted);
    if (offset > file.size() || size > file.size() - offset)
        return Error{"onnx.external", m_where,
                     fmt::format("tensor '{}' lies at bytes {} to {} of {}, which has only {}; copy {} again", cleanText(proto.name()), offset,
                                 offset + size, cleanText(location), file.size(), cleanText(location))};
    return file.slice(offset, size);
}

Result<ir::Tensor> TensorReader::read(const onnx::SparseTensorProto& proto)
{
    constexpr int64_t kLargestDense = 64 << 20;
    const ir::Shape shape(proto.dims().begin(), proto.dims().end());
    const int64_t count = checkedCount(shape);
    BPU_TRY(values, read(proto.values()));
    BPU_TRY(indices, read(proto.indices()));
    const auto itemSize = static_cast<int64_t>(ir::byteSize(values.dtype()));
    const std::string name = proto.values().name();
    if (count < 0 || itemSize == 0 || count > kLargestDense / itemSize)
        return tensorError(name, "is sparse and too large to expand; export it dense");
    const bool linear = indices.shape().size() == 1;
    const auto rank = static_cast<int64_t>(shape.size());
    if (indices.dtype() != ir::DType::Int64 || indices.elementCount() != values.elementCount() * (linear ? 1 : rank))
        return tensorError(name, "is sparse with indices that do not fit; export it dense");
    auto data = std::make_shared<std::byte[]>(static_cast<size_t>(count * itemSize));
    for (int64_t i = 0; i < values.elementCount(); ++i) {
        int64_t place = linear ? indices.at<int64_t>(i) : 0;
        for (int64_t axis = 0; !linear && axis < rank; ++axis) {
            const int64_t index = indices.at<int64_t>(i * rank + axis);
            if (index < 0 || index >= shape[static_cast<size_t>(axis)])
                return tensorError(name, "is sparse with an index outside its shape; export it dense");
            place = place * shape[static_cast<size_t>(axis)] + index;
        }
        if (place < 0 || place >= count)
            return tensorError(name, "is sparse with an index outside its shape; export it dense");
        std::memcpy(data.get() + place * itemSize, values.bytes().data() + i * itemSize, static_cast<size_t>(itemSize));
    }
    return ir::Tensor(ir::TensorType(values.dtype(), shape), Bytes{std::move(data), static_cast<size_t>(count * itemSize)});
}

ir::DType dtypeOf(int onnxType)
{
    using ir::DType;
    switch (onnxType) {
    case onnx::TensorProto::FLOAT: return DType::Float32;
    case onnx::TensorProto::UINT8: return DType::UInt8;
    case onnx::TensorProto::INT8: return DType::Int8;
    case onnx::TensorProto::UINT16: return DType::UInt16;
    case onnx::TensorProto::INT16: return DType::Int16;
    case onnx::TensorProto::INT32: return DType::Int32;
    case onnx::TensorProto::INT64: return DType::Int64;
    case onnx::TensorProto::STRING: return DType::String;
    case onnx::TensorProto::BOOL: return DType::Bool;
    case onnx::TensorProto::FLOAT16: return DType::Float16;
    case onnx::TensorProto::DOUBLE: return DType::Float64;
    case onnx::TensorProto::UINT32: return DType::UInt32;
    case onnx::TensorProto::UINT64: return DType::UInt64;
    case onnx::TensorProto::COMPLEX64: return DType::Complex64;
    case onnx::TensorProto::COMPLEX128: return DType::Complex128;
    case onnx::TensorProto::BFLOAT16: return DType::BFloat16;
    default: return DType::Undefined;
    }
}

Result<ir::TensorType> typeOf(const onnx::TypeProto& proto, std::string_view valueName, const std::string& where)
{
    if (!proto.has_tensor_type())
        return ir::TensorType();
    const auto& tensor = proto.tensor_type();
    const ir::DType dtype = dtypeOf(tensor.elem_type());
    if (!tensor.has_shape())
        return ir::TensorType::unranked(dtype);
    ir::Shape shape;
    for (const auto& dim : tensor.shape().dim()) {
        // Old exporters write -1, and older ones 0, where they do not know; 0 is also a real size.
        const ir::Dim size = dim.has_dim_value() ? dim.dim_value() : ir::kUnknownDim;
        if (size < ir::kUnknownDim || size > kLargestDim)
            return Error{"onnx.dimension", where,
                         fmt::format("value '{}' has dimension {}, which cannot be; export the model again", cleanText(valueName), size)};
        shape.push_back(size);
    }
    return ir::TensorType(dtype, std::move(shape));
}

std::string cleanText(std::string_view raw)
{
    const auto continues = [&](size_t at) { return at < raw.size() && (static_cast<unsigned char>(raw[at]) & 0xc0U) == 0x80U; };
    std::string clean;
    clean.reserve(raw.size());
    for (size_t i = 0; i < raw.size();) {
        const auto byte = static_cast<unsigned char>(raw[i]);
        size_t length = byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
        for (size_t k = 1; k < length; ++k)
            if (!continues(i + k))
                length = 0;
        const auto second = i + 1 < raw.size() ? static_cast<unsigned char>(raw[i + 1]) : 0U;
        const bool overlong = (byte == 0xe0 && second < 0xa0) || (byte == 0xf0 && second < 0x90);
        const bool beyond = (byte == 0xed && second > 0x9f) || (byte == 0xf4 && second > 0x8f);
        // U+202A to U+202E, U+2066 to U+2069: they turn the text around them.
        const auto third = i + 2 < raw.size() ? static_cast<unsigned char>(raw[i + 2]) : 0U;
        const bool turns = byte == 0xe2 && ((second == 0x80 && third >= 0xaa && third <= 0xae) || (second == 0x81 && third >= 0xa6 && third <= 0xa9));
        if (length == 0 || (length > 2 && (overlong || beyond)) || byte < 0x20 || byte == 0x7f || turns) {
            clean += byte == '\n' ? std::string("\\n") : byte == '\t' ? std::string("\\t") : fmt::format("\\x{:02x}", byte);
            ++i;
            continue;
        }
        clean.append(raw, i, length);
        i += length;
    }
    return clean;
}

double decimal(float value)
{
    char digits[64];
    const auto written = std::to_chars(digits, digits + sizeof(digits), value);
    double result = value;
    std::from_chars(digits, written.ptr, result);
    return result;
}

} // namespace bpu::importer
