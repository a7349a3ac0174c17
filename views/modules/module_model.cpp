// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/modules/module_model.h"

#include <algorithm>

namespace bpu::views {

void ModuleModel::setTree(ModuleTreePtr tree)
{
    beginResetModel();
    m_tree = std::move(tree);
    m_findings.clear();
    m_worst.clear();
    endResetModel();
}

/// Advice and undecided rules are no exception to mark: a badge stands for errors and warnings.
void ModuleModel::setFindings(const FindingListPtr& list)
{
    if (!m_tree)
        return;
    std::vector<int> counts(m_tree->entryOfNode.size());
    std::vector<signed char> worst(m_tree->entryOfNode.size(), -1);
    for (size_t i = 0; list && i < list->findings.size(); ++i) {
        const Finding& finding = list->findings[i];
        if (finding.node.index >= counts.size() || finding.severity < Severity::Warning || list->isIgnored(static_cast<int>(i)))
            continue;
        ++counts[finding.node.index];
        worst[finding.node.index] = std::max(worst[finding.node.index], static_cast<signed char>(finding.severity));
    }
    m_findings.assign(1, 0);
    m_worst.clear();
    for (const NodeId id : m_tree->nodes) {
        m_findings.push_back(m_findings.back() + counts[id.index]);
        m_worst.push_back(worst[id.index]);
    }
    emitAllChanged({});
}

/// One signal per open level is enough for views; they repaint what they show.
void ModuleModel::emitAllChanged(const QModelIndex& parent)
{
    const int rows = rowCount(parent);
    if (rows == 0)
        return;
    Q_EMIT dataChanged(index(0, 0, parent), index(rows - 1, 0, parent), {FindingsRole, SeverityRole});
    for (int row = 0; row < rows; ++row)
        emitAllChanged(index(row, 0, parent));
}

QModelIndex ModuleModel::indexOfNode(NodeId node) const
{
    if (!m_tree || node.index >= m_tree->entryOfNode.size())
        return {};
    return indexOf(m_tree->entryOfNode[node.index]);
}

QModelIndex ModuleModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    if (!parent.isValid())
        return indexOf(m_tree->root.get());
    return indexOf(entryOf(parent)->children[static_cast<size_t>(row)].get());
}

QModelIndex ModuleModel::parent(const QModelIndex& index) const
{
    return index.isValid() ? indexOf(entryOf(index)->parent) : QModelIndex();
}

int ModuleModel::rowCount(const QModelIndex& parent) const
{
    if (!m_tree)
        return 0;
    return parent.isValid() ? static_cast<int>(entryOf(parent)->children.size()) : 1;
}

QVariant ModuleModel::badge(const ModuleEntry& entry, int role) const
{
    if (m_findings.empty())
        return role == FindingsRole ? 0 : -1;
    if (role == FindingsRole)
        return m_findings[static_cast<size_t>(entry.lastNode)] - m_findings[static_cast<size_t>(entry.firstNode)];
    const auto begin = m_worst.begin() + entry.firstNode;
    const auto end = m_worst.begin() + entry.lastNode;
    return begin == end ? -1 : static_cast<int>(*std::max_element(begin, end));
}

QVariant ModuleModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const ModuleEntry& entry = *entryOf(index);
    switch (role) {
    case Qt::DisplayRole: return entry.name;
    case Qt::ToolTipRole: return entry.scope.empty() ? entry.name : QString::fromStdString(entry.scope);
    case Qt::AccessibleTextRole: return tr("%1, %2").arg(entry.name, data(index, OperatorRole).toString());
    case OperatorRole: return entry.isModule && entry.op.isEmpty() ? QString::number(entry.operators) : entry.op;
    case FindingsRole:
    case SeverityRole: return badge(entry, role);
    case ScopeRole: return entry.isModule ? QString::fromStdString(entry.scope) : QString();
    case SearchRole: return QString(entry.name + QLatin1Char(' ') + entry.op + QLatin1Char(' ') + QString::fromStdString(entry.scope));
    case NodesRole: {
        QList<quint32> nodes;
        for (int i = entry.firstNode; i < entry.lastNode; ++i)
            nodes.append(m_tree->nodes[static_cast<size_t>(i)].index);
        return QVariant::fromValue(nodes);
    }
    default: return {};
    }
}

} // namespace bpu::views
