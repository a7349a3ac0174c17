// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One piece through Graphviz's dot. Fixed boxes go in; ranks, centers and the way of every edge past the ranks
// come out: labels and curves are ours. Graphviz keeps global state, so one lock guards it.
#include "core/layout/item_graph.h"
#include "core/layout/piece.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
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
    setDefault(graph, AGNODE, "shape", "box");
    setDefault(graph, AGNODE, "fixedsize", "true");
    setDefault(graph, AGNODE, "label", "");
    setDefault(graph, AGNODE, "width", "1");
    setDefault(graph, AGNODE, "height", "1");
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

double at(double a, double b, double c, double d, double t)
{
    const double u = 1 - t;
    return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
}

/// x of the edge's curve at height y (Graphviz counts upwards, edges run down). `otherwise` where dot drew none.
double crossing(Agedge_t* edge, double y, double otherwise)
{
    const splines* spline = ED_spl(edge);
    if (!spline || spline->size < 1)
        return otherwise;
    const bezier& curve = spline->list[0];
    for (size_t i = 0; i + 3 < static_cast<size_t>(curve.size); i += 3) {
        const pointf* p = curve.list + i;
        if (p[3].y > y && i + 6 < static_cast<size_t>(curve.size))
            continue;
        double low = 0;
        double high = 1;
        for (int step = 0; step < 20; ++step) {
            const double t = (low + high) / 2;
            (at(p[0].y, p[1].y, p[2].y, p[3].y, t) > y ? low : high) = t;
        }
        return at(p[0].x, p[1].x, p[2].x, p[3].x, low);
    }
    return otherwise;
}

/// dot's ranks, numbered without gaps, and the height at which each one lies.
std::vector<double> readRanks(const std::vector<Agnode_t*>& nodes, Placement& placement)
{
    std::map<int, double> heights;
    for (Agnode_t* node : nodes)
        heights.emplace(ND_rank(node), ND_coord(node).y);
    for (Agnode_t* node : nodes)
        placement.rank.push_back(static_cast<uint32_t>(std::distance(heights.begin(), heights.find(ND_rank(node)))));
    std::vector<double> result;
    for (const auto& [rank, y] : heights)
        result.push_back(y);
    return result;
}

Placement read(const PieceSpec& piece, const std::vector<Agnode_t*>& nodes, const std::vector<Agedge_t*>& edges)
{
    Placement placement;
    const std::vector<double> heights = readRanks(nodes, placement);
    for (Agnode_t* node : nodes)
        placement.center.push_back(ND_coord(node).x);
    for (size_t i = 0; i < edges.size(); ++i) {
        const auto [from, to] = std::pair(piece.joints[i].from, piece.joints[i].to);
        std::vector<double> way;
        for (uint32_t r = placement.rank[from] + 1; r < placement.rank[to]; ++r)
            way.push_back(crossing(edges[i], heights[r], placement.center[from]));
        placement.via.push_back(std::move(way));
    }
    return placement;
}

} // namespace

std::optional<Placement> placeWithDot(const PieceSpec& piece)
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
        nodes.push_back(node);
    }
    // What dot may bend: the main path least, then steps of a chain; it bends anything rather than many small edges.
    const std::vector<uint32_t> axis = mainPath(piece);
    const Fans fans(piece);
    std::vector<Agedge_t*> edges;
    for (const PieceSpec::Joint& joint : piece.joints) {
        edges.push_back(agedge(graph.get(), nodes[joint.from], nodes[joint.to], nullptr, 1));
        const bool isMain = axis[joint.from] > 0 && axis[joint.to] == axis[joint.from] + 1;
        set(edges.back(), "weight", isMain ? "100" : fans.out[joint.from] * fans.in[joint.to] == 1 ? "10" : "2");
    }
    holdBetweenCuts(graph.get(), piece, nodes);
    if (!graph.place())
        return std::nullopt;

    return read(piece, nodes, edges);
}

} // namespace bpu::layout
