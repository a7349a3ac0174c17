// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/bottom_pane.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace bpu::gui {

BottomPane::BottomPane(const views::Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_tabs(new QTabBar(this)), m_row(new QHBoxLayout), m_pages(new QStackedWidget(this)), m_fold(new QToolButton(this))
{
    setObjectName(QStringLiteral("bottom"));
    m_tabs->setObjectName(QStringLiteral("bottomTabs"));
    m_tabs->setAccessibleName(tr("Bottom panel"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_row->setContentsMargins(4, 0, 4, 0);
    m_row->setSpacing(4);
    m_row->addWidget(m_tabs);
    m_row->addStretch();
    m_fold->setObjectName(QStringLiteral("foldBottom"));
    m_fold->setProperty("compact", true);
    m_fold->setToolTip(tr("Fold or open the bottom panel"));
    m_fold->setAccessibleName(m_fold->toolTip());
    m_row->addWidget(m_fold);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 1, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(m_row);
    layout->addWidget(m_pages, 1);
    connect(m_tabs, &QTabBar::currentChanged, this, [this](int index) {
        m_pages->setCurrentIndex(index);
        for (qsizetype i = 0; i < m_controls.size(); ++i)
            if (m_controls[i])
                m_controls[i]->setVisible(i == index && !m_folded);
    });
    connect(m_tabs, &QTabBar::tabBarClicked, this, [this] { setFolded(false); });
    connect(m_fold, &QToolButton::clicked, this, [this] { setFolded(!m_folded); });
    setFolded(false);
}

int BottomPane::addPage(QWidget* page, const QString& title, QWidget* controls)
{
    m_controls.append(controls);
    m_pages->addWidget(page);
    if (controls) {
        m_row->insertWidget(m_row->count() - 1, controls);
        controls->setVisible(m_controls.size() == 1);
    }
    return m_tabs->addTab(title);
}

void BottomPane::setNote(int index, const QString& title, const QString& note)
{
    m_tabs->setTabText(index, note.isEmpty() ? title : QStringLiteral("%1  %2").arg(title, note));
}

void BottomPane::show(int index)
{
    setFolded(false);
    m_tabs->setCurrentIndex(index);
}

int BottomPane::current() const
{
    return m_tabs->currentIndex();
}

void BottomPane::setFolded(bool folded)
{
    const bool isChange = folded != m_folded;
    m_folded = folded;
    m_pages->setHidden(folded);
    for (qsizetype i = 0; i < m_controls.size(); ++i)
        if (m_controls[i])
            m_controls[i]->setVisible(!folded && i == m_tabs->currentIndex());
    setMinimumHeight(folded ? kFoldedHeight : 120);
    setMaximumHeight(folded ? kFoldedHeight : QWIDGETSIZE_MAX);
    m_fold->setIcon(m_theme.icon(folded ? QLatin1StringView("chevron-right") : QLatin1StringView("chevron-down"), views::Token::Muted));
    if (isChange && folded)
        m_pages->updateGeometry();
    if (isChange)
        Q_EMIT foldedChanged(folded);
}

void BottomPane::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(views::Token::Window));
    painter.setPen(m_theme.color(views::Token::Border));
    painter.drawLine(rect().topLeft(), rect().topRight());
}

} // namespace bpu::gui
