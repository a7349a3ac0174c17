// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// model.svg: the drawing of the graph view as a file. Plain presentation attributes only (no style sheet,
// no marker, no clip path), so that browsers and QSvgRenderer (SVG Tiny 1.2) show the same.
#include "core/export/export.h"
#include "core/export/xml_text.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <unordered_map>

namespace bpu::exporter {
namespace {

using layout::Diagram;
using layout::Edge;
using layout::Item;
using layout::ItemKind;
using layout::Point;
using layout::Rect;

constexpr std::string_view kSans = "DejaVu Sans, Noto Sans, sans-serif";
/// QSvgRenderer takes a list for one name, so the fonts above are for browsers and it falls back to its own;
/// for the fixed pitch there would be no such luck: only the generic name works in both.
constexpr std::string_view kMono = "monospace";

/// "conv1 (2)" -> "node-conv1:20:282:29": an XML name, different for different texts.
std::string elementId(std::string_view prefix, std::string_view text)
{
    std::string id(prefix);
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (plain)
            id += c;
        else
            fmt::format_to(std::back_inserter(id), ":{:02x}", static_cast<unsigned char>(c));
    }
    return id;
}

class SvgWriter {
public:
    SvgWriter(const Diagram& diagram, const ir::Graph& graph, const Findings& findings, const Palette& palette)
        : m_diagram(diagram), m_graph(graph), m_palette(palette)
    {
        for (const Finding& finding : findings)
            if (finding.node.isValid()) {
                const auto [entry, isNew] = m_worst.try_emplace(finding.node, &finding);
                if (!isNew && finding.severity > entry->second->severity)
                    entry->second = &finding;
            }
    }

    std::string write()
    {
        const Rect& b = m_diagram.bounds;
        put("<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"{2:.1f} {3:.1f} {0:.1f} {1:.1f}\">\n",
            b.width, b.height, b.x, b.y);
        put("<title>{}</title>\n", xmlText(m_graph.name()));
        put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", b.x, b.y, b.width, b.height, color("canvas"));
        put("<g id=\"edges\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.2\">\n", color("edge"));
        for (const Edge& edge : m_diagram.edges)
            edgePath(edge);
        put("</g>\n<g id=\"arrows\" fill=\"{}\" stroke=\"none\">\n", color("edge"));
        for (const Edge& edge : m_diagram.edges)
            arrow(edge);
        put("</g>\n<g id=\"labels\" font-family=\"{}\" font-size=\"10.8\" fill=\"{}\">\n", kMono, color("muted"));
        for (const Edge& edge : m_diagram.edges)
            if (!edge.label.empty())
                put("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", edge.labelAt.x, edge.labelAt.y + 4, xmlText(edge.label));
        put("</g>\n<g id=\"nodes\" font-family=\"{}\" font-size=\"12\">\n", kSans);
        for (const Item& item : m_diagram.items)
            frame(item);
        put("</g>\n</svg>\n");
        return std::move(m_out);
    }

private:
    template <typename... Args>
    void put(fmt::format_string<Args...> format, Args&&... args)
    {
        fmt::format_to(std::back_inserter(m_out), format, std::forward<Args>(args)...);
    }

    const std::string& color(std::string_view token) const
    {
        static const std::string kMissing = "#808080";
        const auto found = m_palette.find(token);
        return found == m_palette.end() ? kMissing : found->second;
    }

    void edgePath(const Edge& edge)
    {
        if (edge.path.size() < 4)
            return;
        put("<path d=\"M{:.1f} {:.1f}", edge.path[0].x, edge.path[0].y);
        for (size_t i = 1; i + 2 < edge.path.size(); i += 3)
            put("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", edge.path[i].x, edge.path[i].y, edge.path[i + 1].x, edge.path[i + 1].y,
                edge.path[i + 2].x, edge.path[i + 2].y);
        put("\"><title>{}</title></path>\n", valueTip(edge.value));
    }

