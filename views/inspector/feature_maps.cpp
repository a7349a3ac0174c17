// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/inspector/feature_maps.h"

#include "views/widgets/histogram_plot.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace bpu::views {

constexpr int kGap = 3;
constexpr int kLeastCell = 44;
constexpr int kMostCell = 96;
constexpr int kAxis = 20;

FeatureMaps::FeatureMaps(const Theme& theme, const passes::TensorSummary& summary, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setObjectName(QStringLiteral("featureMaps"));
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    for (const passes::Plane& plane : summary.planes)
        m_images.append(QImage(plane.gray.data(), plane.width, plane.height, plane.width, QImage::Format_Grayscale8).copy());
    setAccessibleName(tr("Channels of %1, %2 of %3").arg(QString::fromStdString(summary.name)).arg(m_images.size()).arg(summary.planeCount));
}

/// Cells have the proportion of the planes, and are large enough to see something.
FeatureMaps::Grid FeatureMaps::grid(int width) const
{
    if (m_images.isEmpty())
        return {};
    const QSize plane = m_images.first().size();
    const int wanted = std::clamp(plane.width(), kLeastCell, kMostCell);
    const int columns = std::clamp((width + kGap) / (wanted + kGap), 1, count());
    const int side = std::min(kMostCell * 2, std::max(8, (width + kGap) / columns - kGap));
    const int height = std::clamp(static_cast<int>(static_cast<double>(side) * plane.height() / plane.width()), 8, 2 * side);
    return {columns, {side, height}};
}

QRect FeatureMaps::cellRect(int channel) const
{
    const Grid cells = grid(width());
    return {QPoint(channel % cells.columns * (cells.cell.width() + kGap), channel / cells.columns * (cells.cell.height() + kGap)), cells.cell};
}

int FeatureMaps::heightForWidth(int width) const
{
    const Grid cells = grid(width);
    return (count() + cells.columns - 1) / cells.columns * (cells.cell.height() + kGap) + 2;
}

void FeatureMaps::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // A grid layout asks for the height once; the number of columns follows the width.
    setFixedHeight(heightForWidth(width()));
}

void FeatureMaps::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    for (int i = 0; i < count(); ++i) {
        const QRect cell = cellRect(i);
        const bool isSmaller = m_images[i].width() > cell.width() * devicePixelRatio();
        painter.setRenderHint(QPainter::SmoothPixmapTransform, isSmaller);
        painter.drawImage(cell, m_images[i]);
        if (i != m_current || !hasFocus())
            continue;
        painter.setPen(QPen(m_theme.color(Token::Accent), 2));
        painter.drawRect(cell.adjusted(0, 0, -1, -1));
    }
}

void FeatureMaps::mousePressEvent(QMouseEvent* event)
{
    for (int i = 0; i < count(); ++i)
        if (cellRect(i).contains(event->position().toPoint())) {
            m_current = i;
            update();
            Q_EMIT activated(i);
            return;
        }
}

void FeatureMaps::keyPressEvent(QKeyEvent* event)
{
    const int columns = grid(width()).columns;
    int next = m_current;
    switch (event->key()) {
    case Qt::Key_Left: next -= 1; break;
    case Qt::Key_Right: next += 1; break;
    case Qt::Key_Up: next -= columns; break;
    case Qt::Key_Down: next += columns; break;
    case Qt::Key_Return:
    case Qt::Key_Enter: Q_EMIT activated(m_current); return;
    default: QWidget::keyPressEvent(event); return;
    }
    if (next >= 0 && next < count())
        m_current = next;
    update();
}

void FeatureMaps::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void FeatureMaps::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

NumberPlot::NumberPlot(const Theme& theme, const std::vector<float>& numbers, QWidget* parent) : QWidget(parent), m_theme(theme), m_isCurve(true)
{
    setObjectName(QStringLiteral("numberPlot"));
    for (const float x : numbers)
        m_ranges.push_back({x, x});
    findRange();
    setAccessibleName(tr("%1 numbers from %2 to %3").arg(m_ranges.size()).arg(numberText(m_low), numberText(m_high)));
}

