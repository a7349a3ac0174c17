// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What one result of a convolution or linear layer is the product of: the numbers under its kernel, in the order of the weights.
#pragma once

#include "core/ir/graph.h"

#include <random>
#include <span>
#include <vector>

namespace bpu::passes {

class Patches {
public:
    explicit Patches(size_t size) : m_size(size) {}

    size_t count() const { return m_size == 0 ? 0 : m_numbers.size() / m_size; }
    std::span<const float> at(size_t i) const { return std::span(m_numbers).subspan(i * m_size, m_size); }
    void add(float number) { m_numbers.push_back(number); }

private:
    size_t m_size;
    std::vector<float> m_numbers;
};

/// One result: batch, and its index among the results of one channel ([N, spatial...] or the rows of a linear layer).
struct Place {
    size_t batch = 0;
    int64_t index = 0;
};

/// `inputs` are the layer's, by batch.
std::vector<Place> choosePlaces(const ir::Graph& graph, const ir::Node& node, const std::vector<std::vector<ir::Tensor>>& inputs, size_t count, std::mt19937_64& random);
/// For conv2d and linear, by group.
std::vector<Patches> patchesAt(const ir::Graph& graph, const ir::Node& node, const std::vector<std::vector<ir::Tensor>>& inputs, const std::vector<Place>& places);

} // namespace bpu::passes
