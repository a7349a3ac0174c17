// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Typed attributes of a node: few per node, so a sorted vector beats a map.
#pragma once

#include "core/ir/tensor.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bpu::ir {

class Graph;
using GraphPtr = std::shared_ptr<const Graph>;

using Attribute = std::variant<int64_t, double, bool, std::string, std::vector<int64_t>, std::vector<double>,
                               std::vector<std::string>, Tensor, GraphPtr>;

/// Name -> Attribute, iterated in name order so that printed graphs are deterministic.
class Attributes {
public:
    using Entry = std::pair<std::string, Attribute>;

    Attributes() = default;
    Attributes(std::initializer_list<Entry> entries);

    /// Null when there is none of that name.
    const Attribute* find(std::string_view name) const;
    bool has(std::string_view name) const { return find(name) != nullptr; }
    void set(std::string_view name, Attribute value);
    void remove(std::string_view name);

    /// Typed reads; `fallback` when absent or of another type (integers read as doubles and bools).
    int64_t integer(std::string_view name, int64_t fallback = 0) const;
    double number(std::string_view name, double fallback = 0) const;
    bool flag(std::string_view name, bool fallback = false) const;
    std::string_view text(std::string_view name, std::string_view fallback = {}) const;
    /// An empty list when absent; a single integer reads as a list of one.
    std::vector<int64_t> integers(std::string_view name) const;

    auto begin() const { return m_entries.begin(); }
    auto end() const { return m_entries.end(); }
    size_t size() const { return m_entries.size(); }
    bool empty() const { return m_entries.empty(); }
    friend bool operator==(const Attributes&, const Attributes&);

private:
    std::vector<Entry> m_entries;
};

} // namespace bpu::ir
