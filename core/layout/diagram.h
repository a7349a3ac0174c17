// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The drawing of a graph: cards, pills, collapsed modules and edges with their geometry, in logical
// pixels, y downwards. The graph view and model.svg paint the same Diagram; colors, findings and
// selection are laid over it and never change geometry.
#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/job_control.h"
#include "core/ir/graph.h"
#include "core/ops/op_spec.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::layout {

struct Point {
    double x = 0;
    double y = 0;
};

struct Rect {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    double right() const { return x + width; }
    double bottom() const { return y + height; }
};

enum class TextStyle : uint8_t { Title, Name, Attribute, Edge };

/// Width of a text in logical pixels. The window measures with its fonts, the command line with a built-in table.
class TextMeasure {
public:
    virtual ~TextMeasure() = default;
    virtual double width(std::string_view utf8, TextStyle style) const = 0;
};

/// Built-in advance widths of DejaVu Sans: conservative, the same on every machine.
const TextMeasure& builtinTextMeasure();

/// One operator of a card.
struct Row {
    NodeId node;
    std::string title;      ///< "Conv2d"
    std::string name;       ///< inside its scope: "conv1"
    std::string attributes; ///< "3×3 s2 p1 64→128"; empty: a title-only row of height 24, else 39
    ops::Family family = ops::Family::Opaque;
    Rect rect;
};

enum class ItemKind : uint8_t { Card, Module, Input, Output, Stub };

/// Something with a frame. Indices into Diagram::items are stable within one diagram.
struct Item {
    ItemKind kind = ItemKind::Card;
    std::vector<Row> rows;        ///< Card: the operators that are or will be fused; Module, pills: one row for the texts
    std::string scope;            ///< Card: its module; Module: the module it stands for
    std::vector<NodeId> nodes;    ///< Module: every node inside; Card: its rows' nodes
    ValueId value;                ///< Input, Output, Stub
    NodeId source;                ///< Stub: where a click jumps
    Rect rect;
};

/// One drawn connection: a value from one item to another.
struct Edge {
    ValueId value;
    uint32_t from = 0;            ///< item index
    uint32_t to = 0;
    std::vector<Point> path;      ///< cubic Bezier: 1 + 3n points; the arrow points at the last
    std::string label;            ///< "1×64×56×56"
    Point labelAt;                ///< left middle of the label
    bool atModuleBorder = false;  ///< labels that stay visible in the overview
};

/// A module that is open, for the scope rail.
struct ScopeSpan {
    std::string scope;
    int depth = 0;                ///< 0 for a top-level module
    double top = 0;
    double bottom = 0;
};

struct Diagram {
    std::vector<Item> items;
    std::vector<Edge> edges;
    std::vector<ScopeSpan> scopes;
    Rect bounds;

    /// Item that shows the node, or -1. O(1).
    int itemOf(NodeId node) const { return node.index < m_itemOfNode.size() ? m_itemOfNode[node.index] : -1; }
    std::vector<int> m_itemOfNode;
};

struct DiagramOptions {
    std::set<std::string, std::less<>> collapsed;    ///< module paths drawn as one item
    std::vector<std::vector<NodeId>> groups;         ///< runs drawn as one card (the fusion plan)
    double farLength = 4000;                         ///< a value reaching further is drawn as stubs at its users
};

/// Builds and places. Linear or nearly so; 10,000 nodes in about 0.3 s. Error "job.cancelled".
Result<Diagram> layoutGraph(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure,
                            const JobControl& control = {});

/// Module paths a large graph starts with collapsed, so that a first look is readable.
std::set<std::string, std::less<>> defaultCollapsed(const ir::Graph& graph);

} // namespace bpu::layout
