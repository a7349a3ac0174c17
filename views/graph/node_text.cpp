// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/node_text.h"

#include <QCoreApplication>
#include <QStringList>

namespace bpu::views {

static QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

QString shapeOf(const ir::Value& value)
{
    return text(ir::shapeText(value.type)).replace(QLatin1Char('x'), QChar(0xd7));
}

static QString titleOf(const GraphScene& scene, NodeId node)
{
    if (const int item = scene.itemOf(node); item >= 0)
        for (const layout::Row& row : scene.item(item).rows)
            if (row.node == node)
                return text(row.title);
    return text(ops::title(scene.graph()->node(node)));
}

QString spokenNode(const GraphScene& scene, NodeId id)
{
    const ir::Node* node = scene.graph() ? scene.graph()->find(id) : nullptr;
    if (!node)
        return QCoreApplication::translate("GraphView", "Graph");
    QString spoken = titleOf(scene, id) + QStringLiteral(", ") + text(node->name);
    if (const Finding* finding = scene.finding(id)) {
        spoken += QStringLiteral(", %1: %2").arg(text(name(finding->severity)), text(finding->message));
        if (!finding->found.empty() && !finding->allowed.empty())
            spoken += QCoreApplication::translate("GraphView", ", found %1, allowed %2").arg(text(finding->found), text(finding->allowed));
    }
    return spoken;
}

static QString shapes(const ir::Graph& graph, const std::vector<ValueId>& values)
{
    QStringList all;
    for (const ValueId id : values)
        if (const ir::Value* value = graph.find(id); value && !value->isConstant())
            all.append(shapeOf(*value));
    return all.join(QStringLiteral(", "));
}

QString nodeToolTip(const GraphScene& scene, NodeId id)
{
    const ir::Node* node = scene.graph() ? scene.graph()->find(id) : nullptr;
    if (!node)
        return {};
    QStringList lines{text(node->name)};
    for (const ir::Origin& origin : node->origins) {
        lines.append(text(origin.what));
        if (!origin.file.empty())
            lines.append(text(origin.file) + (origin.line > 0 ? QStringLiteral(":%1").arg(origin.line) : QString()));
    }
    lines.append(shapes(*scene.graph(), node->inputs) + QStringLiteral(" ") + QChar(0x2192) + QStringLiteral(" ")
                 + shapes(*scene.graph(), node->outputs));
    if (const Finding* finding = scene.finding(id))
        lines.append(text(finding->message));
    lines.removeDuplicates();
    return lines.join(QLatin1Char('\n')).toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
}

} // namespace bpu::views
