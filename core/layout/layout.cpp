// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Networks are nearly chains. An item that no edge passes by is a cut: the drawing above it and the drawing
// below it meet in that item alone. So the graph is cut there, each piece is placed on its own (equal pieces
// once), and the pieces are stacked with their cuts on one vertical line: linear where flat dot is not.
#include "core/layout/item_graph.h"
#include "core/layout/labels.h"
#include "core/layout/piece.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace bpu::layout {
namespace {

/// Above this dot takes longer than about a tenth of a second; our own layers take over.
constexpr size_t kDotEffort = 1200;
constexpr double kMargin = 24;

/// Items that no edge passes by, in order; the first and the last item are always among them.
std::vector<uint32_t> findCuts(const Diagram& diagram)
{
    const size_t count = diagram.items.size();
    std::vector<int> opening(count + 1, 0);
    for (const Edge& edge : diagram.edges) {
        const auto [low, high] = std::minmax(edge.from, edge.to);
        if (high > low + 1) { // strictly between
            ++opening[low + 1];
            --opening[high];
        }
    }
    std::vector<uint32_t> cuts;
    int passing = 0;
    for (uint32_t i = 0; i < count; ++i) {
        passing += opening[i];
        if (passing == 0)
            cuts.push_back(i);
    }
    return cuts;
}

class Stacker {
public:
    Stacker(const ir::Graph& graph, Diagram& diagram, const JobControl& control) : m_graph(graph), m_diagram(diagram), m_control(control)
    {
        // Edges by target, targets ascending, so that a piece's joints are one run.
        std::ranges::stable_sort(m_diagram.edges, {}, [](const Edge& e) { return std::max(e.from, e.to); });
    }

    Result<void> run()
    {
        const std::vector<uint32_t> cuts = findCuts(m_diagram);
        if (cuts.empty())
            return {};
        placeItem(cuts.front(), {-width(cuts.front()) / 2, 0});
        double y = 0;
        for (size_t i = 0; i + 1 < cuts.size(); ++i) {
            if (m_control.stopRequested())
                return JobControl::cancelled();
            if (i % 256 == 0)
                m_control.report(static_cast<double>(i) / static_cast<double>(cuts.size()),
                                 fmt::format("Lay out {} of {}", cuts[i], m_diagram.items.size()));
            y = stack(cuts[i], cuts[i + 1], y);
        }
        return {};
    }

private:
    double width(uint32_t item) const { return m_diagram.items[item].rect.width; }

    void placeItem(uint32_t index, Point topLeft)
    {
        Item& item = m_diagram.items[index];
        item.rect.x = topLeft.x;
        item.rect.y = topLeft.y;
    }

    /// Places what lies between two cuts below the first; returns the y of the second one's top.
    double stack(uint32_t first, uint32_t last, double y)
    {
        const size_t firstEdge = m_nextEdge;
        PieceSpec piece = describe(first, last);
        const PieceLayout& layout = place(piece);
        for (uint32_t i = 0; i < piece.width.size(); ++i)
            if (i > 0 || !piece.top)
                placeItem(first + i, {layout.topLeft[i].x, layout.topLeft[i].y + y});
        for (size_t i = 0; i < layout.paths.size(); ++i) {
            std::vector<Point> path = layout.paths[i];
            for (Point& point : path)
                point.y += y;
            Edge& edge = m_diagram.edges[firstEdge + i];
            if (edge.from > edge.to) // drawn from the later item: a module that is entered twice
                std::ranges::reverse(path);
            edge.path = std::move(path);
        }
        return y + layout.topLeft.back().y;
    }

    PieceSpec describe(uint32_t first, uint32_t last)
    {
        PieceSpec piece;
        piece.top = first > 0;
        piece.bottom = last + 1 < m_diagram.items.size();
        for (uint32_t i = first; i <= last; ++i) {
            piece.width.push_back(m_diagram.items[i].rect.width);
            piece.height.push_back(m_diagram.items[i].rect.height);
            piece.stub.push_back(m_diagram.items[i].kind == ItemKind::Stub);
        }
        for (; m_nextEdge < m_diagram.edges.size(); ++m_nextEdge) {
            const auto [low, high] = std::minmax(m_diagram.edges[m_nextEdge].from, m_diagram.edges[m_nextEdge].to);
            if (high > last)
                break;
            const ValueId value = m_diagram.edges[m_nextEdge].value;
            piece.joints.push_back({low - first, high - first, rowMiddle(m_diagram.items[low], value, true),
                                    rowMiddle(m_diagram.items[high], value, false)});
        }
        return piece;
    }

    /// Middle of the row that makes (or first reads) the value, from the top of its item; half the item where no row does.
    double rowMiddle(const Item& item, ValueId id, bool makes) const
    {
        double top = 0;
        for (const Row& row : item.rows) {
            const ir::Node* node = item.kind == ItemKind::Card ? m_graph.find(row.node) : nullptr;
            const auto holds = [&](const std::vector<ValueId>& values) { return std::ranges::find(values, id) != values.end(); };
            if (node && holds(makes ? node->outputs : node->inputs))
                return top + row.rect.height / 2;
            top += row.rect.height;
        }
        return item.rect.height / 2;
    }

