// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/layout/piece.h"

#include "core/layout/item_graph.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <iterator>
#include <queue>
#include <set>

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

std::vector<Point> across(Point a, Point b)
{
    const double reach = (b.x - a.x) / 3;
    return {a, {a.x + reach, a.y}, {b.x - reach, b.y}, b};
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

/// The item that each item should follow in a chain: the one before it that is no stub.
std::vector<uint32_t> predecessors(const PieceSpec& piece)
{
    std::vector<uint32_t> result(piece.width.size(), 0);
    uint32_t last = 0;
    for (uint32_t i = 0; i < result.size(); ++i) {
        result[i] = last;
        if (!piece.stub[i])
            last = i;
    }
    return result;
}

/// For every source of skips the first lane that is free from its rank to its last target: interval coloring.
std::vector<size_t> assignLanes(const PieceSpec& piece, const std::vector<uint32_t>& before)
{
    std::vector<uint32_t> reach(piece.width.size(), 0);
    for (const PieceSpec::Joint& joint : piece.joints)
        if (before[joint.to] != joint.from && !piece.stub[joint.from])
            reach[joint.from] = std::max(reach[joint.from], joint.to);
    std::vector<size_t> laneOf(piece.width.size(), 0);
    using Busy = std::pair<uint32_t, size_t>; // until, lane
    std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy;
    std::set<size_t> idle;
    for (uint32_t from = 0; from < reach.size(); ++from) {
        if (reach[from] == 0)
            continue;
        for (; !busy.empty() && busy.top().first <= from; busy.pop())
            idle.insert(busy.top().second);
        laneOf[from] = idle.empty() ? busy.size() : *idle.begin();
        idle.erase(laneOf[from]);
        busy.emplace(reach[from], laneOf[from]);
    }
    return laneOf;
}

/// Builds a column from the top.
class Column {
public:
    explicit Column(const PieceSpec& piece) : m_piece(piece), m_before(predecessors(piece))
    {
        for (size_t i = 0; i < piece.width.size(); ++i)
            if (!piece.stub[i])
                m_half = std::max(m_half, piece.width[i] / 2);
    }

    PieceLayout build()
    {
        m_layout.topLeft.resize(m_piece.width.size());
        for (uint32_t i = 0; i < m_piece.width.size(); ++i) {
            if (m_piece.stub[i]) {
                m_stubs.push_back(i);
                continue;
            }
            placeStubs(i);
            m_layout.topLeft[i] = {-m_piece.width[i] / 2, m_y};
            m_y += m_piece.height[i] + kRankGap;
        }
        const std::vector<size_t> laneOf = assignLanes(m_piece, m_before);
        for (const PieceSpec::Joint& joint : m_piece.joints)
            m_layout.paths.push_back(pathOf(joint, m_half + kLaneGap + kLaneWidth * static_cast<double>(laneOf[joint.from])));
        return std::move(m_layout);
    }

private:
    static constexpr double kStubPitch = 30;
    static constexpr double kStubGap = 36; ///< from the widest frame to the stubs: room for their lines and arrows
    static constexpr size_t kStubRows = 6; ///< more stubs than this stand in several columns
    static constexpr size_t kStubColumns = 3;

    /// The waiting stubs of item `user` as a block at its left whose last row is level with it; what does not fit
    /// below the stubs of the items before pushes the item down.
    void placeStubs(uint32_t user)
    {
        if (m_stubs.empty())
            return;
        const size_t columns = std::clamp<size_t>((m_stubs.size() + kStubRows - 1) / kStubRows, 1, kStubColumns);
        const size_t rows = (m_stubs.size() + columns - 1) / columns;
        const double pillHeight = m_piece.height[m_stubs.front()];
        const double above = static_cast<double>(rows - 1) * kStubPitch + pillHeight / 2 - m_piece.height[user] / 2;
        m_y = std::max(m_y, m_leftFree + above);
        double width = 0;
        for (const uint32_t stub : m_stubs)
            width = std::max(width, m_piece.width[stub]);
        for (size_t k = 0; k < m_stubs.size(); ++k) {
            const double right = -m_half - kStubGap - static_cast<double>(k / rows) * (width + 10);
            const double top = m_y - above + static_cast<double>(k % rows) * kStubPitch;
            m_layout.topLeft[m_stubs[k]] = {right - m_piece.width[m_stubs[k]], top};
        }
        m_leftFree = m_y + std::max(m_piece.height[user], m_piece.height[user] / 2 + pillHeight / 2) + 6;
        m_stubs.clear();
    }

    std::vector<Point> pathOf(const PieceSpec::Joint& joint, double lane) const
    {
        const Point from = m_layout.topLeft[joint.from];
        const Point to = m_layout.topLeft[joint.to];
        const Point fromRight{from.x + m_piece.width[joint.from], from.y + joint.fromY};
        if (m_piece.stub[joint.from]) {
            const Point toLeft{to.x, to.y + m_piece.height[joint.to] / 2};
            const double bus = -m_half - kStubGap / 2;
            return toLeft.y - fromRight.y < 1 ? across(fromRight, toLeft) : throughLane(fromRight, toLeft, bus);
        }
        if (m_before[joint.to] == joint.from)
            return direct({0, from.y + m_piece.height[joint.from]}, {0, to.y});
        return throughLane(fromRight, {to.x + m_piece.width[joint.to], to.y + joint.toY}, lane);
    }

    const PieceSpec& m_piece;
    const std::vector<uint32_t> m_before;
    double m_half = 0;
    double m_y = 0;
    double m_leftFree = m_piece.height.front() + 6; ///< the part above belongs to the neighboring piece
    std::vector<uint32_t> m_stubs;
    PieceLayout m_layout;
};

} // namespace

std::string PieceSpec::key() const
{
    std::string text = fmt::format("{}{}", top ? 't' : '-', bottom ? 'b' : '-');
    for (size_t i = 0; i < width.size(); ++i)
        fmt::format_to(std::back_inserter(text), " {:.0f}x{:.0f}{}", width[i], height[i], stub[i] ? "s" : "");
    for (const Joint& joint : joints)
        fmt::format_to(std::back_inserter(text), " {}>{}@{:.0f}-{:.0f}", joint.from, joint.to, joint.fromY, joint.toY);
    return text;
}

Fans::Fans(const PieceSpec& piece) : out(piece.width.size(), 0), in(piece.width.size(), 0)
{
    for (const PieceSpec::Joint& joint : piece.joints) {
        ++out[joint.from];
        ++in[joint.to];
    }
}

PieceLayout layoutColumn(const PieceSpec& piece)
{
    return Column(piece).build();
}

bool isChainWithSkips(const PieceSpec& piece)
{
    const std::vector<uint32_t> before = predecessors(piece);
    std::vector<bool> follows(piece.stub);
    follows[0] = true;
    for (const PieceSpec::Joint& joint : piece.joints)
        if (before[joint.to] == joint.from)
            follows[joint.to] = true;
    return std::ranges::all_of(follows, std::identity());
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
