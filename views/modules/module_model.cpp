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
    endResetModel();
}

/// Advice and undecided rules are no exception to mark: a badge stands for errors and warnings.
void ModuleModel::setFindings(const FindingListPtr& list)
{
    if (!m_tree)
        return;
    std::vector<Counts> own(m_tree->entryOfNode.size());
    for (size_t i = 0; list && i < list->findings.size(); ++i) {
        const Finding& finding = list->findings[i];
        if (finding.node.index >= own.size() || finding.severity < Severity::Warning || list->isIgnored(static_cast<int>(i)))
            continue;
        ++(finding.severity == Severity::Error ? own[finding.node.index].errors : own[finding.node.index].warnings);
    }
    m_findings.assign(1, {});
    for (const NodeId id : m_tree->nodes)
        m_findings.push_back({m_findings.back().errors + own[id.index].errors, m_findings.back().warnings + own[id.index].warnings});
    // A signal for each of 50,000 levels would hold the window: the view that shows badges repaints on this one.
    Q_EMIT dataChanged(indexOf(m_tree->root.get()), indexOf(m_tree->root.get()), {FindingsRole, SeverityRole});
}

size_t ModuleModel::operatorCount() const
{
    return m_tree ? m_tree->nodes.size() : 0;
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

/// The mark of the worst severity, and how many findings of just that one: the mark says what is counted.
QVariant ModuleModel::badge(const ModuleEntry& entry, int role) const
{
    if (m_findings.empty())
        return role == FindingsRole ? 0 : -1;
    const Counts& first = m_findings[static_cast<size_t>(entry.firstNode)];
    const Counts& last = m_findings[static_cast<size_t>(entry.lastNode)];
    const int errors = last.errors - first.errors;
    const int warnings = last.warnings - first.warnings;
    if (role == FindingsRole)
        return errors > 0 ? errors : warnings;
    return errors > 0 ? static_cast<int>(Severity::Error) : warnings > 0 ? static_cast<int>(Severity::Warning) : -1;
}

QVariant ModuleModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const ModuleEntry& entry = *entryOf(index);
    switch (role) {
    case Qt::DisplayRole: return entry.name;
    case Qt::ToolTipRole: {
        const QString where = entry.scope.empty() ? entry.name : QString::fromStdString(entry.scope);
        return entry.op.isEmpty() ? where : tr("%1, %2").arg(where, entry.op);
    }
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
