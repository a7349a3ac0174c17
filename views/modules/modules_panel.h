// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The tree of modules at the left: what is where, with the findings of each module.
#pragma once

#include "views/modules/module_model.h"
#include "views/theme/theme.h"

#include <QWidget>

class QLineEdit;
class QSortFilterProxyModel;
class QTreeView;

namespace bpu::views {

class ModulesPanel : public QWidget {
    Q_OBJECT
public:
    explicit ModulesPanel(const Theme& theme, QWidget* parent = nullptr);

    void setTree(ModuleTreePtr tree);
    void setFindings(const FindingListPtr& list);
    /// Without telling anybody. Opens the way to it.
    void selectNode(NodeId node);
    ModuleModel& model() { return *m_model; }
    QTreeView& tree() { return *m_tree; }

Q_SIGNALS:
    void nodesPicked(const QList<quint32>& nodes);
    /// Enter or double click on a module.
    void moduleToggled(const QString& scope);
    /// Enter or double click on an operator.
    void nodeActivated(quint32 node);
    void locateRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void buildTitle();
    void activate(const QModelIndex& index);
    void setFilter(const QString& text);

    const Theme& m_theme;
    ModuleModel* m_model;
    QSortFilterProxyModel* m_proxy;
    QTreeView* m_tree;
    QLineEdit* m_filter;
    bool m_quiet = false;
};

} // namespace bpu::views
