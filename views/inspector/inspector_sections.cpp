// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The sections about one node.
#include "views/inspector/finding_card.h"
#include "views/inspector/inspector.h"
#include "views/inspector/section.h"

#include "core/ir/bodies.h"
#include "core/ops/op_spec.h"

#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QVBoxLayout>

#include <array>

namespace bpu::views {

constexpr size_t kMaxRows = 60; ///< of a variadic operator's tensors

void Inspector::addHeader(const ir::Node& node)
{
    auto* header = new QWidget(m_content);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(12, 10, 12, 10);
    row->setSpacing(8);
    auto* stripe = new QWidget(header);
    stripe->setFixedWidth(5);
    stripe->setAttribute(Qt::WA_StyledBackground);
    stripe->setStyleSheet(QStringLiteral("background: %1").arg(m_theme.family(ops::familyOf(node)).name()));
    row->addWidget(stripe);
    auto* column = new QVBoxLayout;
    column->setSpacing(2);
    QFont big = m_theme.boldFont();
    big.setPixelSize(14);
    const auto add = [&](const QString& text, const QFont& font, Token color, const char* objectName) {
        QLabel* label = textLabel(text, font, m_theme.color(color), header);
        label->setObjectName(QString::fromLatin1(objectName));
        column->addWidget(label);
    };
    add(QString::fromStdString(ops::title(node)), big, Token::Text, "operator");
    add(QString::fromStdString(node.name), m_theme.bodyFont(), Token::Muted, "nodeName");
    add(QString::fromStdString(ops::qualifiedName(node)), m_theme.monoFont(), Token::Muted, "origin");
    for (const ir::Origin& origin : node.origins)
        if (!origin.file.empty()) {
            add(QStringLiteral("%1:%2").arg(QString::fromStdString(origin.file)).arg(origin.line), m_theme.bodyFont(), Token::Accent, "source");
            break;
        }
    row->addLayout(column, 1);
    m_column->addWidget(header);
}

void Inspector::askReason(int finding)
{
    if (m_input.findings->isIgnored(finding)) {
        Q_EMIT ignoreRequested({finding}, QString());
        return;
    }
    auto* dialog = new QInputDialog(this);
    dialog->setObjectName(QStringLiteral("ignoreReason"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Ignore 1 finding"));
    dialog->setLabelText(tr("Why is this no problem here?"));
    connect(dialog, &QInputDialog::textValueSelected, this, [this, finding](const QString& reason) {
        if (!reason.trimmed().isEmpty())
            Q_EMIT ignoreRequested({finding}, reason.trimmed());
    });
    dialog->show();
}

void Inspector::addFindings(NodeId node)
{
    std::vector<int> own;
    for (size_t i = 0; m_input.findings && i < m_input.findings->findings.size(); ++i)
        if (m_input.findings->findings[i].node == node)
            own.push_back(static_cast<int>(i));
    if (own.empty())
        return;
    Section* section = addSection(QStringLiteral("findings"), tr("Findings"), QString::number(own.size()));
    for (const int index : own) {
        auto* card = new FindingCard(m_theme, *m_input.findings, index, section);
        connect(card, &FindingCard::applyClicked, this, [this](int finding) { Q_EMIT fixRequested({finding}); });
        connect(card, &FindingCard::previewClicked, this, &Inspector::previewRequested);
        connect(card, &FindingCard::shapeClicked, this, &Inspector::shapeRequested);
        connect(card, &FindingCard::ignoreClicked, this, &Inspector::askReason);
        section->addWidget(card);
    }
}

static int markOf(passes::RuleResult::State state)
{
    using State = passes::RuleResult::State;
    switch (state) {
    case State::Kept: return Section::kTick;
    case State::Broken: return static_cast<int>(Severity::Error);
    case State::Risk: return static_cast<int>(Severity::Warning);
    case State::Undecided: return static_cast<int>(Severity::Undecided);
    case State::Info: return static_cast<int>(Severity::Advice);
    }
    return Section::kNoMark;
}

void Inspector::addRules(const ir::Node& node)
{
    if (!m_input.march)
        return;
    using State = passes::RuleResult::State;
    const std::vector<passes::RuleResult> rules = passes::explainRules(*m_input.graph, node.id, *m_input.march, m_input.options);
    if (rules.empty())
        return;
    std::array<int, 5> counts{};
    for (const passes::RuleResult& rule : rules)
        ++counts[static_cast<size_t>(rule.state)];
    const auto of = [&](State state) { return counts[static_cast<size_t>(state)]; };
    QStringList note;
    if (of(State::Broken) > 0)
        note << tr("%1 broken").arg(of(State::Broken));
    note << tr("%1 kept").arg(of(State::Kept));
    if (of(State::Undecided) > 0)
        note << tr("%1 open").arg(of(State::Undecided));
    Section* section = addSection(QStringLiteral("rules"), tr("Rules on %1").arg(QString::fromStdString(m_input.march->title())), note.join(QStringLiteral(", ")));
    for (const passes::RuleResult& rule : rules) {
        // A remark of the table has no number to compare: its sentence is the row.
        const bool isRemark = rule.state == State::Info;
        section->addRow(isRemark ? QStringList{QString::fromStdString(rule.text)}
                                 : QStringList{QString::fromStdString(rule.label), figureText(rule.found), figureText(rule.allowed)},
                        markOf(rule.state), QString::fromStdString(rule.text));
    }
}

void Inspector::addTensors(const ir::Node& node)
{
    const ir::Graph& graph = *m_input.graph;
    Section* section = addSection(QStringLiteral("tensors"), tr("Tensors"));
    size_t rows = 0;
    const auto add = [&](const QString& what, ValueId id, NodeId target) {
        const ir::Value* value = graph.find(id);
        if (!value || ++rows > kMaxRows)
            return;
        section->addLinkRow(what, QString::fromStdString(value->name), target.isValid() ? QString::number(target.index) : QString(), {shapeLabel(value->type), dtypeLabel(*value)});
    };
    const ops::OpSpec* spec = ops::find(node.op);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ir::Value* value = graph.inputOf(node, i);
        const bool isNamed = spec && i < spec->inputs.size() && node.inputs.size() > 1;
        add(isNamed ? QString::fromStdString(std::string(spec->inputs[i])) : tr("in"), node.inputs[i], value ? value->producer : NodeId{});
    }
    for (const ValueId id : node.outputs) {
        const ir::Value* value = graph.find(id);
        add(tr("out"), id, value && !value->users.empty() ? value->users.front().node : NodeId{});
    }
    if (rows > kMaxRows)
        section->addText(tr("and %1 more").arg(rows - kMaxRows));
}

void Inspector::addBodies(const ir::Node& node)
{
    const std::vector<ir::Body> bodies = ir::bodiesOf(node);
    if (bodies.empty())
        return;
    auto* section = new Section(m_theme, QStringLiteral("bodies"), tr("Inside"), QString::number(bodies.size()), m_content);
    connect(section, &Section::linkActivated, this, [this, id = node.id](const QString& attribute) { Q_EMIT bodyLinked(id.index, attribute); });
    m_column->addWidget(section);
    for (const ir::Body& body : bodies) {
        const QString name = QString::fromStdString(body.attribute);
        section->addLinkRow(tr("open"), name, name, {body.graph->nodeCount() == 1 ? tr("1 operator") : tr("%1 operators").arg(countText(static_cast<int64_t>(body.graph->nodeCount())))});
    }
}

void Inspector::addAttributes(const ir::Node& node)
{
    if (node.attributes.size() == ir::bodiesOf(node).size())
        return;
    Section* section = addSection(QStringLiteral("attributes"), tr("Attributes"));
    for (const auto& attribute : node.attributes)
        if (!std::holds_alternative<ir::GraphPtr>(attribute.second))
            section->addRow({QString::fromStdString(attribute.first), attributeText(node, attribute.first)});
}

void Inspector::addOrigins(const ir::Node& node)
{
    if (node.origins.size() < 2)
        return;
    const bool isFused = m_input.graph->stage() != ir::Stage::Float;
    Section* section = addSection(QStringLiteral("origins"), isFused ? tr("Fused from") : tr("Made from"), QString::number(node.origins.size()));
    for (size_t i = 0; i < node.origins.size() && i < kMaxRows; ++i)
        section->addRow({QString::fromStdString(node.origins[i].what), QString::fromStdString(node.origins[i].name)});
}

void Inspector::addCost(const ir::Node& node)
{
    const std::optional<ops::Cost> cost = ops::cost(*m_input.graph, node);
    Section* section = addSection(QStringLiteral("cost"), tr("Cost"), cost ? QString() : tr("unknown until the input has a shape"));
    if (!cost)
        return;
    if (cost->macs > 0)
        section->addRow({tr("MACs"), countText(cost->macs)});
    if (cost->ops > 0)
        section->addRow({tr("Other operations"), countText(cost->ops)});
    section->addRow({tr("Read / written"), QStringLiteral("%1 / %2").arg(bytesText(cost->readBytes), bytesText(cost->writtenBytes))});
}

} // namespace bpu::views
