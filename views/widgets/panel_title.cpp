// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/panel_title.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

namespace bpu::views {

constexpr int kTitleHeight = 30;

PanelTitle::PanelTitle(const Theme& theme, const QString& text, QWidget* parent) : QWidget(parent), m_theme(theme), m_layout(new QHBoxLayout(this))
{
    setMinimumHeight(kTitleHeight);
    m_layout->setContentsMargins(12, 0, 6, 0);
    m_layout->setSpacing(2);
    auto* label = new QLabel(text, this);
    label->setFont(theme.boldFont());
    m_layout->addWidget(label);
    m_layout->addStretch();
}

QToolButton* PanelTitle::addButton(const QIcon& icon, const QString& tip)
{
    auto* button = new QToolButton(this);
    button->setIcon(icon);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setProperty("compact", true);
    m_layout->addWidget(button);
    return button;
}

void PanelTitle::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Window));
    painter.setPen(m_theme.color(Token::Border));
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
}

} // namespace bpu::views
