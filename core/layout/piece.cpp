// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/layout/piece.h"

#include "core/layout/item_graph.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace bpu::layout {
namespace {

constexpr double kLaneWidth = 14;
constexpr double kLaneGap = 26; ///< from the widest frame to the first lane

/// Straight down, or a bend when the ends differ in x.
std::vector<Point> direct(Point a, Point b)
{
    const double reach = (b.y - a.y) / 2;
    return {a, {a.x, a.y + reach}, {b.x, b.y - reach}, b};
}

/// Out of the right side of a row, down the lane, and into the right side of the row that reads it: so a skip
/// crosses neither the main line nor its labels, and ends at the operator that it feeds.
std::vector<Point> throughLane(Point a, Point b, double x)
{
    const double turn = std::min(18.0, (b.y - a.y) / 4);
    const Point in{x, a.y + turn};
    const Point out{x, b.y - turn};
    return {a, {x, a.y}, {x, a.y}, in, in, out, out, {x, b.y}, {x, b.y}, b};
}

/// For every source of skips the first lane that is free from its rank to its last target: interval coloring.
std::vector<size_t> assignLanes(const PieceSpec& piece, size_t& laneCount)
{
    std::vector<uint32_t> reach(piece.width.size(), 0);
    for (const PieceSpec::Joint& joint : piece.joints)
        if (joint.to > joint.from + 1)
            reach[joint.from] = std::max(reach[joint.from], joint.to);
    std::vector<size_t> laneOf(piece.width.size(), 0);
    std::vector<uint32_t> busyUntil;
    for (uint32_t from = 0; from < reach.size(); ++from) {
        if (reach[from] == 0)
            continue;
        const auto free = std::ranges::find_if(busyUntil, [from](uint32_t until) { return until <= from; });
        laneOf[from] = static_cast<size_t>(free - busyUntil.begin());
        if (free == busyUntil.end())
            busyUntil.push_back(reach[from]);
        else
            *free = reach[from];
    }
    laneCount = busyUntil.size();
    return laneOf;
}

} // namespace

std::string PieceSpec::key() const
{
    std::string text = fmt::format("{}{}", top ? 't' : '-', bottom ? 'b' : '-');
    for (size_t i = 0; i < width.size(); ++i)
        fmt::format_to(std::back_inserter(text), " {:.0f}x{:.0f}", width[i], height[i]);
    for (const Joint& joint : joints)
        fmt::format_to(std::back_inserter(text), " {}>{}@{:.0f}-{:.0f}", joint.from, joint.to, joint.fromY, joint.toY);
    return text;
}

PieceLayout layoutColumn(const PieceSpec& piece)
{
    PieceLayout layout;
    double y = 0;
    double half = 0;
    for (size_t i = 0; i < piece.width.size(); ++i) {
        layout.topLeft.push_back({-piece.width[i] / 2, y});
        y += piece.height[i] + kRankGap;
        half = std::max(half, piece.width[i] / 2);
    }
    size_t laneCount = 0;
    const std::vector<size_t> laneOf = assignLanes(piece, laneCount);
    for (const PieceSpec::Joint& joint : piece.joints) {
        const Point from = layout.topLeft[joint.from];
        const Point to = layout.topLeft[joint.to];
        if (joint.to == joint.from + 1) {
            layout.paths.push_back(direct({0, from.y + piece.height[joint.from]}, {0, to.y}));
            continue;
        }
        const double lane = half + kLaneGap + kLaneWidth * static_cast<double>(laneOf[joint.from]);
        layout.paths.push_back(throughLane({from.x + piece.width[joint.from], from.y + joint.fromY},
                                           {to.x + piece.width[joint.to], to.y + joint.toY}, lane));
    }
    return layout;
}

bool isChainWithSkips(const PieceSpec& piece)
{
    std::vector<bool> follows(piece.width.size(), false);
    for (const PieceSpec::Joint& joint : piece.joints)
        if (joint.to == joint.from + 1)
            follows[joint.to] = true;
    return std::all_of(follows.begin() + (follows.empty() ? 0 : 1), follows.end(), [](bool f) { return f; });
}

size_t dotEffort(const PieceSpec& piece)
{
    std::vector<size_t> rank(piece.width.size(), 0);
    for (const PieceSpec::Joint& joint : piece.joints) // sorted by target, and targets come in order
        rank[joint.to] = std::max(rank[joint.to], rank[joint.from] + 1);
    size_t effort = piece.width.size();
    for (const PieceSpec::Joint& joint : piece.joints)
        effort += rank[joint.to] - rank[joint.from];
    return effort;
}

} // namespace bpu::layout
