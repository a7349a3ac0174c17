// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Chance for tests that change files and graphs: the same seed gives the same changes on every machine.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace bpu::test {

class Dice {
public:
    explicit Dice(uint64_t seed) : m_random(seed) {}

    /// In [0, bound); 0 when bound is 0.
    size_t below(size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(m_random() % bound); }
    bool oneIn(size_t count) { return below(count) == 0; }
    template <typename List>
    auto pick(const List& list)
    {
        return list[below(std::size(list))];
    }

    /// Numbers that attributes and operands of a hostile file may have.
    int64_t integer()
    {
        static constexpr std::array kValues{INT64_MIN, INT64_MAX, int64_t{1} << 62, int64_t{1} << 31, int64_t{-100}, int64_t{-3}, int64_t{-2}, int64_t{-1}, int64_t{-1},
                                            int64_t{0}, int64_t{0}, int64_t{1}, int64_t{1}, int64_t{2}, int64_t{2}, int64_t{3}, int64_t{4}, int64_t{5}, int64_t{7}, int64_t{17}};
        return pick(kValues);
    }
    double number()
    {
        static constexpr std::array kValues{0.0, -0.0, -1.0, 0.5, 1.0, 2.0, 3.7, 1e30, -1e30, 1e-30, 1e300, double{INFINITY}, double{NAN}};
        return pick(kValues);
    }
    /// Of a dimension: small, so that a change makes other shapes and not other errors.
    int64_t size()
    {
        static constexpr std::array kSizes{0, 1, 1, 2, 3, 4, 5, 6, 7, 9, 16, 17};
        return pick(kSizes);
    }
    void change(std::vector<int64_t>& list, auto&& value)
    {
        const size_t what = below(4);
        if (what == 0 || list.empty())
            list.insert(list.begin() + static_cast<std::ptrdiff_t>(below(list.size() + 1)), value());
        else if (what == 1)
            list.erase(list.begin() + static_cast<std::ptrdiff_t>(below(list.size())));
        else
            list[below(list.size())] = value();
    }

private:
    std::mt19937_64 m_random;
};

} // namespace bpu::test
