// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/layout/item_graph.h"

#include <algorithm>
#include <cmath>
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

void placeRow(Row& row, double y, double width)
{
    row.rect = {0, y, width, row.attributes.empty() ? kLowRow : kTallRow};
}

/// The whole name, what is left of it, or nothing where not even a letter beside the "…" has room.
std::string fitted(const std::string& name, double room, const TextMeasure& measure)
{
    constexpr double kLeastRoom = 24;
    constexpr double kRounding = 0.5; // the card was made for this name: a sum in another order must not drop it
    if (measure.width(name, TextStyle::Name) <= room + kRounding)
        return name;
    return room < kLeastRoom ? std::string() : elided(name, room, TextStyle::Name, measure);
}

/// Sizes a card by its texts and elides names that do not fit.
void sizeCard(Item& item, const TextMeasure& measure)
{
    double width = kMinCard;
    for (const Row& row : item.rows) {
        const double head = measure.width(row.title, TextStyle::Title) + kGap + measure.width(row.name, TextStyle::Name);
        width = std::max({width, kStripe + 2 * kPad + head, kStripe + 2 * kPad + measure.width(row.attributes, TextStyle::Attribute)});
    }
    width = std::min(std::ceil(width), kMaxCard);
    double y = 0;
    for (Row& row : item.rows) {
        const double room = width - kStripe - 2 * kPad;
        row.title = elided(row.title, room, TextStyle::Title, measure);
        const double left = room - measure.width(row.title, TextStyle::Title) - kGap;
        row.name = fitted(row.name, left, measure);
        row.attributes = elided(row.attributes, room, TextStyle::Attribute, measure);
        placeRow(row, y, width);
        y += row.rect.height;
    }
    item.rect = {0, 0, width, y};
}

void sizePill(Item& item, const TextMeasure& measure)
{
    Row& row = item.rows.front();
    const double icon = item.kind == ItemKind::Stub ? 16 : 0;
    row.name = elided(row.name, kMaxCard - 2 * kGap - icon, TextStyle::Name, measure);
    const double width = std::max(64.0, measure.width(row.name, TextStyle::Name) + 2 * kGap + icon);
    item.rect = {0, 0, width, kPillHeight};
    row.rect = item.rect;
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
        }
        for (const ValueId input : m_graph.inputs())
            appendInput(input);
        for (const ValueId output : m_graph.outputs())
            appendOutput(output);
    }

    void appendInput(ValueId id)
    {
        const ir::Value* value = m_graph.find(id);
        if (!value || !value->isGraphInput || m_itemOfInput[id.index] != kNone)
            return;
        m_itemOfInput[id.index] = static_cast<uint32_t>(m_diagram.items.size());
        appendPill(ItemKind::Input, id, value->name);
    }

    void appendOutput(ValueId id)
    {
        appendPill(ItemKind::Output, id, m_graph.value(id).name);
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
        edge.label = shapeLabel(value->type);
        edge.atModuleBorder = m_diagram.items[edge.from].scope != m_diagram.items[to].scope;
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

/// An edge further than this many items cannot be followed by eye at any readable zoom.
size_t farItems(const DiagramOptions& options)
{
    return std::max<size_t>(static_cast<size_t>(options.farLength / 40), 8);
}

Item makeStub(const ir::Graph& graph, const Diagram& diagram, const Edge& edge, const TextMeasure& measure)
{
    Item stub;
    stub.kind = ItemKind::Stub;
    stub.value = edge.value;
    const ir::Node* producer = graph.producerOf(graph.value(edge.value));
    stub.source = producer ? producer->id : NodeId{};
    stub.scope = diagram.items[edge.to].scope;
    const std::string name = producer ? shortName(graph, *producer) : graph.value(edge.value).name;
    stub.rows.push_back({.node = stub.source, .title = {}, .name = name, .attributes = {}, .family = ops::Family::Opaque, .rect = {}});
    sizePill(stub, measure);
    return stub;
}

} // namespace

std::string shortName(const ir::Graph& graph, const ir::Node& node)
{
    // Layers with parameters are modules, and a module is known by its attribute's name. (Whether the parameters are
    // this layer's alone does not matter: exporters merge equal ones.)
    const ops::Family family = ops::familyOf(node);
    const ir::Value* weight = graph.inputOf(node, 1);
    const bool ownsParameters = (family == ops::Family::Conv || family == ops::Family::Norm) && weight && weight->isConstant();
    if (ownsParameters && !node.scope.empty())
        return std::string(ir::lastPart(node.scope));
    const size_t slash = node.name.find_last_of('/');
    return slash == std::string::npos ? node.name : node.name.substr(slash + 1);
}

std::string elided(const std::string& text, double width, TextStyle style, const TextMeasure& measure)
{
    if (measure.width(text, style) <= width)
        return text;
    std::vector<std::string_view> characters;
    for (size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        characters.push_back(std::string_view(text).substr(i, length));
        i += length;
    }
    const auto ends = [&characters](size_t kept) {
        std::string result;
        for (size_t i = 0; i < (kept + 1) / 2; ++i)
            result += characters[i];
        result += "…";
        for (size_t i = characters.size() - kept / 2; i < characters.size(); ++i)
            result += characters[i];
        return result;
    };
    size_t low = 0;
    size_t high = characters.size() - 1;
    while (low < high) {
        const size_t middle = (low + high + 1) / 2;
        if (measure.width(ends(middle), style) <= width)
            low = middle;
        else
            high = middle - 1;
    }
    return low == 0 ? std::string("…") : ends(low);
}

void buildItems(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, Diagram& diagram)
{
    Builder(graph, options, measure, diagram).build();
}

void cutFarEdges(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, Diagram& diagram)
{
    constexpr size_t kSmallDiagram = 200;
    if (diagram.items.size() < kSmallDiagram)
        return;
    const size_t limit = farItems(options);
    const auto isFar = [&](const Edge& edge) {
        const bool toOutput = diagram.items[edge.to].kind == ItemKind::Output;
        return edge.to > edge.from && edge.to - edge.from > limit && !(toOutput && edge.to + 1 == diagram.items.size());
    };
    // Old index -> new index once the stubs stand before their users.
    std::vector<uint32_t> stubsBefore(diagram.items.size() + 1, 0);
    for (const Edge& edge : diagram.edges)
        stubsBefore[edge.to] += isFar(edge) ? 1 : 0;
    std::vector<uint32_t> place(diagram.items.size());
    uint32_t shift = 0;
    for (uint32_t i = 0; i < place.size(); ++i) {
        shift += stubsBefore[i];
        place[i] = i + shift;
    }
    if (shift == 0)
        return;
    std::vector<Item> items(diagram.items.size() + shift);
    std::vector<uint32_t> nextStub(place.size());
    for (uint32_t i = 0; i < place.size(); ++i)
        nextStub[i] = place[i] - stubsBefore[i];
    for (Edge& edge : diagram.edges) {
        const bool cut = isFar(edge);
        const uint32_t stubAt = cut ? nextStub[edge.to]++ : 0;
        if (cut)
            items[stubAt] = makeStub(graph, diagram, edge, measure);
        edge.from = cut ? stubAt : place[edge.from];
        edge.to = place[edge.to];
    }
    for (uint32_t i = 0; i < place.size(); ++i)
        items[place[i]] = std::move(diagram.items[i]);
    for (int& item : diagram.m_itemOfNode)
        item = item < 0 ? item : static_cast<int>(place[static_cast<size_t>(item)]);
    diagram.items = std::move(items);
}

} // namespace bpu::layout
