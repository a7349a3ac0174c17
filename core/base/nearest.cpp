// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/nearest.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace bpu {
namespace {

constexpr size_t kMostLetters = 40; // of what was typed; bounds the work on nonsense

/// Letters to insert, remove or replace (Levenshtein).
size_t distance(std::string_view a, std::string_view b)
{
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0]++;
        for (size_t k = 0; k < b.size(); ++k) {
            const size_t replaced = diagonal + (a[i] == b[k] ? 0 : 1);
            diagonal = row[k + 1];
            row[k + 1] = std::min({replaced, row[k + 1] + 1, row[k] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest(std::string_view typed, const std::vector<std::string_view>& known)
{
    std::string_view best;
    size_t bestDistance = std::max<size_t>(2, typed.size() / 3) + 1;
    for (const std::string_view candidate : known)
        if (const size_t letters = distance(typed.substr(0, kMostLetters), candidate); letters < bestDistance) {
            best = candidate;
            bestDistance = letters;
        }
    return best;
}

std::string didYouMean(std::string_view typed, const std::vector<std::string_view>& known, std::string_view otherwise)
{
    const std::string_view near = nearest(typed, known);
    return near.empty() ? std::string(otherwise) : fmt::format("did you mean {}?", near);
}

} // namespace bpu
