// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/tensors.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::importer::torchscript {
namespace {

/// -1 when a size is negative or the product leaves 63 bits.
int64_t elementCount(const std::vector<int64_t>& sizes)
{
    int64_t count = 1;
    for (const int64_t size : sizes)
        if (size < 0 || __builtin_mul_overflow(count, std::max<int64_t>(size, 1), &count))
            return -1;
    return std::ranges::find(sizes, 0) != sizes.end() ? 0 : count;
}

/// Strides of axes of length 1 do not matter.
bool isContiguous(const PickleTensor& tensor)
{
    int64_t expected = 1;
    for (size_t axis = tensor.sizes.size(); axis-- > 0;) {
        if (tensor.sizes[axis] != 1 && tensor.strides[axis] != expected)
            return false;
        expected *= tensor.sizes[axis];
    }
    return true;
}

/// The element farthest from the first one, from `offset` on; -1 when it cannot be counted or lies before.
int64_t lastElement(const PickleTensor& tensor)
{
    int64_t last = tensor.offset;
    for (size_t axis = 0; axis < tensor.sizes.size(); ++axis) {
        int64_t reach = 0;
        if (tensor.strides[axis] < 0 || __builtin_mul_overflow(tensor.sizes[axis] - 1, tensor.strides[axis], &reach) || __builtin_add_overflow(last, reach, &last))
            return -1;
    }
    return last;
}

/// Counts through all indices but the last axis, which is copied as a row.
void gatherInto(std::span<std::byte> target, std::span<const std::byte> source, const PickleTensor& tensor, size_t itemSize)
{
    const size_t rank = tensor.sizes.size(); // at least 1: a scalar is contiguous
    const auto rowLength = static_cast<size_t>(tensor.sizes[rank - 1]);
    const size_t step = static_cast<size_t>(tensor.strides[rank - 1]) * itemSize;
    std::vector<int64_t> index(rank, 0);
    size_t row = static_cast<size_t>(tensor.offset) * itemSize;
    for (std::byte* to = target.data(); to != target.data() + target.size();) {
        for (size_t i = 0; i < rowLength; ++i, to += itemSize)
            std::memcpy(to, source.data() + row + i * step, itemSize);
        for (size_t axis = rank - 1; axis-- > 0;) {
            row += static_cast<size_t>(tensor.strides[axis]) * itemSize;
            if (++index[axis] < tensor.sizes[axis])
                break;
            row -= static_cast<size_t>(tensor.strides[axis]) * itemSize * static_cast<size_t>(tensor.sizes[axis]);
            index[axis] = 0;
        }
    }
}

Bytes byteSwapped(const Bytes& bytes, TorchDType dtype)
{
    const bool isComplex = dtype == TorchDType::ComplexFloat || dtype == TorchDType::ComplexDouble;
    const size_t width = ir::byteSize(toIr(dtype)) / (isComplex ? 2 : 1);
    if (width < 2)
        return bytes;
    return Bytes::deferred(bytes.size(), [bytes, width](std::span<std::byte> target) {
        std::ranges::copy(bytes.span(), target.begin());
        for (size_t at = 0; at + width <= target.size(); at += width)
            std::ranges::reverse(target.subspan(at, width));
    });
}

} // namespace

TensorLoader::TensorLoader(Archive& archive, const Pickle& pickle, std::string folder)
    : m_archive(archive), m_pickle(pickle), m_folder(std::move(folder))
{
}

Error TensorLoader::error(const PickleStorage& storage, const std::string& what) const
{
    return {"torchscript.tensor", m_archive.where(), fmt::format("the tensor in {}/{} {}", m_folder, storage.key.substr(0, 80), what)};
}

Result<LoadedTensor> TensorLoader::load(PickleId id)
{
    if (const auto known = m_loaded.find(id); known != m_loaded.end())
        return known->second;
    const PickleTensor& tensor = m_pickle.tensor(id);
    const PickleStorage& from = m_pickle.storage(tensor.storage);
    BPU_TRY(values, view(tensor, from));
    LoadedTensor loaded{std::move(values), from.dtype, tensor.requiresGrad, std::nullopt};
    if (tensor.quantizer) {
        BPU_TRY(found, quantizer(tensor));
        loaded.quantizer = std::move(found);
    }
    return m_loaded.emplace(id, std::move(loaded)).first->second;
}

