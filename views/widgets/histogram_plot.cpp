// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/histogram_plot.h"

#include "views/widgets/model_facts.h"

#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bpu::views {

constexpr int kAxis = 20;         ///< height of the numbers below
constexpr double kSteep = 12;     ///< from this ratio of the highest bin to the mean one on, heights are logarithms

QString numberText(double number)
{
    if (std::isnan(number))
        return QStringLiteral("nan");
    if (std::isinf(number))
        return number > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
    return QLocale::c().toString(number == 0 ? 0.0 : number, 'g', 4);
}

HistogramPlot::HistogramPlot(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setObjectName(QStringLiteral("histogram"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void HistogramPlot::setData(const QString& what, passes::Histogram bars, passes::Histogram outline)
{
    m_bars = std::move(bars);
    m_outline = std::move(outline);
    m_most = 0;
    uint64_t sum = 0;
    size_t filled = 0;
    for (const auto* counts : {&m_bars.counts, &m_outline.counts})
        for (const uint64_t count : *counts) {
            m_most = std::max(m_most, count);
            sum += count;
            filled += count > 0;
        }
    m_isLogarithmic = filled > 0 && static_cast<double>(m_most) * static_cast<double>(filled) > kSteep * static_cast<double>(sum);
    setAccessibleName(sum == 0 ? tr("%1: no finite numbers").arg(what)
                               : tr("%1: %2 numbers from %3 to %4").arg(what, countText(static_cast<int64_t>(sum)), numberText(m_bars.low), numberText(m_bars.high)));
    update();
}

QRectF HistogramPlot::plotRect() const
{
    return QRectF(rect()).adjusted(1, 4, -1, -kAxis);
}

double HistogramPlot::heightOf(uint64_t count) const
{
    if (count == 0 || m_most == 0)
        return 0;
    if (!m_isLogarithmic)
        return static_cast<double>(count) / static_cast<double>(m_most);
    return std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(m_most));
}

void HistogramPlot::paintBars(QPainter& painter, const QRectF& plot) const
{
    QColor fill = m_theme.color(Token::Accent);
    fill.setAlphaF(m_outline.counts.empty() ? 0.75F : 0.35F);
    const double width = plot.width() / static_cast<double>(m_bars.counts.size());
    for (size_t i = 0; i < m_bars.counts.size(); ++i) {
        const double height = heightOf(m_bars.counts[i]) * plot.height();
        if (height > 0) {
            const double left = std::round(plot.left() + width * static_cast<double>(i));
            const double right = std::round(plot.left() + width * static_cast<double>(i + 1));
            painter.fillRect(QRectF(left, plot.bottom() - std::max(height, 1.0), std::max(1.0, right - left - (width > 5 ? 1 : 0)), std::max(height, 1.0)), fill);
        }
    }
}

void HistogramPlot::paintOutline(QPainter& painter, const QRectF& plot) const
{
    if (m_outline.counts.empty())
        return;
    const double width = plot.width() / static_cast<double>(m_outline.counts.size());
    QPainterPath path(plot.bottomLeft());
    for (size_t i = 0; i < m_outline.counts.size(); ++i) {
        const double y = plot.bottom() - heightOf(m_outline.counts[i]) * plot.height();
        path.lineTo(plot.left() + width * static_cast<double>(i), y);
        path.lineTo(plot.left() + width * static_cast<double>(i + 1), y);
    }
    path.lineTo(plot.bottomRight());
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_theme.color(Token::FamilyQuant), 1.5));
    painter.drawPath(path);
}

void HistogramPlot::paintAxis(QPainter& painter, const QRectF& plot) const
{
    painter.setPen(m_theme.color(Token::Strong));
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
    painter.setPen(m_theme.color(Token::Muted));
    painter.setFont(m_theme.monoFont());
    const QRectF below(plot.left(), plot.bottom() + 2, plot.width(), kAxis - 2);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignVCenter, numberText(m_bars.low));
    painter.drawText(below, Qt::AlignRight | Qt::AlignVCenter, numberText(m_bars.high));
    if (m_bars.low < 0 && m_bars.high > 0) {
        const double x = plot.left() - m_bars.low / (m_bars.high - m_bars.low) * plot.width();
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 3));
        if (x > plot.left() + plot.width() * 0.3 && x < plot.right() - plot.width() * 0.3)
            painter.drawText(QRectF(x - 20, below.top(), 40, below.height()), Qt::AlignCenter, QStringLiteral("0"));
    }
    if (!m_isLogarithmic)
        return;
    painter.setFont(m_theme.hintFont());
    painter.drawText(plot.adjusted(0, 0, -4, 0), Qt::AlignRight | Qt::AlignTop, tr("log counts"));
}

void HistogramPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (m_most == 0) {
        painter.setPen(m_theme.color(Token::Muted));
        painter.setFont(m_theme.bodyFont());
        painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, tr("No finite numbers"));
        return;
    }
    const QRectF plot = plotRect();
    paintBars(painter, plot);
    painter.setRenderHint(QPainter::Antialiasing);
    paintOutline(painter, plot);
    painter.setRenderHint(QPainter::Antialiasing, false);
    paintAxis(painter, plot);
}

int HistogramPlot::binAt(QPoint position) const
{
    const QRectF plot = plotRect();
    const auto bins = static_cast<int>(m_bars.counts.size());
    const int bin = static_cast<int>((position.x() - plot.left()) / plot.width() * bins);
    return m_most > 0 && bin >= 0 && bin < bins ? bin : -1;
}

bool HistogramPlot::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int bin = binAt(help->pos());
    if (bin < 0) {
        QToolTip::hideText();
        return true;
    }
    const double width = (m_bars.high - m_bars.low) / static_cast<double>(m_bars.counts.size());
    const auto count = [&](const passes::Histogram& histogram) { return countText(static_cast<int64_t>(histogram.counts[static_cast<size_t>(bin)])); };
    QString text = tr("%1 to %2: %3").arg(numberText(m_bars.low + width * bin), numberText(m_bars.low + width * (bin + 1)), count(m_bars));
    if (static_cast<size_t>(bin) < m_outline.counts.size())
        text += QStringLiteral(", %1").arg(count(m_outline));
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

} // namespace bpu::views