    void arrow(const Edge& edge)
    {
        if (edge.path.size() < 4)
            return;
        const Point tip = edge.path.back();
        Point from = edge.path[edge.path.size() - 2];
        if (std::hypot(tip.x - from.x, tip.y - from.y) < 0.1)
            from = {tip.x, tip.y - 1};
        const double length = std::hypot(tip.x - from.x, tip.y - from.y);
        const Point d{(tip.x - from.x) / length, (tip.y - from.y) / length};
        const Point base{tip.x - 7 * d.x, tip.y - 7 * d.y};
        put("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}Z\"/>\n", tip.x, tip.y, base.x - 3 * d.y, base.y + 3 * d.x, base.x + 3 * d.y,
            base.y - 3 * d.x);
    }

    const Finding* worstOf(const Item& item) const
    {
        const Finding* worst = nullptr;
        for (const NodeId node : item.nodes)
            if (const auto found = m_worst.find(node); found != m_worst.end())
                if (!worst || found->second->severity > worst->severity)
                    worst = found->second;
        return worst;
    }

    void frame(const Item& item)
    {
        switch (item.kind) {
        case ItemKind::Card: return card(item);
        case ItemKind::Module: return module(item);
        default: return pill(item);
        }
    }

    void roundRect(const Rect& r, double radius, std::string_view fill, std::string_view stroke, double width, std::string_view extra = {})
    {
        put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", r.x,
            r.y, r.width, r.height, radius, fill, stroke, width, extra);
    }

    void text(double x, double y, std::string_view content, std::string_view fill, std::string_view extra = {})
    {
        if (!content.empty())
            put("<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"{}\"{}>{}</text>\n", x, y, fill, extra, xmlText(content));
    }

    void card(const Item& item)
    {
        const Finding* worst = worstOf(item);
        const bool isError = worst && worst->severity == Severity::Error;
        const bool isOpaque = item.rows.size() == 1 && item.rows[0].family == ops::Family::Opaque;
        roundRect(item.rect, 3, color("surface"), color(isError ? "error" : "strong"), isError ? 1.6 : 1,
                  isOpaque ? " stroke-dasharray=\"2 2\"" : "");
        for (size_t i = 0; i < item.rows.size(); ++i)
            cardRow(item.rows[i], i > 0);
        if (worst)
            badge({item.rect.right(), item.rect.y}, worst->severity);
    }

