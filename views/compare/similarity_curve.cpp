// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/compare/similarity_curve.h"

#include "passes/compare/report.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace bpu::views {

constexpr int kLeft = 62;
constexpr int kRight = 14;
constexpr int kTop = 12;
constexpr int kBottom = 22;
constexpr double kPoint = 2.5;       ///< radius
constexpr double kPointsFrom = 5;    ///< pixels between two layers from which on each has its point
constexpr int kGridLines = 5;

SimilarityCurve::SimilarityCurve(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setObjectName(QStringLiteral("similarityCurve"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Similarity by layer"));
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void SimilarityCurve::setComparison(ComparisonPtr comparison)
{
    m_comparison = std::move(comparison);
    m_current = m_hovered = -1;
    findRange();
    update();
}

void SimilarityCurve::setLimit(double limit)
{
    m_limit = limit;
    findRange();
    update();
}

void SimilarityCurve::setCurrent(int layer)
{
    m_current = layer >= 0 && layer < count() ? layer : -1;
    setAccessibleDescription(m_current < 0 ? QString()
                                           : QStringLiteral("%1 %2").arg(QString::fromStdString(m_comparison->layers[static_cast<size_t>(m_current)].name),
                                                                         QString::fromStdString(passes::similarityText(similarity(m_current)))));
    update();
}

/// From a little below the lowest point (or the limit) to 1, on a step of 1, 2 or 5 times a power of ten.
void SimilarityCurve::findRange()
{
    double lowest = std::min(m_limit, 0.9999);
    for (int i = 0; i < count(); ++i)
        if (std::isfinite(similarity(i)))
            lowest = std::min(lowest, similarity(i));
    const double wanted = (1 - lowest) * 1.12 / kGridLines;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    m_step = power * (wanted <= power ? 1 : wanted <= 2 * power ? 2 : wanted <= 5 * power ? 5 : 10);
    m_low = 1 - m_step * std::ceil((1 - lowest) * 1.05 / m_step);
}

QRectF SimilarityCurve::plotRect() const
{
    return QRectF(rect()).adjusted(kLeft, kTop, -kRight, -kBottom);
}

double SimilarityCurve::yOf(double value) const
{
    const QRectF plot = plotRect();
    return plot.bottom() - (std::isfinite(value) ? std::max(0.0, (value - m_low) / (1 - m_low)) : 0) * plot.height();
}

QPointF SimilarityCurve::pointOf(int layer) const
{
    const QRectF plot = plotRect();
    return {plot.left() + (count() < 2 ? plot.width() / 2 : plot.width() * layer / (count() - 1)), yOf(similarity(layer))};
}

int SimilarityCurve::layerAt(double x) const
{
    if (count() == 0)
        return -1;
    const QRectF plot = plotRect();
    return std::clamp(static_cast<int>(std::lround((x - plot.left()) / plot.width() * (count() - 1))), 0, count() - 1);
}

void SimilarityCurve::paintGrid(QPainter& painter, const QRectF& plot) const
{
    const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(m_step) - 1e-9)), 1, 6);
    painter.setFont(m_theme.monoFont());
    for (int line = 0; 1 - line * m_step >= m_low - m_step / 2; ++line) {
        const double value = 1 - line * m_step;
        painter.setPen(m_theme.color(Token::Grid));
        painter.drawLine(QPointF(plot.left(), yOf(value)), QPointF(plot.right(), yOf(value)));
        painter.setPen(m_theme.color(Token::Muted));
        painter.drawText(QRectF(0, yOf(value) - 9, kLeft - 8, 18), Qt::AlignRight | Qt::AlignVCenter, QLocale::c().toString(value, 'f', decimals));
    }
    if (m_limit < m_low)
        return;
    painter.setPen(QPen(m_theme.color(Token::Strong), 1, Qt::DashLine));
    painter.drawLine(QPointF(plot.left(), yOf(m_limit)), QPointF(plot.right(), yOf(m_limit)));
    painter.setPen(m_theme.color(Token::Muted));
    painter.setFont(m_theme.hintFont());
    painter.drawText(QRectF(plot.right() - 120, yOf(m_limit) - 18, 118, 17), Qt::AlignRight | Qt::AlignBottom, tr("limit %1").arg(m_limit));
}

/// The last part of each name says which layer it is; as many as have room.
void SimilarityCurve::paintNames(QPainter& painter, const QRectF& plot) const
{
    painter.setFont(m_theme.monoFont());
    painter.setPen(m_theme.color(Token::Muted));
    const QFontMetrics metrics(m_theme.monoFont());
    constexpr int kRoom = 124;
    const int shown = std::clamp(static_cast<int>(plot.width()) / kRoom, 1, std::max(1, count()));
    double taken = plot.left() - kRoom;
    for (int i = 0; i < shown; ++i) {
        const int layer = shown == 1 ? 0 : i * (count() - 1) / (shown - 1);
        const QString name = metrics.elidedText(QString::fromStdString(m_comparison->layers[static_cast<size_t>(layer)].name), Qt::ElideLeft, kRoom - 14);
        const double width = metrics.horizontalAdvance(name);
        const double x = std::clamp(pointOf(layer).x() - width / 2, plot.left(), std::max(plot.left(), plot.right() - width));
        if (x < taken + 8) // few layers do not stand at even distances
            continue;
        painter.drawText(QPointF(x, plot.bottom() + kBottom - 6), name);
        taken = x + width;
    }
}

