// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From ranks and x to the drawing of a piece. An edge runs straight down through the ranks that it passes, at
// one x for as many of them as leave it room, and changes its x only in the gaps between ranks, where no frame
// stands: so edges never touch frames, and long ones are straight lines beside them.
#include "core/layout/item_graph.h"
#include "core/layout/piece.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::layout {
namespace {

constexpr double kClear = 10;     ///< an edge keeps this far from frames it passes
constexpr double kArrowRoom = 8;  ///< the last bit is straight, so that arrows point down
constexpr double kWidest = 30;    ///< what wide bends may add to a gap
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A joint between two bends: it passes ranks first to last at x.
struct Run {
    uint32_t first = 0;
    uint32_t last = 0;
    double x = 0;
};

/// A path that grows downwards.
class Path {
public:
    explicit Path(Point start) : m_points{start} {}

    void down(double y)
    {
        const Point a = m_points.back();
        if (y - a.y < 0.05)
            return;
        if (m_straight) { // one line instead of two
            m_points.resize(m_points.size() - 3);
            return add(m_points.back(), {a.x, y});
        }
        add(a, {a.x, y});
        m_straight = true;
    }
    void bend(Point to)
    {
        const Point a = m_points.back();
        if (std::abs(to.x - a.x) < 0.05)
            return down(to.y);
        const double middle = (a.y + to.y) / 2;
        m_points.insert(m_points.end(), {{a.x, middle}, {to.x, middle}, to});
        m_straight = false;
    }
    std::vector<Point> take() { return std::move(m_points); }

private:
    void add(Point a, Point b)
    {
        const double third = (b.y - a.y) / 3;
        m_points.insert(m_points.end(), {{a.x, a.y + third}, {b.x, b.y - third}, b});
    }

    std::vector<Point> m_points;
    bool m_straight = false;
};

class Router {
public:
    Router(const PieceSpec& piece, const Placement& placement) : m_piece(piece), m_placement(placement)
    {
        const uint32_t ranks = 1 + *std::ranges::max_element(placement.rank);
        m_rows.resize(ranks);
        m_height.assign(ranks, 0);
        m_gap.assign(ranks, kRankGap);
        for (uint32_t i = 0; i < placement.rank.size(); ++i) {
            m_rows[placement.rank[i]].push_back(i);
            m_height[placement.rank[i]] = std::max(m_height[placement.rank[i]], piece.height[i]);
        }
        for (std::vector<uint32_t>& row : m_rows)
            std::ranges::sort(row, {}, [&](uint32_t i) { return placement.center[i]; });
    }

    PieceLayout run()
    {
        for (size_t i = 0; i < m_piece.joints.size(); ++i) {
            m_runs.push_back(runsOf(m_piece.joints[i], m_placement.via[i]));
            widenGaps(m_piece.joints[i], m_runs.back());
        }
        double y = 0;
        for (size_t r = 0; r < m_rows.size(); y += m_height[r] + m_gap[r], ++r)
            m_top.push_back(y);
        PieceLayout layout;
        for (size_t i = 0; i < m_piece.width.size(); ++i) {
            const uint32_t rank = m_placement.rank[i];
            layout.topLeft.push_back({m_placement.center[i] - m_piece.width[i] / 2, m_top[rank] + (m_height[rank] - m_piece.height[i]) / 2});
        }
        for (size_t i = 0; i < m_piece.joints.size(); ++i)
            layout.paths.push_back(pathOf(m_piece.joints[i], m_runs[i], layout));
        return layout;
    }

private:
    /// The room around x between the frames of a rank.
    std::pair<double, double> room(uint32_t rank, double x) const
    {
        const std::vector<uint32_t>& row = m_rows[rank];
        const auto right = std::ranges::upper_bound(row, x, {}, [this](uint32_t i) { return m_placement.center[i]; });
        const double high = right == row.end() ? kInfinity : m_placement.center[*right] - m_piece.width[*right] / 2 - kClear;
        const double low = right == row.begin() ? -kInfinity : m_placement.center[*(right - 1)] + m_piece.width[*(right - 1)] / 2 + kClear;
        return low <= high ? std::pair(low, high) : std::pair((low + high) / 2, (low + high) / 2);
    }

