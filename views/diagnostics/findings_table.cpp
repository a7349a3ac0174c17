// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/findings_table.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QScopedValueRollback>

#include <algorithm>
#include <array>

namespace bpu::views {

// Width that a column always has, and its share of what is left.
struct ColumnRule {
    int least;
    int share;
};
static constexpr std::array<ColumnRule, FindingsModel::ColumnCount> kColumns{{
    {56, 0},    // mark
    {110, 12},  // where
    {100, 6},   // operator
    {190, 30},  // finding
    {84, 6},    // found
    {100, 6},   // allowed
    {170, 30},  // what to do
    {96, 10},   // on the other march
    {74, 0},    // fix
}};

FindingsTable::FindingsTable(const Theme& theme, FindingsModel* model, QWidget* parent) : QTreeView(parent)
{
    auto* delegate = new FindingsDelegate(theme, this);
    setModel(model);
    setItemDelegate(delegate);
    setUniformRowHeights(true);
    setIndentation(16);
    setMouseTracking(true);
    setAllColumnsShowFocus(true);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    header()->setFont(theme.hintFont());
    header()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header()->setStretchLastSection(false);
    header()->setMinimumSectionSize(40);
    connect(delegate, &FindingsDelegate::fixClicked, this, &FindingsTable::fixClicked);
    connect(header(), &QHeaderView::sectionResized, this, [this] { m_widthsByHand = m_widthsByHand || !m_fitting; });
    fitColumns();
}

void FindingsTable::fitColumns()
{
    if (m_widthsByHand)
        return;
    const QScopedValueRollback fitting(m_fitting, true);
    int least = 0;
    int shares = 0;
    for (const ColumnRule& column : kColumns) {
        least += column.least;
        shares += column.share;
    }
    const int rest = std::max(0, viewport()->width() - least);
    for (int i = 0; i < FindingsModel::ColumnCount; ++i) {
        const ColumnRule& column = kColumns[static_cast<size_t>(i)];
        header()->resizeSection(i, column.least + rest * column.share / shares);
    }
}

void FindingsTable::resizeEvent(QResizeEvent* event)
{
    QTreeView::resizeEvent(event);
    fitColumns();
}

void FindingsTable::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter: Q_EMIT activatedByKey(); return;
    case Qt::Key_Space: Q_EMIT previewWanted(); return;
    case Qt::Key_Delete: Q_EMIT ignoreWanted(); return;
    default: QTreeView::keyPressEvent(event);
    }
}

} // namespace bpu::views
