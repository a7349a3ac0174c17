// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/message_bar.h"

#include "views/theme/marks.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace bpu::views {

MessageBar::MessageBar(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_text(new QLabel(this)), m_action(new QPushButton(this))
{
    auto* copy = new QPushButton(tr("Copy"), this);
    copy->setObjectName(QStringLiteral("copyMessage"));
    copy->setAccessibleName(tr("Copy the message"));
    auto* close = new QToolButton(this);
    close->setObjectName(QStringLiteral("closeMessage"));
    close->setIcon(theme.icon(QLatin1StringView("close")));
    close->setProperty("compact", true);
    close->setAccessibleName(tr("Close the message"));
    m_text->setTextFormat(Qt::PlainText); // it quotes names of files and of what is in them
    m_text->setWordWrap(true);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(34, 4, 8, 4);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_action);
    layout->addWidget(copy);
    layout->addWidget(close);
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_text->text()); });
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    connect(m_action, &QPushButton::clicked, this, &MessageBar::actionTriggered);
    hide();
}

void MessageBar::showMessage(Severity severity, const QString& text, const QString& action)
{
    m_severity = severity;
    m_text->setText(text);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    setAccessibleName(text);
    show();
    update();
}

QString MessageBar::text() const
{
    return m_text->text();
}

void MessageBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.severityTint(m_severity));
    painter.fillRect(QRect(0, 0, 3, height()), m_theme.severity(m_severity));
    painter.fillRect(QRect(0, height() - 1, width(), 1), m_theme.color(Token::Border));
    paintMark(painter, QRectF(12, (height() - 14) / 2.0, 14, 14), m_severity, m_theme);
}

} // namespace bpu::views