    std::vector<Run> runsOf(const PieceSpec::Joint& joint, const std::vector<double>& via) const
    {
        std::vector<Run> runs;
        const uint32_t start = m_placement.rank[joint.from] + 1;
        double low = -kInfinity;
        double high = kInfinity;
        const auto close = [&](uint32_t first, uint32_t last) {
            double x = m_placement.center[joint.from];
            if (!runs.empty() || x < low || x > high)
                x = std::clamp(via[(first + last) / 2 - start], low, high);
            runs.push_back({first, last, x});
        };
        uint32_t first = start;
        for (uint32_t i = 0; i < via.size(); ++i) {
            const auto [left, right] = room(start + i, via[i]);
            if (std::max(low, left) > std::min(high, right)) {
                close(first, start + i - 1);
                first = start + i;
                low = left;
                high = right;
            } else {
                low = std::max(low, left);
                high = std::min(high, right);
            }
        }
        if (!via.empty())
            close(first, start + static_cast<uint32_t>(via.size()) - 1);
        return runs;
    }

    /// Wide bends need height to look like bends.
    void widenGaps(const PieceSpec::Joint& joint, const std::vector<Run>& runs)
    {
        double x = m_placement.center[joint.from];
        uint32_t rank = m_placement.rank[joint.from];
        const auto widen = [&](double to) { m_gap[rank] = std::max(m_gap[rank], kRankGap + std::min(kWidest, std::abs(to - x) / 16)); };
        for (const Run& run : runs) {
            widen(run.x);
            x = run.x;
            rank = run.last;
        }
        widen(m_placement.center[joint.to]);
    }

    std::vector<Point> pathOf(const PieceSpec::Joint& joint, const std::vector<Run>& runs, const PieceLayout& layout) const
    {
        const uint32_t from = m_placement.rank[joint.from];
        const uint32_t to = m_placement.rank[joint.to];
        Path path({m_placement.center[joint.from], layout.topLeft[joint.from].y + m_piece.height[joint.from]});
        path.down(m_top[from] + m_height[from]);
        for (const Run& run : runs) {
            path.bend({run.x, m_top[run.first]});
            path.down(m_top[run.last] + m_height[run.last]);
        }
        path.bend({m_placement.center[joint.to], m_top[to] - kArrowRoom});
        path.down(layout.topLeft[joint.to].y);
        return path.take();
    }

    const PieceSpec& m_piece;
    const Placement& m_placement;
    std::vector<std::vector<uint32_t>> m_rows; ///< items of each rank from left to right
    std::vector<double> m_height;
    std::vector<double> m_gap; ///< below each rank
    std::vector<double> m_top;
    std::vector<std::vector<Run>> m_runs;
};

} // namespace

PieceLayout route(const PieceSpec& piece, const Placement& placement)
{
    return Router(piece, placement).run();
}

void alignAxis(const PieceSpec& piece, Placement& placement)
{
    const std::vector<uint32_t> onAxis = mainPath(piece);
    std::vector<double> xs;
    for (size_t i = piece.top ? 1 : 0; i + (piece.bottom ? 1 : 0) < onAxis.size(); ++i)
        if (onAxis[i] > 0)
            xs.push_back(placement.center[i]);
    if (xs.empty() && piece.bottom) {
        const auto [left, right] = std::ranges::minmax(placement.center);
        xs.push_back((left + right) / 2);
    } else if (xs.empty()) {
        xs.push_back(placement.center.front());
    }
    std::ranges::nth_element(xs, xs.begin() + static_cast<std::ptrdiff_t>(xs.size() / 2));
    const double axis = xs[xs.size() / 2];
    for (double& x : placement.center)
        x -= axis;
    for (std::vector<double>& way : placement.via)
        for (double& x : way)
            x -= axis;
    // An item alone in the first or last rank can stand on the axis whatever is between.
    const uint32_t lastRank = *std::ranges::max_element(placement.rank);
    for (const uint32_t rank : {0U, lastRank})
        if (std::ranges::count(placement.rank, rank) == 1)
            placement.center[static_cast<size_t>(std::ranges::find(placement.rank, rank) - placement.rank.begin())] = 0;
}

std::vector<uint32_t> mainPath(const PieceSpec& piece)
{
    const size_t count = piece.width.size();
    std::vector<uint32_t> length(count, 0);
    std::vector<uint32_t> before(count, 0);
    for (const PieceSpec::Joint& joint : piece.joints) // sorted by target, and targets come in order
        if (length[joint.from] + 1 > length[joint.to]) {
            length[joint.to] = length[joint.from] + 1;
            before[joint.to] = joint.from;
        }
    std::vector<uint32_t> place(count, 0);
    const bool manyBranches = length.back() * 5 < count; // pulling one of them straight would push the others aside
    if (!piece.bottom || manyBranches)
        return place;
    auto at = static_cast<uint32_t>(count - 1);
    for (place[at] = length[at] + 1; length[at] > 0; place[at] = length[at] + 1)
        at = before[at];
    return place;
}

} // namespace bpu::layout