    const PieceLayout& place(const PieceSpec& piece)
    {
        const auto [entry, isNew] = m_cache.try_emplace(piece.key());
        if (isNew)
            entry->second = placeNew(piece);
        return entry->second;
    }

    static PieceLayout placeNew(const PieceSpec& piece)
    {
        if (isChainWithSkips(piece))
            return layoutColumn(piece);
        auto placement = dotEffort(piece) <= kDotEffort ? placeWithDot(piece) : placeInLayers(piece);
        if (placement) {
            alignAxis(piece, *placement);
            return route(piece, *placement);
        }
        return layoutColumn(piece);
    }

    const ir::Graph& m_graph;
    Diagram& m_diagram;
    const JobControl& m_control;
    size_t m_nextEdge = 0;
    std::unordered_map<std::string, PieceLayout> m_cache;
};

void finishGeometry(Diagram& diagram, const TextMeasure& measure)
{
    double left = 0;
    double right = 0;
    double bottom = 0;
    const auto include = [&](double x0, double x1, double y1) {
        left = std::min(left, x0);
        right = std::max(right, x1);
        bottom = std::max(bottom, y1);
    };
    for (Item& item : diagram.items) {
        for (Row& row : item.rows) {
            row.rect.x += item.rect.x;
            row.rect.y += item.rect.y;
            row.rect.width = item.rect.width;
        }
        include(item.rect.x, item.rect.right(), item.rect.bottom());
    }
    for (const Edge& edge : diagram.edges) {
        for (const Point& point : edge.path)
            include(point.x, point.x, point.y);
        if (!edge.label.empty())
            include(edge.labelAt.x, edge.labelAt.x + measure.width(edge.label, TextStyle::Edge), edge.labelAt.y);
    }
    diagram.bounds = {left - kMargin, -kMargin, right - left + 2 * kMargin, bottom + 2 * kMargin};
}

/// Open modules of up to three levels with the height their items cover. One of a single card has no span: the
/// card says the same.
void findScopes(Diagram& diagram)
{
    constexpr int kLevels = 3;
    std::unordered_map<std::string, size_t> index;
    std::vector<int> covered;
    for (const Item& item : diagram.items) {
        if (item.kind != ItemKind::Card && item.kind != ItemKind::Module)
            continue;
        int depth = 0;
        for (size_t end = item.scope.find('.'); depth < kLevels; end = item.scope.find('.', end + 1), ++depth) {
            const std::string path = item.scope.substr(0, end);
            if (path.empty() || (end == std::string::npos && item.kind == ItemKind::Module))
                break;
            const auto [entry, isNew] = index.try_emplace(path, diagram.scopes.size());
            if (isNew) {
                diagram.scopes.push_back({path, depth, item.rect.y, item.rect.bottom()});
                covered.push_back(0);
            }
            ++covered[entry->second];
            ScopeSpan& span = diagram.scopes[entry->second];
            span.top = std::min(span.top, item.rect.y);
            span.bottom = std::max(span.bottom, item.rect.bottom());
            if (end == std::string::npos)
                break;
        }
    }
    std::vector<ScopeSpan> wide;
    for (size_t i = 0; i < covered.size(); ++i)
        if (covered[i] > 1)
            wide.push_back(std::move(diagram.scopes[i]));
    diagram.scopes = std::move(wide);
}

} // namespace

Result<Diagram> layoutGraph(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, const JobControl& control)
{
    Diagram diagram;
    buildItems(graph, options, measure, diagram);
    if (control.stopRequested())
        return JobControl::cancelled();
    cutFarEdges(graph, options, measure, diagram);
    BPU_CHECK(Stacker(graph, diagram, control).run());
    placeLabels(diagram, measure);
    finishGeometry(diagram, measure);
    findScopes(diagram);
    return diagram;
}

std::set<std::string, std::less<>> defaultCollapsed(const ir::Graph& graph)
{
    constexpr size_t kReadable = 1500;
    std::set<std::string, std::less<>> collapsed;
    if (graph.nodeCount() <= kReadable)
        return collapsed;
    // The first depth at which modules of several nodes make the drawing readable.
    std::unordered_map<std::string_view, size_t> sizes;
    for (const NodeId id : graph.order()) {
        const std::string_view scope = graph.node(id).scope;
        const size_t dot = scope.find('.', std::min(scope.size(), scope.find('.') + 1));
        if (!scope.empty())
            ++sizes[scope.substr(0, dot)];
    }
    for (const auto& [scope, size] : sizes)
        if (size > 3)
            collapsed.emplace(scope);
    return collapsed.size() > 1 ? collapsed : std::set<std::string, std::less<>>{};
}

} // namespace bpu::layout
