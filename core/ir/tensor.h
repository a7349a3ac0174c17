// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A constant: type and bytes. The bytes are shared (with the file they were read from, between
// snapshots, between aliases) and never change; a rewrite makes a new tensor.
#pragma once

#include "core/base/file.h"
#include "core/ir/tensor_type.h"

#include <bit>
#include <cstring>
#include <span>
#include <vector>

namespace bpu::ir {

class Tensor {
public:
    Tensor() = default;
    /// `bytes` holds elementCount elements, little-endian, row-major, of any alignment. The type is
    /// static. String tensors carry no bytes.
    Tensor(TensorType type, Bytes bytes);

    template <typename T>
    static Tensor of(DType dtype, Shape shape, const std::vector<T>& values)
    {
        return {TensorType(dtype, std::move(shape)), Bytes::copyOf(std::as_bytes(std::span(values)))};
    }
    static Tensor floats(Shape shape, const std::vector<float>& values) { return of(DType::Float32, std::move(shape), values); }
    static Tensor ints(Shape shape, const std::vector<int64_t>& values) { return of(DType::Int64, std::move(shape), values); }

    const TensorType& type() const { return m_type; }
    DType dtype() const { return m_type.dtype(); }
    const Shape& shape() const { return m_type.shape(); }
    int64_t elementCount() const { return m_count; }
    std::span<const std::byte> bytes() const { return m_bytes.span(); }
    const Bytes& storage() const { return m_bytes; }

    /// Element i in its own type. sizeof(T) must be the element size.
    template <typename T>
    T at(int64_t i) const
    {
        T value;
        std::memcpy(&value, m_bytes.span().data() + static_cast<size_t>(i) * sizeof(T), sizeof(T));
        return value;
    }
    /// Element i as a number, whatever the dtype; NaN for strings and complex.
    double number(int64_t i) const;
    /// Element i as an integer; floats are truncated, out of range saturates.
    int64_t integer(int64_t i) const;
    std::vector<double> toDoubles() const;
    std::vector<int64_t> toInts() const;
    /// Same bytes under another shape with the same element count.
    Tensor reshaped(Shape shape) const;
    /// Same type and same bytes.
    friend bool operator==(const Tensor& a, const Tensor& b);

private:
    TensorType m_type;
    int64_t m_count = 0;
    Bytes m_bytes;
};

/// 64-bit FNV-1a over type and bytes: a short name for a constant in printed graphs.
uint64_t hash(const Tensor& tensor);

} // namespace bpu::ir