/// Where several layers share a pixel column, its lowest and highest are painted.
void SimilarityCurve::paintLine(QPainter& painter, const QRectF& plot) const
{
    painter.setPen(QPen(m_theme.color(Token::Accent), 1.5));
    QPainterPath path;
    for (int i = 0; i < count();) {
        const QPointF first = pointOf(i);
        double top = first.y();
        double bottom = first.y();
        int next = i + 1;
        for (; next < count() && pointOf(next).x() < first.x() + 1; ++next) {
            top = std::min(top, pointOf(next).y());
            bottom = std::max(bottom, pointOf(next).y());
        }
        if (i == 0)
            path.moveTo(first);
        else
            path.lineTo(first.x(), bottom);
        path.lineTo(first.x(), top);
        i = next;
    }
    painter.setClipRect(plot.adjusted(-4, -4, 4, 4));
    painter.drawPath(path);
    painter.setClipping(false);
}

void SimilarityCurve::paintPoints(QPainter& painter) const
{
    const bool hasRoom = count() < 2 || pointOf(1).x() - pointOf(0).x() >= kPointsFrom;
    for (int i = 0; i < count(); ++i) {
        if (!hasRoom && !isBelow(i))
            continue;
        const QPointF at = pointOf(i);
        const QColor color = m_theme.color(!std::isfinite(similarity(i)) ? Token::Error : isBelow(i) ? Token::Warning : Token::Accent);
        if (std::isfinite(similarity(i))) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(color);
            painter.drawEllipse(at, kPoint, kPoint);
        } else { // no number: a cross at the bottom
            painter.setPen(QPen(color, 1.5));
            painter.drawLine(at + QPointF(-3, -3), at + QPointF(3, 3));
            painter.drawLine(at + QPointF(-3, 3), at + QPointF(3, -3));
        }
    }
}

void SimilarityCurve::paintCurrent(QPainter& painter, const QRectF& plot) const
{
    const int layer = m_hovered >= 0 ? m_hovered : m_current;
    if (m_current >= 0) {
        painter.setPen(QPen(m_theme.color(Token::Accent), 1.6));
        painter.setBrush(m_theme.color(Token::Surface));
        painter.drawEllipse(pointOf(m_current), 5, 5);
    }
    if (layer < 0)
        return;
    const auto& shown = m_comparison->layers[static_cast<size_t>(layer)];
    const QFont font = m_theme.boldFont();
    const QFontMetrics metrics(font);
    const QString name = metrics.elidedText(QString::fromStdString(shown.name), Qt::ElideMiddle, static_cast<int>(plot.width() / 2));
    const QString text = QStringLiteral("%1  %2").arg(name, QString::fromStdString(passes::similarityText(shown.metrics.cosine)));
    const QPointF at = pointOf(layer);
    const double width = metrics.horizontalAdvance(text) + 8;
    const double x = at.x() + 10 + width < plot.right() ? at.x() + 10 : at.x() - 10 - width;
    const double y = std::clamp(at.y() + 6, plot.top(), plot.bottom() - metrics.height() - 2);
    painter.setPen(Qt::NoPen);
    QColor behind = m_theme.color(Token::Surface);
    behind.setAlphaF(0.85F);
    painter.setBrush(behind);
    painter.drawRect(QRectF(x - 3, y, width, metrics.height() + 2));
    painter.setPen(m_theme.color(Token::Text));
    painter.setFont(font);
    painter.drawText(QRectF(x, y, width, metrics.height() + 2), Qt::AlignLeft | Qt::AlignVCenter, text);
}

void SimilarityCurve::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Surface));
    const QRectF plot = plotRect();
    if (count() > 0) {
        if (m_current >= 0) {
            const double half = std::max(4.0, plot.width() / std::max(1, count() - 1) / 2);
            painter.fillRect(QRectF(pointOf(m_current).x() - half, plot.top(), 2 * half, plot.height()).intersected(plot.adjusted(-4, 0, 4, 0)),
                             m_theme.color(Token::AccentTint));
        }
        paintGrid(painter, plot);
        paintNames(painter, plot);
        painter.setRenderHint(QPainter::Antialiasing);
        paintLine(painter, plot);
        paintPoints(painter);
        paintCurrent(painter, plot);
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_theme.color(Token::Accent), 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

void SimilarityCurve::pick(int layer)
{
    if (layer < 0 || layer >= count())
        return;
    setCurrent(layer);
    Q_EMIT picked(layer);
}

void SimilarityCurve::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        pick(layerAt(event->position().x()));
}

void SimilarityCurve::mouseMoveEvent(QMouseEvent* event)
{
    m_hovered = layerAt(event->position().x());
    update();
}

void SimilarityCurve::leaveEvent(QEvent*)
{
    m_hovered = -1;
    update();
}

void SimilarityCurve::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left: return pick(std::max(0, m_current - 1));
    case Qt::Key_Right: return pick(m_current + 1);
    case Qt::Key_Home: return pick(0);
    case Qt::Key_End: return pick(count() - 1);
    default: QWidget::keyPressEvent(event);
    }
}

void SimilarityCurve::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void SimilarityCurve::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

} // namespace bpu::views
