// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/npy.h"

#include "core/data/byte_order.h"
#include "core/data/npy_header.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::data {
namespace {

/// A complex number is two numbers, each of which has the byte order.
size_t unitSize(ir::DType dtype)
{
    const bool isComplex = dtype == ir::DType::Complex64 || dtype == ir::DType::Complex128;
    return ir::byteSize(dtype) / (isComplex ? 2 : 1);
}

/// Column-major numbers of `shape` are row-major ones of the reversed shape, transposed.
ir::Tensor rowMajor(const ir::TensorType& type, Bytes bytes)
{
    ir::Shape reversed(type.shape().rbegin(), type.shape().rend());
    std::vector<int64_t> strides = ops::stridesOf(reversed);
    std::ranges::reverse(strides);
    const ops::StridedIndex from(type.shape(), strides);
    return *ops::copyElements(ir::Tensor(type.withShape(reversed), std::move(bytes)), type, from);
}

} // namespace

Result<ir::Tensor> parseNpy(const Bytes& file, const std::string& where)
{
    BPU_TRY(header, readNpyHeader(file.span(), where));
    const int64_t count = header.type.elementCount();
    const size_t width = ir::byteSize(header.type.dtype());
    const size_t there = file.size() - header.size;
    if (count < 0 || static_cast<size_t>(count) > there / width)
        return Error{"npy.truncated", where, fmt::format("declares numbers of shape {} and {} bytes each, but holds only {} bytes of them; copy or save it again",
                                                         ir::shapeText(header.type), width, there)};
    Bytes numbers = file.slice(header.size, static_cast<size_t>(count) * width);
    if (header.bigEndian && unitSize(header.type.dtype()) > 1) {
        BPU_TRY(swapped, byteSwapped(numbers.span(), unitSize(header.type.dtype()), where));
        numbers = std::move(swapped);
    }
    if (header.fortranOrder && header.type.rank() > 1)
        return rowMajor(header.type, std::move(numbers));
    return ir::Tensor(header.type, std::move(numbers));
}

Result<ir::Tensor> readNpy(const std::filesystem::path& path)
{
    BPU_TRY(file, readFile(path));
    return parseNpy(file, path.string());
}

Result<void> writeNpy(const std::filesystem::path& path, const ir::Tensor& tensor)
{
    if (tensor.dtype() == ir::DType::String || tensor.dtype() == ir::DType::Undefined)
        return Error{"npy.dtype", path.string(), "text cannot be written as .npy; choose values that hold numbers"};
    if (tensor.dtype() == ir::DType::BFloat16) {
        const ir::TensorType type = tensor.type().withDType(ir::DType::Float32);
        return writeNpy(path, *ops::buildTensor(type, [&](int64_t i) { return ops::MaybeScalar({.number = tensor.number(i), .integer = 0}); }));
    }
    const std::string header = npyHeader(tensor.type());
    BPU_TRY(file, allocate(header.size() + tensor.bytes().size(), path));
    std::ranges::copy(std::as_bytes(std::span(header)), file.get());
    std::ranges::copy(tensor.bytes(), file.get() + header.size());
    return writeFile(path, {file.get(), header.size() + tensor.bytes().size()});
}

} // namespace bpu::data
