// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/theme/marks.h"

#include <QPainter>
#include <QPainterPath>

namespace bpu::views {

// All signs live in a 16 box.
static QPainterPath shapeOf(Severity severity)
{
    QPainterPath path;
    switch (severity) {
    case Severity::Error: path.addEllipse(QRectF(0.7, 0.7, 14.6, 14.6)); break;
    case Severity::Warning: path.addPolygon(QPolygonF({{8, 1.4}, {15, 14.2}, {1, 14.2}, {8, 1.4}})); break;
    case Severity::Advice: path.addRoundedRect(QRectF(1.6, 1.6, 12.8, 12.8), 1.6, 1.6); break;
    case Severity::Undecided: path.addPolygon(QPolygonF({{8, 0.6}, {15.4, 8}, {8, 15.4}, {0.6, 8}, {8, 0.6}})); break;
    }
    return path;
}

static QPainterPath signOf(Severity severity)
{
    QPainterPath path;
    switch (severity) {
    case Severity::Error:
        path.moveTo(5.4, 5.4), path.lineTo(10.6, 10.6);
        path.moveTo(10.6, 5.4), path.lineTo(5.4, 10.6);
        break;
    case Severity::Warning:
        path.moveTo(8, 5.8), path.lineTo(8, 9.4);
        path.moveTo(8, 11.9), path.lineTo(8, 12);
        break;
    case Severity::Advice:
        path.moveTo(8, 7.4), path.lineTo(8, 11.4);
        path.moveTo(8, 4.6), path.lineTo(8, 4.7);
        break;
    case Severity::Undecided:
        path.moveTo(6.2, 6.3);
        path.cubicTo(6.2, 3.9, 9.8, 3.9, 9.8, 6.3);
        path.cubicTo(9.8, 7.7, 8, 7.6, 8, 9.1);
        path.moveTo(8, 11.4), path.lineTo(8, 11.5);
        break;
    }
    return path;
}

static void toBox(QPainter& painter, const QRectF& rect)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.topLeft());
    painter.scale(rect.width() / 16, rect.height() / 16);
}

void paintMark(QPainter& painter, const QRectF& rect, Severity severity, const Theme& theme)
{
    painter.save();
    toBox(painter, rect);
    const QColor fill = theme.severity(severity);
    painter.setPen(QPen(fill, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(fill);
    painter.drawPath(shapeOf(severity));
    painter.setPen(QPen(theme.color(Token::Surface), 1.9, Qt::SolidLine, Qt::RoundCap));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(signOf(severity));
    painter.restore();
}

void paintTick(QPainter& painter, const QRectF& rect, const Theme& theme)
{
    painter.save();
    toBox(painter, rect);
    painter.setPen(QPen(theme.color(Token::Ok), 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(QPolygonF({{2.6, 8.6}, {6.2, 12.2}, {13.4, 4.2}}));
    painter.restore();
}

template <typename Paint>
static QIcon painted(qreal ratio, Paint paint)
{
    constexpr int kSide = 14;
    QPixmap pixmap(qRound(kSide * ratio), qRound(kSide * ratio));
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(painter, QRectF(0, 0, kSide, kSide));
    painter.end();
    return QIcon(pixmap);
}

QIcon markIcon(Severity severity, const Theme& theme, qreal ratio)
{
    return painted(ratio, [&](QPainter& painter, const QRectF& rect) { paintMark(painter, rect, severity, theme); });
}

QIcon tickIcon(const Theme& theme, qreal ratio)
{
    return painted(ratio, [&](QPainter& painter, const QRectF& rect) { paintTick(painter, rect, theme); });
}

} // namespace bpu::views