    void cardRow(const layout::Row& row, bool line)
    {
        const Rect& r = row.rect;
        const ir::Node* node = m_graph.find(row.node);
        put("<g id=\"{}\"><title>{}</title>\n", elementId("node-", node ? node->name : std::string()), node ? xmlText(toolTip(*node)) : std::string());
        if (line)
            put("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"{}\" stroke-width=\"0.7\"/>\n", r.x, r.y, r.right(), color("border"));
        if (row.family != ops::Family::Opaque)
            put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"5\" height=\"{:.1f}\" fill=\"{}\"/>\n", r.x + 0.5, r.y + 0.5, r.height - 1,
                color(fmt::format("family.{}", ops::name(row.family))));
        text(r.x + 13, r.y + 16, row.title, color("text"), " font-weight=\"bold\"");
        text(r.right() - 8, r.y + 16, row.name, color("muted"), " text-anchor=\"end\"");
        text(r.x + 13, r.y + 32, row.attributes, color("muted"), fmt::format(" font-family=\"{}\" font-size=\"10.8\"", kMono));
        put("</g>\n");
    }

    static std::string toolTip(const ir::Node& node)
    {
        std::string tip = node.name + "\n" + ops::qualifiedName(node);
        for (const ir::Origin& origin : node.origins)
            tip += "\n" + origin.what + (origin.name.empty() ? "" : " " + origin.name);
        return tip;
    }

    void module(const Item& item)
    {
        const layout::Row& row = item.rows.front();
        put("<g id=\"{}\"><title>{}</title>\n", elementId("module-", item.scope), xmlText(item.scope));
        for (const double offset : {6.0, 3.0, 0.0}) {
            Rect sheet = item.rect;
            sheet.x += offset;
            sheet.y += offset;
            roundRect(sheet, 3, color("alt"), color("strong"), 1);
        }
        put("<path d=\"M{0:.1f} {1:.1f}l4 4l-4 4\" fill=\"none\" stroke=\"{2}\" stroke-width=\"1.4\"/>\n", item.rect.x + 8, item.rect.y + 8,
            color("text"));
        text(item.rect.x + 20, item.rect.y + 17, row.title, color("text"), " font-weight=\"bold\"");
        text(item.rect.right() - 8, item.rect.y + 17, row.name, color("muted"), " text-anchor=\"end\"");
        text(item.rect.x + 20, item.rect.y + 34, row.attributes, color("muted"), " font-family=\"monospace\" font-size=\"10.8\"");
        put("</g>\n");
        if (const Finding* worst = worstOf(item))
            badge({item.rect.right(), item.rect.y}, worst->severity);
    }

    void pill(const Item& item)
    {
        const bool isStub = item.kind == ItemKind::Stub;
        const Rect& r = item.rect;
        const std::string_view name = item.rows.front().name;
        put("<g><title>{}</title>\n", valueTip(item.value));
        roundRect(r, r.height / 2, color(isStub ? "canvas" : "alt"), color("strong"), 1, isStub ? " stroke-dasharray=\"3 2\"" : "");
        if (isStub)
            put("<path d=\"M{:.1f} {:.1f}h8m-3 -3l3 3l-3 3\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\"/>\n", r.x + 10, r.y + r.height / 2,
                color("accent"));
        text(r.x + r.width / 2 + (isStub ? 8 : 0), r.y + 16, name, color(isStub ? "accent" : "text"),
             isStub ? " text-anchor=\"middle\"" : " text-anchor=\"middle\" font-weight=\"bold\"");
        put("</g>\n");
    }

    std::string valueTip(ValueId id) const
    {
        const ir::Value* value = m_graph.find(id);
        return value ? xmlText(value->name + ": " + value->type.text()) : std::string();
    }

    /// Circle, triangle, square, diamond: severity is a shape, not a color alone.
    void badge(Point at, Severity severity)
    {
        const std::string& fill = color(name(severity));
        const std::string& sign = color("surface");
        const double x = at.x;
        const double y = at.y;
        switch (severity) {
        case Severity::Error:
            put("<circle cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"7.5\" fill=\"{2}\"/><path d=\"M{3:.1f} {4:.1f}l6 6m0 -6l-6 6\" stroke=\"{5}\" stroke-width=\"1.6\"/>\n",
                x, y, fill, x - 3, y - 3, sign);
            return;
        case Severity::Warning:
            put("<path d=\"M{0:.1f} {1:.1f}l8 14h-16z\" fill=\"{2}\"/><path d=\"M{0:.1f} {3:.1f}v5m0 1.6v1.6\" stroke=\"{4}\" stroke-width=\"1.7\"/>\n", x,
                y - 8, fill, y - 3.4, sign);
            return;
        case Severity::Advice:
            put("<rect x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"13\" height=\"13\" rx=\"2\" fill=\"{2}\"/><path d=\"M{3:.1f} {4:.1f}v1.8m0 1.6v4.4\" stroke=\"{5}\" "
                "stroke-width=\"1.7\"/>\n",
                x - 6.5, y - 6.5, fill, x, y - 4, sign);
            return;
        case Severity::Undecided:
            put("<path d=\"M{:.1f} {:.1f}l7.5 7.5l-7.5 7.5l-7.5 -7.5z\" fill=\"{}\"/>\n", x, y - 7.5, fill);
            text(x, y + 3.6, "?", sign, " font-size=\"10\" font-weight=\"bold\" text-anchor=\"middle\"");
            return;
        }
    }

    const Diagram& m_diagram;
    const ir::Graph& m_graph;
    const Palette& m_palette;
    std::unordered_map<NodeId, const Finding*> m_worst;
    std::string m_out;
};

} // namespace

std::string diagramSvg(const layout::Diagram& diagram, const ir::Graph& graph, const Findings& findings, const Palette& palette)
{
    return SvgWriter(diagram, graph, findings, palette).write();
}

} // namespace bpu::exporter
