// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/layout/item_graph.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace bpu::layout {
namespace {

/// The outermost collapsed module that holds the scope; empty when none does.
std::string_view collapsedModule(std::string_view scope, const std::set<std::string, std::less<>>& collapsed)
{
    if (collapsed.empty())
        return {};
    for (size_t dot = scope.find('.'); dot != std::string_view::npos; dot = scope.find('.', dot + 1))
        if (collapsed.contains(scope.substr(0, dot)))
            return scope.substr(0, dot);
    return collapsed.contains(scope) ? scope : std::string_view();
}

std::string shapeLabel(const ir::TensorType& type)
{
    std::string text = ir::shapeText(type);
    std::string out;
    for (const char c : text)
        out += c == 'x' ? std::string("×") : std::string(1, c);
    return type.rank() == 0 || !type.hasRank() ? text : out;
}

/// "1×64×56×56  qint8 s 0.05261"; of several scales the first and the last.
std::string edgeLabel(const ir::Value& value)
{
    std::string text = shapeLabel(value.type);
    if (!value.quant || value.quant->scales.empty())
        return text;
    const auto& scales = value.quant->scales;
    text += fmt::format("  {} s {:.4g}", name(value.quant->type), scales.front());
    return scales.size() == 1 ? text : text + fmt::format(" … {:.4g}", scales.back());
}

std::string_view parentOf(std::string_view scope)
{
    const size_t dot = scope.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : scope.substr(0, dot);
}

/// A layer is a module of its own, so layers of one module differ in scope: the modules around them tell. An operator
/// between them, such as the add of a residual block, has the block itself for scope.
bool isBorder(const Item& a, const Item& b)
{
    if (a.kind != ItemKind::Card || b.kind != ItemKind::Card)
        return true;
    const std::string_view inA = parentOf(a.scope);
    const std::string_view inB = parentOf(b.scope);
    return a.scope != b.scope && inA != inB && a.scope != inB && b.scope != inA;
}

std::string siText(double value)
{
    for (const char* unit : {"", "k", "M", "G"}) {
        if (value < 1000 || *unit == 'G')
            return value < 10 && *unit ? fmt::format("{:.1f} {}", value, unit) : fmt::format("{:.0f} {}", value, unit);
        value /= 1000;
    }
    return {};
}

class Builder {
public:
    Builder(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, Diagram& diagram)
        : m_graph(graph), m_options(options), m_measure(measure), m_diagram(diagram)
    {
    }

    void build()
    {
        assignNodes();
        appendInExecutionOrder();
        connect();
    }

private:
    static constexpr uint32_t kNone = 0xffffffffU;

    /// Which frame each node belongs to, and the last node of each frame: a frame stands where its last node does.
    void assignNodes()
    {
        m_frameOf.assign(m_graph.nodeIdBound(), kNone);
        std::unordered_map<std::string_view, uint32_t> modules;
        std::vector<uint32_t> groupOf(m_graph.nodeIdBound(), kNone);
        for (uint32_t g = 0; g < m_options.groups.size(); ++g)
            for (const NodeId id : m_options.groups[g])
                if (m_graph.contains(id))
                    groupOf[id.index] = g;
        std::unordered_map<uint32_t, uint32_t> groupFrames;
        for (const NodeId id : m_graph.order()) {
            const std::string_view module = collapsedModule(m_graph.node(id).scope, m_options.collapsed);
            uint32_t frame = static_cast<uint32_t>(m_frames.size());
            if (!module.empty())
                frame = modules.try_emplace(module, frame).first->second;
            else if (groupOf[id.index] != kNone)
                frame = groupFrames.try_emplace(groupOf[id.index], frame).first->second;
            if (frame == m_frames.size()) {
                Item item;
                item.kind = module.empty() ? ItemKind::Card : ItemKind::Module;
                item.scope = module.empty() ? m_graph.node(id).scope : std::string(module);
                m_frames.push_back(std::move(item));
                m_lastNode.push_back(id);
            }
            m_frames[frame].nodes.push_back(id);
            m_lastNode[frame] = id;
            m_frameOf[id.index] = frame;
        }
    }

    void appendInExecutionOrder()
    {
        m_diagram.m_itemOfNode.assign(m_graph.nodeIdBound(), -1);
        m_itemOfInput.assign(m_graph.valueIdBound(), kNone);
        for (const NodeId id : m_graph.order()) {
            const uint32_t frame = m_frameOf[id.index];
            if (m_lastNode[frame] != id)
                continue;
            for (const NodeId member : m_frames[frame].nodes)
                for (const ValueId input : m_graph.node(member).inputs)
                    appendInput(input);
            appendFrame(frame);
            for (const NodeId member : m_diagram.items.back().nodes)
                for (const ValueId output : m_graph.node(member).outputs)
                    appendOutput(output);
        }
        for (const ValueId input : m_graph.inputs())
            appendInput(input);
        for (const ValueId output : m_graph.outputs())
            if (!m_graph.value(output).producer.isValid())
                appendPill(ItemKind::Output, output, m_graph.value(output).name);
    }

    void appendInput(ValueId id)
    {
        const ir::Value* value = m_graph.find(id);
        if (!value || !value->isGraphInput || m_itemOfInput[id.index] != kNone)
            return;
        m_itemOfInput[id.index] = static_cast<uint32_t>(m_diagram.items.size());
        appendPill(ItemKind::Input, id, value->name);
    }

    /// Right below the operator, so that an early output does not reach past all that follows.
    void appendOutput(ValueId id)
    {
        const ir::Value* value = m_graph.find(id);
        for (uint32_t i = 0; value && i < value->graphOutputs; ++i)
            appendPill(ItemKind::Output, id, value->name);
    }

