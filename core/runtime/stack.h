// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Tensors put together along a new axis, one for each iteration, and taken apart along one.
#pragma once

#include "core/ir/tensor.h"

#include <vector>

namespace bpu::runtime {

class Stack {
public:
    /// False when its type is not that of the ones before.
    bool add(ir::Tensor tensor);
    void reverse();
    /// Of one tensor; `declared` tells it when there is none.
    int rank(const ir::TensorType& declared) const;
    /// [..., count, ...] with the count at `axis`; an unknown dimension of an empty stack is 0.
    ir::Tensor along(size_t axis, const ir::TensorType& declared) const;

private:
    std::vector<ir::Tensor> m_tensors;
};

/// The parts of a tensor along an axis, which they do not have.
class Slices {
public:
    Slices(ir::Tensor whole, size_t axis) : m_whole(std::move(whole)), m_axis(axis) {}

    int64_t steps() const { return m_whole.shape()[m_axis]; }
    ir::Tensor at(int64_t step) const;

private:
    ir::Tensor m_whole;
    size_t m_axis;
};

} // namespace bpu::runtime
