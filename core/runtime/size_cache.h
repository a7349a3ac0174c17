// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Plans by the types of the operands they were made for: the newest few, so that sizes which change with every run
// do not fill the memory.
#pragma once

#include "core/ir/tensor.h"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

namespace bpu::runtime {

template <typename T>
class SizeCache {
public:
    static constexpr size_t kMost = 16;

    /// Null when there is none; else it is the newest.
    T* find(const std::vector<ir::TensorType>& types)
    {
        const auto found = std::ranges::find(m_entries, types, &std::pair<std::vector<ir::TensorType>, T>::first);
        if (found == m_entries.end())
            return nullptr;
        m_entries.splice(m_entries.begin(), m_entries, found);
        return &m_entries.front().second;
    }

    T& add(std::vector<ir::TensorType> types, T made)
    {
        if (m_entries.size() == kMost)
            m_entries.pop_back();
        m_entries.emplace_front(std::move(types), std::move(made));
        return m_entries.front().second;
    }

    auto begin() const { return m_entries.begin(); }
    auto end() const { return m_entries.end(); }

private:
    std::list<std::pair<std::vector<ir::TensorType>, T>> m_entries;
};

} // namespace bpu::runtime
