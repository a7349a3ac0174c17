// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One piece through Graphviz's dot. Only geometry goes in (fixed boxes) and comes out (centers and splines):
// labels are ours. Graphviz keeps global state, so one lock guards it.
#include "core/layout/item_graph.h"
#include "core/layout/piece.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <mutex>

#include <graphviz/cgraph.h>
#include <graphviz/gvc.h>

namespace bpu::layout {
namespace {

constexpr double kPointsPerInch = 72;

int ignoreMessage(char*)
{
    return 0;
}

struct ContextDeleter {
    void operator()(GVC_t* context) const { gvFreeContext(context); }
};
using Context = std::unique_ptr<GVC_t, ContextDeleter>;

/// Closes the graph with its layout.
class DotGraph {
public:
    explicit DotGraph(GVC_t* context) : m_context(context), m_graph(agopen(const_cast<char*>("piece"), Agdirected, nullptr)) {}
    DotGraph(const DotGraph&) = delete;
    DotGraph& operator=(const DotGraph&) = delete;
    ~DotGraph()
    {
        if (m_placed)
            gvFreeLayout(m_context, m_graph);
        agclose(m_graph);
    }
    Agraph_t* get() const { return m_graph; }
    bool place()
    {
        m_placed = gvLayout(m_context, m_graph, "dot") == 0;
        return m_placed;
    }

private:
    GVC_t* m_context;
    Agraph_t* m_graph;
    bool m_placed = false;
};

void setDefault(Agraph_t* graph, int kind, const char* name, const char* value)
{
    agattr(graph, kind, const_cast<char*>(name), const_cast<char*>(value)); // the C API lacks const
}

void set(void* object, const char* name, const std::string& value)
{
    agsafeset(object, const_cast<char*>(name), const_cast<char*>(value.c_str()), const_cast<char*>(""));
}

void setDefaults(Agraph_t* graph)
{
    setDefault(graph, AGRAPH, "nodesep", "0.32");
    setDefault(graph, AGRAPH, "ranksep", fmt::format("{:.3f}", kRankGap / kPointsPerInch).c_str());
    setDefault(graph, AGRAPH, "splines", "spline");
    setDefault(graph, AGRAPH, "nslimit", "4");
    setDefault(graph, AGRAPH, "mclimit", "0.6");
    setDefault(graph, AGNODE, "shape", "box");
    setDefault(graph, AGNODE, "fixedsize", "true");
    setDefault(graph, AGNODE, "label", "");
    setDefault(graph, AGNODE, "width", "1");
    setDefault(graph, AGNODE, "height", "1");
    setDefault(graph, AGNODE, "group", "");
    setDefault(graph, AGEDGE, "tailport", "s");
    setDefault(graph, AGEDGE, "headport", "n");
    setDefault(graph, AGEDGE, "arrowhead", "none");
    setDefault(graph, AGEDGE, "weight", "1");
}

/// Nothing may rise above the first cut or sink below the last one: unseen edges hold sources and sinks between them.
void holdBetweenCuts(Agraph_t* graph, const PieceSpec& piece, const std::vector<Agnode_t*>& nodes)
{
    std::vector<bool> hasInput(nodes.size(), false);
    std::vector<bool> hasOutput(nodes.size(), false);
    for (const PieceSpec::Joint& joint : piece.joints)
        hasInput[joint.to] = hasOutput[joint.from] = true;
    const auto hold = [graph](Agnode_t* from, Agnode_t* to) {
        Agedge_t* edge = agedge(graph, from, to, nullptr, 1);
        set(edge, "style", "invis");
        set(edge, "weight", "0");
    };
    for (size_t i = 1; i + 1 < nodes.size(); ++i) {
        if (piece.top && !hasInput[i])
            hold(nodes.front(), nodes[i]);
        if (piece.bottom && !hasOutput[i])
            hold(nodes[i], nodes.back());
    }
    if (piece.joints.empty() && nodes.size() > 1)
        hold(nodes.front(), nodes.back());
}

/// Copies the Bezier of an edge; y turned downwards. Empty when dot drew none.
std::vector<Point> pathOf(Agedge_t* edge, double height)
{
    std::vector<Point> path;
    const splines* spline = ED_spl(edge);
    if (!spline || spline->size < 1)
        return path;
    const bezier& curve = spline->list[0];
    for (size_t i = 0; i < static_cast<size_t>(curve.size); ++i)
        path.push_back({curve.list[i].x, height - curve.list[i].y});
    return path;
}

/// Brings top and bottom onto x = 0: what lies between is moved sideways in proportion to its height, so items
/// of one rank, which share their height, stay apart.
void straighten(const PieceSpec& piece, PieceLayout& layout)
{
    const auto center = [&](size_t i) { return Point{layout.topLeft[i].x + piece.width[i] / 2, layout.topLeft[i].y + piece.height[i] / 2}; };
    const size_t last = piece.width.size() - 1;
    const Point a = center(piece.top ? 0 : last);
    const Point b = center(piece.bottom ? last : 0);
    const auto shift = [&](double y) {
        const double t = std::abs(b.y - a.y) < 1 ? 0 : std::clamp((y - a.y) / (b.y - a.y), 0.0, 1.0);
        return -(a.x + (b.x - a.x) * t);
    };
    const double top = layout.topLeft[0].y;
    for (size_t i = 0; i <= last; ++i) {
        layout.topLeft[i].x += shift(center(i).y);
        layout.topLeft[i].y -= top;
    }
    for (std::vector<Point>& path : layout.paths)
        for (Point& point : path) {
            point.x += shift(point.y);
            point.y -= top;
        }
}

/// Edges leave in the middle of the bottom and enter in the middle of the top, whatever rounding did.
void pinEnds(const PieceSpec& piece, PieceLayout& layout)
{
    for (size_t i = 0; i < piece.joints.size(); ++i) {
        const uint32_t from = piece.joints[i].from;
        const uint32_t to = piece.joints[i].to;
        const Point a{layout.topLeft[from].x + piece.width[from] / 2, layout.topLeft[from].y + piece.height[from]};
        const Point b{layout.topLeft[to].x + piece.width[to] / 2, layout.topLeft[to].y};
        std::vector<Point>& path = layout.paths[i];
        if (path.size() < 4 || path.size() % 3 != 1) {
            const double reach = (b.y - a.y) / 2;
            path = {a, {a.x, a.y + reach}, {b.x, b.y - reach}, b};
            continue;
        }
        path[1].x += a.x - path.front().x;
        path[path.size() - 2].x += b.x - path.back().x;
        path.front() = a;
        path.back() = b;
    }
}

} // namespace

std::optional<PieceLayout> layoutWithDot(const PieceSpec& piece)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    static const Context context = [] {
        agseterr(AGMAX);
        agseterrf(ignoreMessage);
        return Context(gvContext());
    }();