NumberPlot::NumberPlot(const Theme& theme, std::vector<passes::Range> ranges, QWidget* parent) : QWidget(parent), m_theme(theme), m_ranges(std::move(ranges)), m_isCurve(false)
{
    setObjectName(QStringLiteral("channelRanges"));
    findRange();
    setAccessibleName(tr("Ranges of %1 channels, from %2 to %3").arg(m_ranges.size()).arg(numberText(m_low), numberText(m_high)));
}

void NumberPlot::findRange()
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_low = 0;
    m_high = 0;
    for (const passes::Range& range : m_ranges) {
        if (!std::isfinite(range.min) || !std::isfinite(range.max))
            continue;
        m_low = std::min(m_low, static_cast<double>(range.min));
        m_high = std::max(m_high, static_cast<double>(range.max));
    }
}

QRectF NumberPlot::plotRect() const
{
    return QRectF(rect()).adjusted(1, 3, -1, -kAxis);
}

/// One minimum and maximum per pixel column, however many numbers there are.
void NumberPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QRectF plot = plotRect();
    const double span = m_high - m_low;
    const auto yOf = [&](double x) { return span > 0 ? plot.bottom() - (x - m_low) / span * plot.height() : plot.center().y(); };
    painter.setPen(m_theme.color(Token::Grid));
    painter.drawLine(QPointF(plot.left(), yOf(0)), QPointF(plot.right(), yOf(0)));
    const auto size = static_cast<double>(std::max<size_t>(1, m_ranges.size()));
    const double step = plot.width() / size;
    QPainterPath path;
    for (size_t i = 0; i < m_ranges.size();) {
        passes::Range joined = m_ranges[i];
        const double x = plot.left() + step * static_cast<double>(i);
        size_t next = i + 1;
        for (; next < m_ranges.size() && step * static_cast<double>(next - i) < 1; ++next) {
            joined.min = std::fmin(joined.min, m_ranges[next].min);
            joined.max = std::fmax(joined.max, m_ranges[next].max);
        }
        i = next;
        if (!std::isfinite(joined.min) || !std::isfinite(joined.max))
            continue;
        const double top = yOf(static_cast<double>(joined.max));
        const double bottom = yOf(static_cast<double>(joined.min));
        if (!m_isCurve)
            painter.fillRect(QRectF(x, top, std::max(1.0, step - (step > 4 ? 1 : 0)), std::max(1.0, bottom - top)), m_theme.color(Token::Accent));
        else if (path.elementCount() == 0)
            path.moveTo(x + step / 2, top);
        else
            path.lineTo(x + step / 2, top);
        if (m_isCurve && bottom > top)
            path.lineTo(x + step / 2, bottom);
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme.color(Token::Accent), 1.2));
    painter.drawPath(path);
    painter.setFont(m_theme.monoFont());
    painter.setPen(m_theme.color(Token::Muted));
    const QRectF below(plot.left(), plot.bottom() + 2, plot.width(), kAxis - 2);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("%1 … %2").arg(numberText(m_low), numberText(m_high)));
    painter.drawText(below, Qt::AlignRight | Qt::AlignVCenter, m_isCurve ? tr("%1 numbers").arg(m_ranges.size()) : tr("%1 channels").arg(m_ranges.size()));
}

bool NumberPlot::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || m_ranges.empty())
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QRectF plot = plotRect();
    const auto place = static_cast<size_t>(std::clamp((help->pos().x() - plot.left()) / plot.width(), 0.0, 0.999999) * static_cast<double>(m_ranges.size()));
    const passes::Range& range = m_ranges[place];
    QToolTip::showText(help->globalPos(), m_isCurve ? QStringLiteral("[%1] %2").arg(place).arg(numberText(static_cast<double>(range.min)))
                                                    : tr("Channel %1: %2 to %3").arg(place).arg(numberText(static_cast<double>(range.min)), numberText(static_cast<double>(range.max))), this);
    return true;
}

} // namespace bpu::views
