// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/findings_delegate.h"

#include "views/diagnostics/findings_model.h"
#include "views/theme/marks.h"

#include <QMouseEvent>
#include <QPainter>

namespace bpu::views {

constexpr int kMargin = 6;
constexpr int kMarkSize = 14;

FindingsDelegate::FindingsDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}

QSize FindingsDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {40, std::max(kRowHeight, option.fontMetrics.height() + 6)};
}

static QRectF markRect(const QRect& cell, int left)
{
    return {static_cast<qreal>(left), cell.center().y() - kMarkSize / 2.0 + 0.5, kMarkSize, kMarkSize};
}

static QRect buttonRect(const QRect& cell)
{
    return cell.adjusted(4, 2, -6, -3);
}

void FindingsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
    if (selected || hovered)
        painter->fillRect(option.rect, m_theme.color(selected ? Token::Selection : Token::Hover));
    painter->setPen(m_theme.color(Token::Grid));
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    painter->setRenderHint(QPainter::Antialiasing);
    switch (index.column()) {
    case FindingsModel::Mark:
        paintMark(*painter, markRect(option.rect, option.rect.left() + 4), static_cast<Severity>(index.data(FindingsModel::SeverityRole).toInt()), m_theme);
        break;
    case FindingsModel::Other: paintOther(*painter, option, index); break;
    case FindingsModel::Fix: paintButton(*painter, option, index); break;
    default: paintText(*painter, option, index);
    }
    painter->restore();
}

void FindingsDelegate::paintText(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const int column = index.column();
    const bool isMono = column == FindingsModel::Found || column == FindingsModel::Allowed;
    const bool isMuted = column == FindingsModel::Operator;
    QFont font = isMono ? m_theme.monoFont() : m_theme.bodyFont();
    if (column == FindingsModel::Where)
        font = m_theme.boldFont();
    painter.setFont(font);
    painter.setPen(m_theme.color(isMuted && !selected ? Token::Muted : Token::Text));
    const QRect rect = option.rect.adjusted(kMargin, 0, -kMargin, 0);
    const Qt::TextElideMode elide = column == FindingsModel::Where ? Qt::ElideMiddle : Qt::ElideRight;
    const QString text = QFontMetrics(font).elidedText(index.data().toString(), elide, rect.width());
    painter.drawText(rect, Qt::AlignVCenter | Qt::AlignLeft, text);
}

/// The verdict of the other march as a mark: a tick when it is allowed there.
void FindingsDelegate::paintOther(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QString text = index.data().toString();
    QRect rect = option.rect.adjusted(kMargin, 0, -kMargin, 0);
    if (!text.isEmpty()) {
        const QRectF mark = markRect(option.rect, rect.left()).adjusted(1, 1, -1, -1);
        const auto own = static_cast<Severity>(index.data(FindingsModel::SeverityRole).toInt());
        if (text.contains(QLatin1String("not stated")))
            paintMark(painter, mark, Severity::Warning, m_theme);
        else if (text.startsWith(QLatin1String("allowed")) || text.contains(QLatin1String("kept")))
            paintTick(painter, mark, m_theme);
        else
            paintMark(painter, mark, own, m_theme);
        rect.setLeft(rect.left() + kMarkSize + 5);
    }
    painter.setFont(m_theme.bodyFont());
    painter.setPen(m_theme.color(option.state.testFlag(QStyle::State_Selected) ? Token::Text : Token::Muted));
    painter.drawText(rect, Qt::AlignVCenter | Qt::AlignLeft, option.fontMetrics.elidedText(text, Qt::ElideRight, rect.width()));
}

void FindingsDelegate::paintButton(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QString text = index.data().toString();
    painter.setFont(m_theme.hintFont());
    const QRect rect = buttonRect(option.rect);
    const bool isButton = index.data(FindingsModel::HasFixRole).toBool();
    if (isButton) {
        painter.setPen(m_theme.color(Token::Strong));
        painter.setBrush(m_theme.color(Token::Surface));
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    }
    painter.setPen(m_theme.color(isButton || option.state.testFlag(QStyle::State_Selected) ? Token::Text : Token::Muted));
    painter.drawText(rect, Qt::AlignCenter, QFontMetrics(m_theme.hintFont()).elidedText(text, Qt::ElideRight, rect.width() - 4));
}

bool FindingsDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const bool isFix = index.column() == FindingsModel::Fix && index.data(FindingsModel::HasFixRole).toBool();
    if (!isFix || event->type() != QEvent::MouseButtonRelease)
        return QStyledItemDelegate::editorEvent(event, model, option, index);
    const auto* mouse = static_cast<QMouseEvent*>(event);
    if (mouse->button() != Qt::LeftButton || !buttonRect(option.rect).contains(mouse->position().toPoint()))
        return false;
    Q_EMIT fixClicked(index);
    return true;
}

} // namespace bpu::views
