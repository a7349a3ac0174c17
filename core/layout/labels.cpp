// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/layout/labels.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace bpu::layout {
namespace {

constexpr double kHeight = 13;
constexpr double kAway = 6; ///< from the line to its label
constexpr double kBand = 48;
constexpr size_t kMostLines = 4'000'000;  ///< past this labels may touch lines
constexpr size_t kMostLooks = 40'000'000; ///< past this labels take the first place: thousands of branches in one rank
constexpr size_t kEdgesTried = 4;         ///< of a value with several

/// What is drawn, by horizontal bands, so that a label looks only at its neighborhood.
class Crowd {
public:
    explicit Crowd(const Diagram& diagram)
    {
        double bottom = 0;
        for (const Item& item : diagram.items)
            bottom = std::max(bottom, item.rect.bottom());
        m_frames.resize(band(bottom) + 2);
        m_lines.resize(m_frames.size());
        for (const Item& item : diagram.items)
            addTo(m_frames, item.rect);
        for (const Edge& edge : diagram.edges)
            addPath(edge.path);
    }

    /// 0 when nothing is there; a frame weighs more than a label, and that more than a line.
    double cost(const Rect& rect)
    {
        double sum = 0;
        for (size_t b = band(rect.y); b <= band(rect.bottom()) && b < m_frames.size() && m_looks < kMostLooks; ++b) {
            m_looks += m_frames[b].size() + m_lines[b].size();
            for (const Rect& frame : m_frames[b])
                sum += overlap(rect, frame) ? 100 : 0;
            for (const Rect& line : m_lines[b])
                sum += overlap(rect, line) ? 10 : 0;
        }
        return sum;
    }
    void addLabel(const Rect& rect) { addTo(m_frames, rect); }

private:
    using Bands = std::vector<std::vector<Rect>>;

    static size_t band(double y) { return static_cast<size_t>(std::max(y, 0.0) / kBand); }
    static bool overlap(const Rect& a, const Rect& b) { return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom(); }

    static void addTo(Bands& bands, const Rect& rect)
    {
        for (size_t b = band(rect.y); b <= band(rect.bottom()) && b < bands.size(); ++b)
            bands[b].push_back(rect);
    }

    /// Straight parts as they are, bends as a few boxes along them.
    void addPath(const std::vector<Point>& path)
    {
        for (size_t i = 0; i + 3 < path.size() && m_lineCount < kMostLines; i += 3) {
            const Point* p = &path[i];
            const bool straight = std::abs(p[3].x - p[0].x) < 0.1 || std::abs(p[3].y - p[0].y) < 0.1;
            const int parts = straight ? 1 : 6;
            Point a = p[0];
            for (int k = 1; k <= parts; ++k) {
                const double t = static_cast<double>(k) / parts;
                const double u = 1 - t;
                const auto at = [&](double c0, double c1, double c2, double c3) { return u * u * u * c0 + 3 * u * u * t * c1 + 3 * u * t * t * c2 + t * t * t * c3; };
                const Point b{at(p[0].x, p[1].x, p[2].x, p[3].x), at(p[0].y, p[1].y, p[2].y, p[3].y)};
                const Rect box{std::min(a.x, b.x) - 1, std::min(a.y, b.y) - 1, std::abs(b.x - a.x) + 2, std::abs(b.y - a.y) + 2};
                m_lineCount += 1 + static_cast<size_t>(box.height / kBand);
                addTo(m_lines, box);
                a = b;
            }
        }
    }

    Bands m_frames;
    Bands m_lines;
    size_t m_lineCount = 0;
    size_t m_looks = 0;
};

/// Where the label of an edge may stand, the best first: beside its straight parts, then beside its ends.
std::vector<Rect> places(const Edge& edge, double width)
{
    std::vector<Rect> result;
    const auto beside = [&](double x, double y) {
        result.push_back({x + kAway, y - kHeight / 2, width, kHeight});
        result.push_back({x - kAway - width, y - kHeight / 2, width, kHeight});
    };
    const std::vector<Point>& path = edge.path;
    for (size_t i = 0; i + 3 < path.size(); i += 3) {
        const Point a = path[i];
        const Point b = path[i + 3];
        if (std::abs(a.x - b.x) > 0.1 || b.y - a.y < kHeight)
            continue;
        beside(a.x, b.y - a.y < 200 ? (a.y + b.y) / 2 : a.y + 60);
        if (b.y - a.y >= 3 * kHeight)
            beside(a.x, b.y - 2 * kHeight);
    }
    beside(path.back().x, path.back().y - kHeight);
    beside(path.front().x, path.front().y + kHeight);
    const size_t middle = (path.size() - 1) / 6 * 3;
    beside((path[middle].x + path[middle + 3].x) / 2, (path[middle].y + path[middle + 3].y) / 2);
    std::ranges::stable_partition(result, [&edge](const Rect& r) { return r.x > edge.path.front().x || r.x > edge.path.back().x; });
    return result;
}

} // namespace

void placeLabels(Diagram& diagram, const TextMeasure& measure)
{
    Crowd crowd(diagram);
    std::unordered_map<ValueId, std::vector<uint32_t>> edgesOf;
    std::vector<ValueId> order;
    for (uint32_t i = 0; i < diagram.edges.size(); ++i) {
        Edge& edge = diagram.edges[i];
        if (edge.path.size() < 4)
            continue;
        std::vector<uint32_t>& edges = edgesOf[edge.value];
        if (edges.empty())
            order.push_back(edge.value);
        if (edges.size() < kEdgesTried && diagram.items[edge.from].kind != ItemKind::Stub)
            edges.push_back(i);
        else
            edge.label.clear();
    }
    for (const ValueId value : order) {
        double least = 1e9;
        const std::vector<uint32_t>& edges = edgesOf[value];
        uint32_t chosen = edges.empty() ? 0 : edges.front();
        Rect best;
        for (const uint32_t i : edges) {
            const double width = measure.width(diagram.edges[i].label, TextStyle::Edge);
            for (const Rect& place : places(diagram.edges[i], width)) {
                if (least == 0)
                    break;
                if (const double cost = crowd.cost(place); cost < least) {
                    least = cost;
                    best = place;
                    chosen = i;
                }
            }
        }
        for (const uint32_t i : edges)
            if (i != chosen)
                diagram.edges[i].label.clear();
        if (edges.empty())
            continue;
        diagram.edges[chosen].labelAt = {best.x, best.y + kHeight / 2};
        crowd.addLabel(best);
    }
}

} // namespace bpu::layout
