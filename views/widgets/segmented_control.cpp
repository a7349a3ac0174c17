// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/segmented_control.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

namespace bpu::views {

static constexpr int kHeight = 24;
static constexpr int kPadding = 10;
static constexpr int kIcon = 16;

SegmentedControl::SegmentedControl(const Theme& theme, const QString& name, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->setSpacing(0);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(name);
}

int SegmentedControl::addSegment(const QString& text, QLatin1StringView icon)
{
    auto* segment = new Segment(m_theme, text, icon, this);
    const int index = count();
    segment->setAccessibleName(QStringLiteral("%1: %2").arg(accessibleName(), text));
    segment->setChecked(index == 0);
    connect(segment, &Segment::clicked, this, [this, index] {
        setCurrent(index);
        Q_EMIT chosen(index);
    });
    layout()->addWidget(segment);
    m_segments.append(segment);
    return index;
}

void SegmentedControl::setSegmentEnabled(int index, bool enabled, const QString& toolTip)
{
    m_segments[index]->setEnabled(enabled);
    m_segments[index]->setToolTip(toolTip);
}

void SegmentedControl::setCompact(bool compact)
{
    for (Segment* segment : m_segments)
        segment->setCompact(compact);
}

void SegmentedControl::setCurrent(int index)
{
    for (int i = 0; i < count(); ++i)
        m_segments[i]->setChecked(i == index);
    update();
}

int SegmentedControl::current() const
{
    for (int i = 0; i < count(); ++i)
        if (m_segments[i]->isChecked())
            return i;
    return -1;
}

void SegmentedControl::keyPressEvent(QKeyEvent* event)
{
    const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    for (int i = current() + step; step != 0 && i >= 0 && i < count(); i += step) {
        if (!m_segments[i]->isEnabled())
            continue;
        m_segments[i]->setFocus();
        m_segments[i]->click();
        return;
    }
    QWidget::keyPressEvent(event);
}

void SegmentedControl::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(m_theme.color(Token::Strong));
    painter.setBrush(m_theme.color(Token::Surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
}

Segment::Segment(const Theme& theme, const QString& text, QLatin1StringView icon, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme)
{
    setText(text);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    if (icon.isEmpty())
        return;
    m_icon = theme.icon(icon);
    m_accentIcon = theme.icon(icon, Token::Accent);
}

QFont Segment::font(bool bold) const
{
    QFont font = m_theme.hintFont();
    font.setBold(bold);
    return font;
}

// As wide as its bold form, so that choosing does not move the others.
QSize Segment::sizeHint() const
{
    const int icon = m_icon.isNull() ? 0 : kIcon + 6;
    const int words = hasText() ? QFontMetrics(font(true)).horizontalAdvance(text()) : -6;
    return {words + icon + 2 * kPadding, kHeight};
}

void Segment::setCompact(bool compact)
{
    m_compact = compact;
    updateGeometry();
    update();
}

/// Without its text the tool tip says what it is.
bool Segment::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || hasText())
        return QAbstractButton::event(event);
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), toolTip().isEmpty() ? text() : tr("%1: %2").arg(text(), toolTip()), this);
    return true;
}

// A button would only move the focus with an arrow key; the control chooses with it.
void Segment::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right)
        event->ignore();
    else
        QAbstractButton::keyPressEvent(event);
}

void Segment::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF area = QRectF(rect());
    if (isChecked())
        painter.fillRect(area, m_theme.color(Token::AccentTint));
    else if (isEnabled() && underMouse())
        painter.fillRect(area, m_theme.color(Token::Hover));
    if (x() > 1)
        painter.fillRect(QRectF(0, 0, 1, height()), m_theme.color(Token::Border));
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.color(Token::Accent), 2));
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 3, 3);
    }
    painter.setFont(font(isChecked()));
    const int icon = m_icon.isNull() ? 0 : kIcon + 6;
    const int content = hasText() ? icon + painter.fontMetrics().horizontalAdvance(text()) : kIcon;
    const int left = (width() - content) / 2;
    if (icon > 0) {
        const QIcon::Mode mode = isEnabled() ? QIcon::Normal : QIcon::Disabled;
        (isChecked() ? m_accentIcon : m_icon).paint(&painter, QRect(left, (height() - kIcon) / 2, kIcon, kIcon), Qt::AlignCenter, mode);
    }
    if (!hasText())
        return;
    painter.setPen(m_theme.color(!isEnabled() ? Token::Disabled : isChecked() ? Token::Accent : Token::Text));
    painter.drawText(QRect(left + icon, 0, width(), height()), Qt::AlignVCenter | Qt::AlignLeft, text());
}

} // namespace bpu::views
