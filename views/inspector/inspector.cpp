// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/inspector/inspector.h"

#include "passes/check_march/ignored.h"
#include "views/inspector/section.h"
#include "views/widgets/panel_title.h"

#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <set>

namespace bpu::views {

constexpr size_t kMaxListed = 40;

Inspector::Inspector(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme), m_scroll(new QScrollArea(this))
{
    setObjectName(QStringLiteral("inspector"));
    auto* title = new PanelTitle(theme, tr("Inspector"), this);
    m_lock = title->addButton(theme.icon(QLatin1StringView("lock")), tr("Stay on this node"));
    m_lock->setObjectName(QStringLiteral("lock"));
    m_lock->setCheckable(true);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setAccessibleName(tr("Inspector"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(title);
    layout->addWidget(m_scroll, 1);
    connect(&theme, &Theme::changed, this, &Inspector::rebuild);
    rebuild();
}

void Inspector::setInput(const InspectorInput& input)
{
    const std::vector<NodeId> shown = m_input.nodes;
    m_input = input;
    if (m_lock->isChecked() && shown.size() == 1 && input.graph && input.graph->contains(shown.front()))
        m_input.nodes = shown;
    rebuild();
}

void Inspector::rebuild()
{
    const int scrolled = m_scroll->verticalScrollBar()->value();
    m_content = new QWidget(m_scroll);
    m_content->setObjectName(QStringLiteral("inspectorContent"));
    m_content->setBackgroundRole(QPalette::Base);
    m_column = new QVBoxLayout(m_content);
    m_column->setContentsMargins(0, 0, 0, 8);
    m_column->setSpacing(0);
    if (m_input.graph) {
        const ir::Node* node = m_input.nodes.size() == 1 ? m_input.graph->find(m_input.nodes.front()) : nullptr;
        if (node)
            showNode(*node);
        else if (m_input.nodes.size() > 1)
            showSeveral();
        else
            showModel();
    }
    m_column->addStretch();
    m_scroll->setWidget(m_content);
    m_content->setAutoFillBackground(true);
    m_scroll->verticalScrollBar()->setValue(scrolled);
}

Section* Inspector::addSection(const QString& key, const QString& title, const QString& note)
{
    auto* section = new Section(m_theme, key, title, note, m_content);
    section->setFolded(m_folded.contains(key));
    connect(section, &Section::foldedChanged, this, [this](const QString& which, bool folded) {
        if (folded)
            m_folded.insert(which);
        else
            m_folded.remove(which);
    });
    connect(section, &Section::linkActivated, this, [this](const QString& target) { Q_EMIT nodeLinked(target.toUInt()); });
    m_column->addWidget(section);
    return section;
}

void Inspector::showNode(const ir::Node& node)
{
    addHeader(node);
    addFindings(node.id);
    addRules(node);
    addBodies(node);
    addTensors(node);
    addAttributes(node);
    addOrigins(node);
    addCost(node);
    addValues(node);
}

void Inspector::showModel()
{
    const ir::Graph& graph = *m_input.graph;
    addFindings({}); // those about the model as a whole
    Section* model = addSection(QStringLiteral("model"), m_input.fileName.isEmpty() ? QString::fromStdString(graph.name()) : m_input.fileName);
    model->addRow({tr("stage"), QString::fromStdString(std::string(ir::name(graph.stage())))});
    for (const auto& [key, value] : graph.facts())
        if (!key.starts_with(passes::kIgnoredFact) && !value.empty())
            model->addRow({QString::fromStdString(key), QString::fromStdString(value)});
    Section* size = addSection(QStringLiteral("size"), tr("Size"));
    size->addRow({tr("Operators"), countText(static_cast<int64_t>(m_input.facts.operators))});
    size->addRow({tr("Parameters"), countText(m_input.facts.parameters)});
    if (m_input.facts.macs > 0 || m_input.facts.withoutCost == 0)
        size->addRow({tr("MACs"), siText(static_cast<double>(m_input.facts.macs), "MAC")});
    if (m_input.facts.withoutCost > 0)
        size->addRow({tr("Cost unknown"), tr("%1 operators").arg(m_input.facts.withoutCost)});
    const auto list = [&](const QString& key, const QString& title, const std::vector<ValueId>& ids) {
        Section* section = addSection(key, title, QString::number(ids.size()));
        for (size_t i = 0; i < ids.size() && i < kMaxListed; ++i) {
            const ir::Value& value = graph.value(ids[i]);
            section->addRow({shortValueName(value.name), shapeLabel(value.type), dtypeLabel(value)});
        }
        if (ids.size() > kMaxListed)
            section->addText(tr("and %1 more").arg(ids.size() - kMaxListed));
    };
    list(QStringLiteral("inputs"), tr("Inputs"), graph.inputs());
    list(QStringLiteral("outputs"), tr("Outputs"), graph.outputs());
}

/// Common values, else "different".
void Inspector::showSeveral()
{
    const ir::Graph& graph = *m_input.graph;
    std::vector<const ir::Node*> nodes;
    std::set<std::string> keys;
    for (const NodeId id : m_input.nodes)
        if (const ir::Node* node = graph.find(id)) {
            nodes.push_back(node);
            for (const auto& attribute : node->attributes)
                keys.insert(attribute.first);
        }
    if (nodes.empty())
        return showModel();
    Section* common = addSection(QStringLiteral("several"), tr("%1 operators").arg(nodes.size()));
    const auto row = [&](const QString& what, auto text) {
        const QString first = text(*nodes.front());
        bool isSame = true;
        for (size_t i = 1; isSame && i < nodes.size(); ++i)
            isSame = text(*nodes[i]) == first;
        common->addRow({what, isSame ? first : tr("different")});
    };
    row(tr("Operator"), [](const ir::Node& node) { return QString::fromStdString(ops::title(node)); });
    row(tr("Module"), [](const ir::Node& node) { return QString::fromStdString(node.scope); });
    row(tr("Output"), [&](const ir::Node& node) {
        const ir::Value* value = graph.outputOf(node);
        return value ? shapeLabel(value->type) : QString();
    });
    for (const std::string& key : keys)
        row(QString::fromStdString(key), [&](const ir::Node& node) { return attributeText(node, key); });
    common->addRow({tr("MACs"), siText(static_cast<double>(macsOf(graph, m_input.nodes)), "MAC")});
}

} // namespace bpu::views
