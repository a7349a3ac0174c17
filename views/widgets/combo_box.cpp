// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/combo_box.h"

#include <QHeaderView>
#include <QStandardItemModel>
#include <QStyleOptionComboBox>
#include <QStylePainter>
#include <QTreeView>

namespace bpu::views {

constexpr int kArrow = 22;   ///< width that the chevron takes at the right
constexpr int kIcon = 16;
constexpr int kPadding = 8;

ComboBox::ComboBox(const Theme& theme, QWidget* parent) : QComboBox(parent), m_theme(theme) {}

void ComboBox::paintEvent(QPaintEvent* event)
{
    QComboBox::paintEvent(event);
    QPainter painter(this);
    paintChevron(painter);
}

void ComboBox::paintChevron(QPainter& painter) const
{
    const QIcon icon = m_theme.icon(QLatin1StringView("chevron-down"), isEnabled() ? Token::Muted : Token::Disabled);
    icon.paint(&painter, width() - kArrow, (height() - kIcon) / 2, kIcon, kIcon);
}

MarchSelector::MarchSelector(const Theme& theme, QWidget* parent) : ComboBox(theme, parent)
{
    auto* rows = new QStandardItemModel(this);
    rows->setColumnCount(2);
    setModel(rows);
    auto* list = new QTreeView(this);
    list->setRootIsDecorated(false);
    list->setUniformRowHeights(true);
    list->setAllColumnsShowFocus(true);
    list->header()->hide();
    list->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    setView(list);
    setFocusPolicy(Qt::StrongFocus);
    connect(this, &QComboBox::activated, this, [this] { Q_EMIT marchChosen(currentMarch()); });
}

void MarchSelector::addMarch(const QString& title, const QString& board, const QString& name)
{
    auto* march = new QStandardItem(title);
    march->setData(name, Qt::UserRole);
    // What a screen reader says has to name the board, too.
    march->setData(QStringLiteral("%1, %2").arg(title, board), Qt::AccessibleTextRole);
    auto* beside = new QStandardItem(board);
    beside->setForeground(theme().color(Token::Muted));
    static_cast<QStandardItemModel*>(model())->appendRow({march, beside});
    updateGeometry();
}

QString MarchSelector::currentMarch() const
{
    return currentData().toString();
}

void MarchSelector::setCurrentMarch(const QString& name)
{
    setCurrentIndex(findData(name));
    setAccessibleDescription(board(currentIndex()));
}

QString MarchSelector::board(int row) const
{
    return row < 0 ? QString() : model()->index(row, 1).data().toString();
}

QSize MarchSelector::sizeHint() const
{
    int text = 0;
    for (int row = 0; row < count(); ++row)
        text = std::max(text, fontMetrics().horizontalAdvance(itemText(row)) + kPadding + fontMetrics().horizontalAdvance(board(row)));
    return {kPadding + kIcon + kPadding + text + kPadding + kArrow, 30};
}

/// Wide enough for both columns: a combo box asks the first one only.
void MarchSelector::showPopup()
{
    auto* list = static_cast<QTreeView*>(view());
    int columns = 2 * list->frameWidth();
    for (int column = 0; column < model()->columnCount(); ++column) {
        list->resizeColumnToContents(column);
        columns += list->columnWidth(column);
    }
    list->setMinimumWidth(std::max(width(), columns + kPadding));
    ComboBox::showPopup();
}

void MarchSelector::paintEvent(QPaintEvent*)
{
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    option.currentText.clear();
    option.currentIcon = {};
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    theme().icon(QLatin1StringView("compile")).paint(&painter, kPadding, (height() - kIcon) / 2, kIcon, kIcon);
    QRect rest = rect().adjusted(kPadding + kIcon + kPadding, 0, -kArrow, 0);
    painter.setPen(theme().color(Token::Text));
    painter.drawText(rest, Qt::AlignVCenter | Qt::AlignLeft, currentText());
    rest.adjust(fontMetrics().horizontalAdvance(currentText()) + kPadding, 0, 0, 0);
    painter.setPen(theme().color(Token::Muted));
    painter.drawText(rest, Qt::AlignVCenter | Qt::AlignLeft, board(currentIndex()));
    paintChevron(painter);
}

} // namespace bpu::views
