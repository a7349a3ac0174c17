// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Stable 32-bit ids of nodes and values. An id is never given out twice within the history of a
// graph: a removed node leaves a gap, so a selection, a finding or an undo step stays valid.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace bpu {

template <typename Tag>
struct Id {
    static constexpr uint32_t kNone = 0xffffffffU;

    uint32_t index = kNone;

    constexpr bool isValid() const { return index != kNone; }
    friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using NodeId = Id<struct NodeTag>;
using ValueId = Id<struct ValueTag>;

} // namespace bpu

template <typename Tag>
struct std::hash<bpu::Id<Tag>> {
    size_t operator()(bpu::Id<Tag> id) const noexcept { return id.index; }
};
