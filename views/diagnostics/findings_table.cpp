// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/findings_table.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QScopedValueRollback>

#include <algorithm>
#include <array>

namespace bpu::views {

// A column is as wide as its texts, within these bounds.
struct ColumnRule {
    int least;
    int most;
    int besides; ///< margins and marks
};
static constexpr std::array<ColumnRule, FindingsModel::ColumnCount> kColumns{{
    {56, 56, 0},     // mark
    {110, 260, 14},  // where
    {76, 170, 14},   // operator
    {190, 430, 14},  // finding
    {64, 150, 14},   // found
    {70, 170, 14},   // allowed
    {170, 340, 14},  // what to do
    {96, 220, 33},   // on the other march
    {40, 96, 26},    // fix
}};
static constexpr int kMeasuredRows = 40;

FindingsTable::FindingsTable(const Theme& theme, FindingsModel* model, QWidget* parent) : QTreeView(parent), m_theme(theme)
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
    connect(model, &QAbstractItemModel::headerDataChanged, this, &FindingsTable::fitColumns); // with every list
    fitColumns();
}

/// What the texts of the first rows take.
int FindingsTable::wantedWidth(int column) const
{
    const bool isMono = column == FindingsModel::Found || column == FindingsModel::Allowed;
    const QFontMetrics metrics(isMono ? m_theme.monoFont() : column == FindingsModel::Where ? m_theme.boldFont() : m_theme.bodyFont());
    int text = QFontMetrics(m_theme.hintFont()).horizontalAdvance(model()->headerData(column, Qt::Horizontal).toString());
    for (int row = 0; row < std::min(model()->rowCount(), kMeasuredRows); ++row)
        text = std::max(text, metrics.horizontalAdvance(model()->index(row, column).data().toString()));
    const ColumnRule& rule = kColumns[static_cast<size_t>(column)];
    return std::clamp(text + rule.besides, rule.least, rule.most);
}

/// What is left over goes to what to do; where the room is short, all give way by the same share of what they can.
void FindingsTable::fitColumns()
{
    if (m_widthsByHand)
        return;
    const QScopedValueRollback fitting(m_fitting, true);
    std::array<int, FindingsModel::ColumnCount> widths{};
    int wanted = 0;
    int least = 0;
    for (int i = 0; i < FindingsModel::ColumnCount; ++i) {
        widths[static_cast<size_t>(i)] = wantedWidth(i);
        wanted += widths[static_cast<size_t>(i)];
        least += kColumns[static_cast<size_t>(i)].least;
    }
    const int room = std::max(viewport()->width(), least);
    const double kept = wanted > room ? static_cast<double>(room - least) / (wanted - least) : 1;
    for (int i = 0; i < FindingsModel::ColumnCount; ++i) {
        const int fixed = kColumns[static_cast<size_t>(i)].least;
        const int extra = i == FindingsModel::Advice ? std::max(0, room - wanted) : 0;
        header()->resizeSection(i, fixed + static_cast<int>((widths[static_cast<size_t>(i)] - fixed) * kept) + extra);
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
