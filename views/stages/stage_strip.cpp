// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/stages/stage_strip.h"

#include <QHBoxLayout>
#include <QPainter>

namespace bpu::views {

static constexpr int kHeight = 42;
static constexpr int kMark = 14;
static constexpr int kTextLeft = 34;
static constexpr int kChevron = 22;

StageTab::StageTab(const Theme& theme, const QString& name, bool last, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_last(last)
{
    setText(name);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    updateNames();
}

void StageTab::setInfo(const StageInfo& info)
{
    m_info = info;
    updateNames();
    updateGeometry();
    update();
}

void StageTab::setShown(bool current, bool underlined)
{
    m_current = current;
    m_underlined = underlined;
    updateNames();
    update();
}

static QString joined(const QString& a, const QString& b)
{
    return a.isEmpty() || b.isEmpty() ? a + b : a + QStringLiteral(", ") + b;
}

// Read out as name, state, fact.
void StageTab::updateNames()
{
    const QString states[] = {tr("not made"), tr("made"), tr("out of date"), tr("running"), tr("failed")};
    const QString state = m_current ? tr("on screen") : states[static_cast<size_t>(m_info.state)];
    setAccessibleName(joined(joined(text(), state), joined(m_info.fact, m_info.alert)));
    setToolTip(m_info.toolTip.isEmpty() ? joined(text(), state) : m_info.toolTip);
}

QSize StageTab::sizeHint() const
{
    const int name = QFontMetrics(m_theme.boldFont()).horizontalAdvance(text());
    const int fact = QFontMetrics(m_theme.hintFont()).horizontalAdvance(joined(m_info.fact, m_info.alert));
    return {kTextLeft + qMax(name, fact) + 12 + (m_last ? 0 : kChevron), kHeight};
}

QSize StageTab::minimumSizeHint() const
{
    const int name = QFontMetrics(m_theme.boldFont()).horizontalAdvance(text());
    const int alert = QFontMetrics(m_theme.hintFont()).horizontalAdvance(m_info.alert); // it is never cut
    return {kTextLeft + qMax(name, alert) + 12 + (m_last ? 0 : kChevron), kHeight};
}

void StageTab::paintState(QPainter& painter, const QRectF& rect) const
{
    using State = StageInfo::State;
    const QPointF center = rect.center();
    const auto ring = [&](Token token, Qt::PenStyle style = Qt::SolidLine) {
        painter.setPen(QPen(m_theme.color(token), 1.35, style, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(Qt::NoBrush);
    };
    if (m_current && m_info.state != State::Running && m_info.state != State::Failed) {
        ring(Token::Accent);
        painter.drawEllipse(rect);
        painter.setBrush(m_theme.color(Token::Accent));
        painter.drawEllipse(center, 3, 3);
        return;
    }
    switch (m_info.state) {
    case State::NotMade: {
        ring(Token::Strong);
        QPen pen = painter.pen();
        pen.setDashPattern({1.6, 2.2});
        painter.setPen(pen);
        painter.drawEllipse(rect);
        break;
    }
    case State::Made:
        ring(Token::Muted);
        painter.drawEllipse(rect);
        painter.drawPolyline(QPolygonF({center + QPointF(-3, 0.2), center + QPointF(-0.8, 2.4), center + QPointF(3.2, -2.2)}));
        break;
    case State::OutOfDate:
        ring(Token::Warning);
        painter.drawEllipse(rect);
        painter.drawPolyline(QPolygonF({center + QPointF(0, -3.6), center, center + QPointF(2.8, 1.4)}));
        break;
    case State::Running:
        ring(Token::Border);
        painter.drawEllipse(rect);
        ring(Token::Accent);
        painter.drawArc(rect, 90 * 16, -120 * 16);
        break;
    case State::Failed:
        ring(Token::Error);
        painter.drawEllipse(rect);
        painter.drawLine(center + QPointF(-2.4, -2.4), center + QPointF(2.4, 2.4));
        painter.drawLine(center + QPointF(2.4, -2.4), center + QPointF(-2.4, 2.4));
        break;
    }
}

void StageTab::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_current || m_underlined)
        painter.fillRect(rect(), m_theme.color(Token::Surface));
    else if (underMouse())
        painter.fillRect(rect(), m_theme.color(Token::Hover));
    if (m_current || m_underlined) {
        painter.fillRect(0, height() - 2, width(), 2, m_theme.color(Token::Accent));
        painter.fillRect(0, 0, 1, height(), m_theme.color(Token::Border));
        painter.fillRect(width() - 1, 0, 1, height(), m_theme.color(Token::Border));
    }
    paintState(painter, QRectF(11.5, (height() - kMark) / 2.0, kMark, kMark));

    const bool made = m_info.state != StageInfo::State::NotMade;
    const bool twoLines = !m_info.fact.isEmpty() || !m_info.alert.isEmpty();
    const int textWidth = width() - kTextLeft - (m_last ? 8 : kChevron);
    painter.setFont(made || m_current ? m_theme.boldFont() : m_theme.bodyFont());
    painter.setPen(m_theme.color(made || m_current ? Token::Text : Token::Muted));
    painter.drawText(QRect(kTextLeft, twoLines ? 5 : 0, textWidth, twoLines ? 17 : height()), Qt::AlignVCenter | Qt::AlignLeft, text());
    painter.setFont(m_theme.hintFont());
    painter.setPen(m_theme.color(Token::Muted));
    const QFontMetrics metrics = painter.fontMetrics();
    QString fact = m_info.fact + (m_info.fact.isEmpty() || m_info.alert.isEmpty() ? QString() : QStringLiteral(", "));
    // Without room for both the alert is what must stay.
    if (!m_info.alert.isEmpty() && metrics.horizontalAdvance(fact + m_info.alert) > textWidth)
        fact.clear();
    const QRect line(kTextLeft, 22, textWidth, 15);
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft, metrics.elidedText(fact, Qt::ElideRight, textWidth));
    painter.setPen(m_theme.severity(m_info.severity));
    const QRect rest = line.adjusted(metrics.horizontalAdvance(fact), 0, 0, 0);
    painter.drawText(rest, Qt::AlignVCenter | Qt::AlignLeft, metrics.elidedText(m_info.alert, Qt::ElideRight, rest.width()));

    if (!m_last) {
        painter.setPen(QPen(m_theme.color(Token::Muted), 1.35, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const QPointF tip(width() - 12, height() / 2.0);
        painter.drawPolyline(QPolygonF({tip + QPointF(-4, -4), tip, tip + QPointF(-4, 4)}));
    }
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.color(Token::Accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

StageStrip::StageStrip(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme), m_layout(new QHBoxLayout(this))
{
    setObjectName(QStringLiteral("stages"));
    setAccessibleName(tr("Stages"));
    setFixedHeight(kHeight);
    m_layout->setContentsMargins(8, 0, 8, 0);
    m_layout->setSpacing(4);
    const QString names[kCount] = {tr("Float"), tr("Fused"), tr("QAT"), tr("Quantized"), tr("Compiled")};
    for (int i = 0; i < kCount; ++i) {
        auto* tab = new StageTab(theme, names[i], i + 1 == kCount, this);
        tab->setObjectName(QStringLiteral("stage%1").arg(i + 1));
        connect(tab, &StageTab::clicked, this, [this, i] { Q_EMIT stageClicked(i); });
        m_layout->addWidget(tab);
        m_tabs[static_cast<size_t>(i)] = tab;
    }
    m_layout->addStretch(1);
}

void StageStrip::setStage(int index, const StageInfo& info)
{
    m_tabs[static_cast<size_t>(index)]->setInfo(info);
}

void StageStrip::setCurrent(int index, int second)
{
    m_current = index;
    for (int i = 0; i < kCount; ++i)
        m_tabs[static_cast<size_t>(i)]->setShown(i == index, i == index || i == second);
}

void StageStrip::addRight(QWidget* widget)
{
    m_layout->addWidget(widget, 0, Qt::AlignVCenter);
}

void StageStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Window));
    painter.fillRect(0, height() - 1, width(), 1, m_theme.color(Token::Border));
}

} // namespace bpu::views