    void appendPill(ItemKind kind, ValueId id, const std::string& name)
    {
        Item item;
        item.kind = kind;
        item.value = id;
        item.rows.push_back({.node = {}, .title = {}, .name = name, .attributes = {}, .family = ops::Family::Opaque, .rect = {}});
        sizePill(item, m_measure);
        m_diagram.items.push_back(std::move(item));
    }

    void appendFrame(uint32_t frame)
    {
        Item item = std::move(m_frames[frame]);
        for (const NodeId id : item.nodes)
            m_diagram.m_itemOfNode[id.index] = static_cast<int>(m_diagram.items.size());
        if (item.kind == ItemKind::Module) {
            fillModule(item);
        } else {
            for (const NodeId id : item.nodes) {
                const ir::Node& node = m_graph.node(id);
                item.rows.push_back({.node = id, .title = ops::title(node), .name = shortName(m_graph, node),
                                     .attributes = ops::summary(m_graph, node), .family = ops::familyOf(node), .rect = {}});
            }
            sizeCard(item, m_measure);
        }
        m_diagram.items.push_back(std::move(item));
    }

    void fillModule(Item& item) const
    {
        Row row;
        row.node = item.nodes.front();
        row.title = item.scope;
        const auto type = m_graph.moduleTypes().find(item.scope);
        row.name = type == m_graph.moduleTypes().end() ? std::string() : type->second;
        double macs = 0;
        for (const NodeId id : item.nodes)
            macs += static_cast<double>(ops::cost(m_graph, m_graph.node(id)).value_or(ops::Cost{}).macs);
        row.attributes = item.nodes.size() == 1 ? std::string("1 operator") : fmt::format("{} operators", item.nodes.size());
        if (macs > 0)
            row.attributes += ", " + siText(macs) + "MAC";
        constexpr double kChevron = 18;
        const double head = measureHead(row) + kChevron;
        item.rect = {0, 0, std::clamp(head + 2 * kPad, kMinCard + 40, kMaxCard), kModuleHeight};
        row.title = elided(row.title, item.rect.width - 2 * kPad - kChevron, TextStyle::Title, m_measure);
        const double left = item.rect.width - 2 * kPad - kChevron - m_measure.width(row.title, TextStyle::Title) - kGap;
        row.name = fitted(row.name, left, m_measure);
        row.rect = item.rect;
        item.rows.push_back(std::move(row));
    }

    double measureHead(const Row& row) const
    {
        const double names = m_measure.width(row.title, TextStyle::Title) + kGap + m_measure.width(row.name, TextStyle::Name);
        return std::max(names, m_measure.width(row.attributes, TextStyle::Attribute));
    }

    /// One edge per value and pair of items.
    void connect()
    {
        for (uint32_t to = 0; to < m_diagram.items.size(); ++to) {
            const Item& item = m_diagram.items[to];
            if (item.kind == ItemKind::Output)
                join(item.value, to);
            for (const NodeId id : item.nodes)
                for (const ValueId input : m_graph.node(id).inputs)
                    join(input, to);
        }
    }

    void join(ValueId id, uint32_t to)
    {
        const ir::Value* value = m_graph.find(id);
        if (!value)
            return;
        const int from = value->producer.isValid() ? m_diagram.itemOf(value->producer)
                         : value->isGraphInput     ? static_cast<int>(m_itemOfInput[id.index])
                                                   : -1;
        if (from < 0 || static_cast<uint32_t>(from) == to)
            return;
        for (auto it = m_diagram.edges.rbegin(); it != m_diagram.edges.rend() && it->to == to; ++it)
            if (it->value == id)
                return;
        Edge edge;
        edge.value = id;
        edge.from = static_cast<uint32_t>(from);
        edge.to = to;
        edge.label = edgeLabel(*value);
        edge.atModuleBorder = isBorder(m_diagram.items[edge.from], m_diagram.items[to]);
        m_diagram.edges.push_back(std::move(edge));
    }

    const ir::Graph& m_graph;
    const DiagramOptions& m_options;
    const TextMeasure& m_measure;
    Diagram& m_diagram;
    std::vector<uint32_t> m_frameOf;
    std::vector<Item> m_frames;
    std::vector<NodeId> m_lastNode;
    std::vector<uint32_t> m_itemOfInput;
};

} // namespace

static std::string_view moduleName(std::string_view scope)
{
    size_t start = scope.rfind('.') + 1;
    // Modules of a list are numbered, and "0" tells nothing: "downsample.0".
    while (start > 0 && scope.substr(start).find_first_not_of("0123456789.") == std::string_view::npos)
        start = start < 2 ? 0 : scope.rfind('.', start - 2) + 1;
    return scope.substr(start);
}

std::string shortName(const ir::Graph& graph, const ir::Node& node)
{
    // Layers with parameters are modules, and a module is known by its attribute's name. (Whether the parameters are
    // this layer's alone does not matter: exporters merge equal ones.)
    const ops::Family family = ops::familyOf(node);
    const ir::Value* weight = graph.inputOf(node, 1);
    const bool ownsParameters = (family == ops::Family::Conv || family == ops::Family::Norm) && weight && weight->isConstant();
    if (ownsParameters && !node.scope.empty())
        return std::string(moduleName(node.scope));
    const size_t slash = node.name.find_last_of('/');
    return slash == std::string::npos ? node.name : node.name.substr(slash + 1);
}

void buildItems(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, Diagram& diagram)
{
    Builder(graph, options, measure, diagram).build();
}

} // namespace bpu::layout
