// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Item model over a ModuleTree, with the findings of each entry counted in.
#pragma once

#include "views/modules/module_tree.h"
#include "views/widgets/finding_list.h"

#include <QAbstractItemModel>
#include <QList>

namespace bpu::views {

class ModuleModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        OperatorRole = Qt::UserRole, ///< muted text at the right
        FindingsRole,                ///< int: how many findings of SeverityRole are below
        SeverityRole,                ///< int of the worst Severity, an error or a warning; -1 for neither
        NodesRole,                   ///< QList<quint32>
        ScopeRole,                   ///< QString, path of a module; empty for operators
        SearchRole,                  ///< QString that the filter looks at
    };

    explicit ModuleModel(QObject* parent = nullptr) : QAbstractItemModel(parent) {}

    void setTree(ModuleTreePtr tree);
    /// Says dataChanged for the root alone; the badges of all rows below change with it.
    void setFindings(const FindingListPtr& list);
    size_t operatorCount() const;
    QModelIndex indexOfNode(NodeId node) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& = {}) const override { return 1; }
    QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Counts {
        int errors = 0;
        int warnings = 0;
    };

    const ModuleEntry* entryOf(const QModelIndex& index) const { return static_cast<const ModuleEntry*>(index.constInternalPointer()); }
    QModelIndex indexOf(const ModuleEntry* entry) const { return entry ? createIndex(entry->row, 0, entry) : QModelIndex(); }
    QVariant badge(const ModuleEntry& entry, int role) const;

    ModuleTreePtr m_tree;
    std::vector<Counts> m_findings; ///< running sums over tree->nodes
};

} // namespace bpu::views
