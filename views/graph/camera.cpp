// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/camera.h"

#include <algorithm>

namespace bpu::views {

static constexpr double kDetailFrom = 0.7;
static constexpr double kOverviewFrom = 0.3;
static constexpr double kHysteresis = 0.95;
static constexpr double kMargin = 24;

Level levelFor(double zoom, Level current)
{
    const double detail = current == Level::Detail ? kDetailFrom * kHysteresis : kDetailFrom;
    const double overview = current != Level::Map ? kOverviewFrom * kHysteresis : kOverviewFrom;
    return zoom >= detail ? Level::Detail : zoom >= overview ? Level::Overview : Level::Map;
}

void Camera::setView(const QRectF& view, double left)
{
    m_view = view;
    m_left = left;
    clamp();
}

void Camera::setContent(const QRectF& bounds)
{
    m_content = bounds;
    clamp();
}

void Camera::moveTo(QPointF origin)
{
    m_origin = origin;
    clamp();
}

// The whole drawing, but never so large that there is nothing to zoom out of.
double Camera::minZoom() const
{
    if (m_content.isEmpty() || m_view.isEmpty())
        return 0.01;
    const double width = (m_view.width() - m_left - 2 * kMargin) / m_content.width();
    const double height = (m_view.height() - 2 * kMargin) / m_content.height();
    return std::clamp(std::min(width, height), 1e-4, 0.25);
}

void Camera::zoomAt(QPointF screen, double zoom)
{
    const QPointF fixed = toScene(screen);
    m_zoom = std::clamp(zoom, minZoom(), kMaxZoom);
    m_origin = fixed - screen / m_zoom;
    clamp();
}

void Camera::fit(const QRectF& scene, double maxZoom)
{
    if (scene.isEmpty() || m_view.isEmpty())
        return;
    const double width = (m_view.width() - m_left - 2 * kMargin) / scene.width();
    const double height = (m_view.height() - 2 * kMargin) / scene.height();
    m_zoom = std::clamp(std::min(width, height), minZoom(), maxZoom);
    m_origin = originFor(scene.center());
    clamp();
}

QPointF Camera::originFor(QPointF scene) const
{
    return scene - middle() / m_zoom;
}

// Half a window of nothing may be scrolled in, no more: the drawing cannot be lost.
void Camera::clamp()
{
    if (m_content.isEmpty())
        return;
    const QPointF center = toScene(middle());
    const QPointF kept(std::clamp(center.x(), m_content.left(), m_content.right()),
                       std::clamp(center.y(), m_content.top(), m_content.bottom()));
    m_origin += kept - center;
}

} // namespace bpu::views
