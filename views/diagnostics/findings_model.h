// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The rows of the diagnostics as an item model. A new answer is applied as a difference, so selection,
// scroll position and open groups stay.
#pragma once

#include "views/diagnostics/finding_tree.h"

#include <QAbstractItemModel>
#include <QList>

#include <memory>

namespace bpu::views {

class FindingsModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Mark, Where, Operator, Message, Found, Allowed, Advice, Other, Fix, ColumnCount };
    enum Role {
        SeverityRole = Qt::UserRole, ///< int of Severity
        IndexRole,                   ///< finding in the list; of a group the first
        GroupRole,                   ///< bool
        NodesRole,                   ///< QList<quint32>, the finding's node; for a group those of all its rows
        HasFixRole,                  ///< bool: the Fix cell is a button
    };

    explicit FindingsModel(QObject* parent = nullptr);
    ~FindingsModel() override;

    void setFindings(FindingListPtr list);
    void setGroupBy(GroupBy groupBy);
    void setFilter(const FindingFilter& filter);
    const FindingListPtr& findings() const { return m_list; }
    const FindingFilter& filter() const { return m_filter; }

    /// The row that shows the finding; a hidden one gives an invalid index.
    QModelIndex indexOf(int finding) const;
    /// The first row about the node, inside groups too.
    QModelIndex indexOfNode(NodeId node) const;
    /// Findings of the row and of what stands below it.
    QList<int> findingsOf(const QModelIndex& index) const;
    /// All rows that are findings, in the order shown: what F8 walks.
    QModelIndexList leaves() const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Entry;
    using Entries = std::vector<std::unique_ptr<Entry>>;

    const Entry* entryOf(const QModelIndex& index) const;
    QModelIndex indexOf(const Entry& entry, int column = 0) const;
    void rebuild();
    void update(Entry& parent, std::vector<FindingRow> next);
    void removeMissing(Entry& parent, const std::vector<FindingRow>& next);
    std::vector<bool> insertNew(Entry& parent, std::vector<FindingRow>& next);
    static std::unique_ptr<Entry> makeEntry(Entry* parent, FindingRow row);
    QString text(const Entry& entry, int column) const;
    QString groupText(const Entry& entry, int column) const;

    FindingListPtr m_list;
    GroupBy m_groupBy = GroupBy::Cause;
    FindingFilter m_filter;
    std::unique_ptr<Entry> m_root;
};

} // namespace bpu::views
