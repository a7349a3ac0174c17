// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer/packing.h"

#include <algorithm>

namespace bpu::runtime::integer {

PackedFinish::PackedFinish(const Finish& finish, int64_t groups, int64_t lanes, const std::vector<int64_t>& corrections)
    : addendBytes(static_cast<int>(ir::byteSize(finish.addendType))), resultBytes(static_cast<int>(ir::byteSize(finish.result)))
{
    const int64_t each = std::ssize(finish.bias) / groups;
    const int64_t room = (each + lanes - 1) / lanes * lanes;
    for (auto* list : {&bias, &low, &high})
        list->resize(static_cast<size_t>(groups * room));
    if (!finish.to.empty()) {
        multiplier.resize(bias.size());
        shift.resize(bias.size(), 32);
    }
    if (!finish.addend.empty()) {
        addMultiplier.resize(bias.size());
        addShift.resize(bias.size(), 1);
    }
    for (int64_t i = 0; i < groups * each; ++i) {
        const auto from = static_cast<size_t>(i), to = static_cast<size_t>(i / each * room + i % each);
        bias[to] = static_cast<int32_t>(finish.bias[from] + (corrections.empty() ? 0 : corrections[from]));
        low[to] = static_cast<int32_t>(finish.limits[from].min);
        high[to] = static_cast<int32_t>(finish.limits[from].max);
        if (!finish.to.empty()) {
            multiplier[to] = finish.to[from].multiplier;
            shift[to] = finish.to[from].shift;
        }
        if (!finish.addend.empty()) {
            addMultiplier[to] = finish.addend[from].multiplier;
            addShift[to] = finish.addend[from].shift;
        }
    }
}

FinishArrays PackedFinish::arrays() const
{
    const auto orNull = [](const std::vector<int32_t>& list) { return list.empty() ? nullptr : list.data(); };
    return {.bias = bias.data(), .multiplier = orNull(multiplier), .shift = orNull(shift), .addMultiplier = orNull(addMultiplier), .addShift = orNull(addShift),
            .low = low.data(), .high = high.data(), .addendBytes = addendBytes, .resultBytes = resultBytes,
            .isSmall = std::ranges::all_of(shift, [](int32_t s) { return s >= 32; })};
}

} // namespace bpu::runtime::integer
