// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/idx.h"

#include "core/data/byte_order.h"
#include "core/data/gunzip.h"

#include <fmt/format.h>

namespace bpu::data {
namespace {

ir::DType dtypeOf(std::byte code)
{
    switch (static_cast<unsigned>(code)) {
    case 0x08: return ir::DType::UInt8;
    case 0x09: return ir::DType::Int8;
    case 0x0b: return ir::DType::Int16;
    case 0x0c: return ir::DType::Int32;
    case 0x0d: return ir::DType::Float32;
    case 0x0e: return ir::DType::Float64;
    default: return ir::DType::Undefined;
    }
}

uint32_t bigEndian(std::span<const std::byte> bytes)
{
    uint32_t value = 0;
    for (const std::byte byte : bytes.first(4))
        value = value << 8U | static_cast<uint32_t>(byte);
    return value;
}

} // namespace

bool looksLikeIdx(std::span<const std::byte> file)
{
    return file.size() >= 4 && file[0] == std::byte{0} && file[1] == std::byte{0} && dtypeOf(file[2]) != ir::DType::Undefined && file[3] > std::byte{0} &&
           file[3] <= std::byte{8};
}

Result<ir::Tensor> parseIdx(const Bytes& file, const std::string& where)
{
    const std::span<const std::byte> bytes = file.span();
    if (!looksLikeIdx(bytes))
        return Error{"idx.format", where, "is not an IDX file (MNIST's format); choose another file or kind"};
    const ir::DType dtype = dtypeOf(bytes[2]);
    const auto rank = static_cast<size_t>(bytes[3]);
    const size_t start = 4 + 4 * rank;
    if (bytes.size() < start)
        return Error{"idx.truncated", where, "is cut off inside its header; copy the file again"};
    ir::Shape shape;
    for (size_t i = 0; i < rank; ++i)
        shape.push_back(bigEndian(bytes.subspan(4 + 4 * i)));
    const ir::TensorType type(dtype, shape);
    const int64_t count = type.elementCount();
    const size_t width = ir::byteSize(dtype);
    const size_t there = bytes.size() - start;
    if (count < 0 || static_cast<size_t>(count) > there / width)
        return Error{"idx.truncated", where, fmt::format("declares {} numbers of {} bytes, but holds only {} bytes of them; copy the file again", ir::shapeText(type),
                                                         width, there)};
    Bytes numbers = file.slice(start, static_cast<size_t>(count) * width);
    if (width > 1) {
        BPU_TRY(swapped, byteSwapped(numbers.span(), width, where));
        numbers = std::move(swapped);
    }
    return ir::Tensor(type, std::move(numbers));
}

Result<ir::Tensor> readIdx(const std::filesystem::path& path)
{
    BPU_TRY(file, readFile(path));
    BPU_TRY(plain, gunzipIfPacked(file, path.string()));
    return parseIdx(plain, path.string());
}

} // namespace bpu::data
