// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Severity marks: always a shape and a color, so that neither is needed alone. Circle, triangle,
// square, diamond and tick, legible from 9 px on.
#pragma once

#include "views/theme/theme.h"

class QPainter;
class QRectF;

namespace bpu::views {

/// rect is square. The sign inside has the color of the surface.
void paintMark(QPainter& painter, const QRectF& rect, Severity severity, const Theme& theme);
/// "kept": the tick.
void paintTick(QPainter& painter, const QRectF& rect, const Theme& theme);
/// As pixmap-backed icons for item models and buttons.
QIcon markIcon(Severity severity, const Theme& theme, qreal ratio = 2);
QIcon tickIcon(const Theme& theme, qreal ratio = 2);

} // namespace bpu::views