    DotGraph graph(context.get());
    setDefaults(graph.get());
    std::vector<Agnode_t*> nodes;
    for (size_t i = 0; i < piece.width.size(); ++i) {
        Agnode_t* node = agnode(graph.get(), const_cast<char*>(fmt::format("{}", i).c_str()), 1);
        set(node, "width", fmt::format("{:.4f}", piece.width[i] / kPointsPerInch));
        set(node, "height", fmt::format("{:.4f}", piece.height[i] / kPointsPerInch));
        if ((piece.top && i == 0) || (piece.bottom && i + 1 == piece.width.size()))
            set(node, "group", "axis");
        nodes.push_back(node);
    }
    std::vector<Agedge_t*> edges;
    for (const PieceSpec::Joint& joint : piece.joints)
        edges.push_back(agedge(graph.get(), nodes[joint.from], nodes[joint.to], nullptr, 1));
    holdBetweenCuts(graph.get(), piece, nodes);
    if (!graph.place())
        return std::nullopt;

    PieceLayout layout;
    const double height = GD_bb(graph.get()).UR.y;
    for (size_t i = 0; i < nodes.size(); ++i) {
        const pointf center = ND_coord(nodes[i]);
        layout.topLeft.push_back({center.x - piece.width[i] / 2, height - center.y - piece.height[i] / 2});
    }
    for (Agedge_t* edge : edges)
        layout.paths.push_back(pathOf(edge, height));
    straighten(piece, layout);
    pinEnds(piece, layout);
    return layout;
}

} // namespace bpu::layout
