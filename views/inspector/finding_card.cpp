// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/inspector/finding_card.h"

#include "views/inspector/section.h"
#include "views/theme/marks.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace bpu::views {

FindingCard::FindingCard(const Theme& theme, const FindingList& list, int index, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_severity(list.findings[static_cast<size_t>(index)].severity)
{
    const Finding& finding = list.findings[static_cast<size_t>(index)];
    setObjectName(QStringLiteral("findingCard"));
    setAccessibleName(tr("%1: %2").arg(QString::fromStdString(std::string(bpu::name(m_severity))), QString::fromStdString(finding.message)));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 10, 8);
    layout->setSpacing(5);
    auto* head = new QHBoxLayout;
    auto* mark = new QLabel(this);
    mark->setPixmap(markIcon(m_severity, theme).pixmap(16, 16));
    head->addWidget(mark, 0, Qt::AlignTop);
    head->addWidget(textLabel(QString::fromStdString(finding.message), theme.boldFont(), theme.color(Token::Text), this), 1);
    layout->addLayout(head);
    layout->addLayout(facts(list, finding));
    if (!finding.advice.empty()) {
        QLabel* advice = textLabel(QString::fromStdString(finding.advice), theme.bodyFont(), theme.color(Token::Text), this);
        advice->setObjectName(QStringLiteral("advice"));
        advice->setText(QString::fromStdString(finding.advice)); // it may be code to copy: without the invisible places to break
        advice->setMinimumWidth(1);
        layout->addWidget(advice);
    }
    if (list.isIgnored(index))
        layout->addWidget(textLabel(tr("Ignored: %1").arg(QString::fromStdString(list.ignoredReason(index))), theme.hintFont(), theme.color(Token::Muted), this));
    layout->addLayout(buttons(list, finding, index));
}

QLayout* FindingCard::facts(const FindingList& list, const Finding& finding)
{
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 1);
    const auto add = [&](const QString& what, const std::string& value, const QFont& font) {
        if (value.empty())
            return;
        const int row = grid->rowCount();
        QLabel* label = textLabel(what, m_theme.bodyFont(), m_theme.color(Token::Muted), this);
        label->setWordWrap(false);
        grid->addWidget(label, row, 0, Qt::AlignTop);
        grid->addWidget(textLabel(figureText(value), font, m_theme.color(Token::Text), this), row, 1, Qt::AlignTop);
    };
    add(tr("Found"), finding.found, m_theme.monoFont());
    add(tr("Allowed"), finding.allowed, m_theme.monoFont());
    add(tr("On %1").arg(list.otherMarch), finding.otherMarch, m_theme.bodyFont());
    return grid;
}

QLayout* FindingCard::buttons(const FindingList& list, const Finding& finding, int index)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    const auto add = [&](const QString& label, const char* objectName, auto clicked) {
        auto* button = new QPushButton(label, this);
        button->setObjectName(QString::fromLatin1(objectName));
        button->setAccessibleName(tr("%1: %2").arg(label, QString::fromStdString(finding.where)));
        connect(button, &QPushButton::clicked, this, clicked);
        row->addWidget(button);
        return button;
    };
    if (const passes::FixPlan* plan = list.fixOf(index); plan && !list.isIgnored(index)) {
        QPushButton* apply = add(tr("Apply fix"), "applyFix", [this, index] { Q_EMIT applyClicked(index); });
        apply->setProperty("emphasis", QStringLiteral("filled"));
        apply->setToolTip(QString::fromStdString(plan->text));
        add(tr("Preview"), "previewFix", [this, index] { Q_EMIT previewClicked(index); });
    } else if (m_severity == Severity::Undecided) {
        add(tr("Set shape…"), "setShape", [this] { Q_EMIT shapeClicked(); });
    }
    add(list.isIgnored(index) ? tr("Take back") : tr("Ignore…"), "ignore", [this, index] { Q_EMIT ignoreClicked(index); });
    row->addStretch();
    return row;
}

void FindingCard::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(m_theme.color(Token::Border));
    painter.setBrush(m_theme.color(Token::Surface));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    painter.fillRect(QRect(0, 0, 3, height()), m_theme.severity(m_severity));
}

} // namespace bpu::views
