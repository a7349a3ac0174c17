// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The list of findings with its header: severity toggles, grouping, filter, Apply all fixes. It shows the
// answers it is given and says what the user wants; findings are named by their index in the answer.
#pragma once

#include "views/diagnostics/findings_model.h"
#include "views/theme/theme.h"

#include <QWidget>

#include <array>

class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;

namespace bpu::views {

class ComboBox;
class FindingsTable;
class SeverityToggle;

class DiagnosticsPanel : public QWidget {
    Q_OBJECT
public:
    explicit DiagnosticsPanel(const Theme& theme, QWidget* parent = nullptr);

    /// The controls that stand in the tab row of the bottom dock.
    QWidget* header() const { return m_header; }
    /// Null: not checked yet. `operators` is what "54 operators checked" says.
    void setFindings(FindingListPtr list, size_t operators);
    /// What the button of the empty state does next ("Fuse"); empty hides it.
    void setNextStep(const QString& text);
    /// Shows the row about a node without telling anybody.
    void selectNode(NodeId node);
    /// The next (1) or previous (-1) finding; tells like a click.
    void selectNext(int step);
    /// The first row: the worst finding.
    void selectFirst();
    /// Findings of the current row.
    QList<int> currentFindings() const;
    FindingsModel& model() { return *m_model; }
    FindingsTable& tree() { return *m_tree; }

public Q_SLOTS:
    /// Lists all fixes and asks which.
    void applyAll();
    /// Asks for a reason.
    void ignoreCurrent();
    void fixCurrent();
    void previewCurrent();

Q_SIGNALS:
    void nodesPicked(const QList<quint32>& nodes);
    void activated();
    void previewRequested(int finding);
    void fixRequested(const QList<int>& findings);
    void ignoreRequested(const QList<int>& findings, const QString& reason);
    void shapeRequested();
    void nextStepRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildHeader();
    void buildTree();
    void buildEmptyState();
    void applyFilter();
    void updateHeader();
    void fix(const QModelIndex& index);

    const Theme& m_theme;
    FindingsModel* m_model;
    QWidget* m_header;
    std::array<SeverityToggle*, 4> m_toggles{};
    QPushButton* m_ignored = nullptr;
    QLabel* m_groupLabel = nullptr;
    ComboBox* m_groupBy = nullptr;
    QLineEdit* m_filter = nullptr;
    QPushButton* m_applyAll = nullptr;
    FindingsTable* m_tree = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_emptyMark = nullptr;
    QLabel* m_emptyText = nullptr;
    QPushButton* m_next = nullptr;
    size_t m_operators = 0;
    bool m_quiet = false; ///< a selection that was not the user's
};

} // namespace bpu::views