Result<Bytes> TensorLoader::storage(const PickleStorage& storage)
{
    const std::pair key(storage.key, storage.dtype);
    if (const auto known = m_storages.find(key); known != m_storages.end())
        return known->second;
    std::string entry = fmt::format("{}/{}", m_folder, storage.key);
    if (!m_archive.has(entry) && storage.key.ends_with(".storage")) // one number for the whole file: the other folder may have it
        entry = fmt::format("{}/{}", m_folder == "data" ? "constants" : "data", storage.key);
    if (!m_archive.has(entry))
        return error(storage, "is not in the file; copy or save the file again");
    BPU_TRY(bytes, m_archive.read(entry));
    return m_storages.emplace(key, m_archive.isBigEndian() ? byteSwapped(bytes, storage.dtype) : bytes).first->second;
}

Result<ir::Tensor> TensorLoader::view(const PickleTensor& tensor, const PickleStorage& storage)
{
    const ir::DType dtype = toIr(storage.dtype);
    if (dtype == ir::DType::Undefined)
        return error(storage, fmt::format("is of {}, which is not readable yet; convert it before the model is saved", name(storage.dtype)));
    if (tensor.isConjugate || tensor.isNegative)
        return error(storage, "is kept conjugated or negated; call resolve_conj() and resolve_neg() on it before the model is saved");
    if (storage.device == "meta")
        return error(storage, "has no content (device meta); load the weights before the model is saved");
    const int64_t count = elementCount(tensor.sizes);
    const int64_t last = count > 0 ? lastElement(tensor) : -1;
    BPU_TRY(bytes, this->storage(storage));
    const auto itemSize = static_cast<int64_t>(ir::byteSize(dtype));
    const int64_t stored = static_cast<int64_t>(bytes.size()) / itemSize;
    if (count < 0 || tensor.offset < 0 || (count > 0 && (last < 0 || last >= stored)))
        return error(storage, fmt::format("is {} with strides {} from element {} on, but {} elements are stored; copy or save the file again",
                                          tensor.sizes, tensor.strides, tensor.offset, stored));
    if (count == 0)
        return ir::Tensor(ir::TensorType(dtype, tensor.sizes), {});
    if (!isContiguous(tensor))
        return gather(tensor, storage, std::move(bytes), count);
    return ir::Tensor(ir::TensorType(dtype, tensor.sizes), bytes.slice(static_cast<size_t>(tensor.offset * itemSize), static_cast<size_t>(count * itemSize)));
}

/// Expanded tensors repeat elements, so the file does not bound their size.
Result<ir::Tensor> TensorLoader::gather(const PickleTensor& tensor, const PickleStorage& storage, Bytes bytes, int64_t count)
{
    constexpr uint64_t kMaxRepeated = 64ULL << 20;
    const ir::DType dtype = toIr(storage.dtype);
    const size_t itemSize = ir::byteSize(dtype);
    uint64_t size = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(count), itemSize, &size) || (size > bytes.size() && (m_repeated += size) > kMaxRepeated) || m_repeated > kMaxRepeated)
        return error(storage, fmt::format("repeats its {} bytes to {}, more than is allowed; save it without expand()", bytes.size(), tensor.sizes));
    return ir::Tensor(ir::TensorType(dtype, tensor.sizes), Bytes::deferred(size, [bytes = std::move(bytes), tensor, itemSize](std::span<std::byte> target) {
        gatherInto(target, bytes.span(), tensor, itemSize);
    }));
}

Result<TensorQuantizer> TensorLoader::quantizer(const PickleTensor& tensor)
{
    const PickleQuantizer& from = *tensor.quantizer;
    if (!from.isPerChannel())
        return TensorQuantizer{{from.scale}, {from.zeroPoint}, -1};
    const PickleStorage& storage = m_pickle.storage(tensor.storage);
    const auto rank = static_cast<int64_t>(tensor.sizes.size());
    const PickleTensor& scaleTensor = m_pickle.tensor(from.scales);
    const PickleTensor& zeroTensor = m_pickle.tensor(from.zeroPoints);
    if (from.axis < 0 || from.axis >= rank || scaleTensor.quantizer || zeroTensor.quantizer)
        return error(storage, fmt::format("has a scale for each index of axis {}, which cannot be; save the file again", from.axis));
    BPU_TRY(scales, load(from.scales));
    BPU_TRY(zeroPoints, load(from.zeroPoints));
    const int64_t channels = tensor.sizes[static_cast<size_t>(from.axis)];
    if (scales.tensor.elementCount() != channels || zeroPoints.tensor.elementCount() != channels)
        return error(storage, fmt::format("has {} channels, but {} scales and {} zero points; save the file again", channels, scales.tensor.elementCount(),
                                          zeroPoints.tensor.elementCount()));
    return TensorQuantizer{scales.tensor.toDoubles(), zeroPoints.tensor.toInts(), static_cast<int>(from.axis)};
}

} // namespace bpu::importer::torchscript
