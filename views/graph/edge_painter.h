// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Paints the connections, and the whole drawing in its map form.
#pragma once

#include "views/graph/camera.h"
#include "views/graph/graph_scene.h"
#include "views/theme/theme.h"

class QPainter;

namespace bpu::views {

/// Edges that cross `visible`, in scene coordinates. Those of the selected item are drawn last.
void paintEdges(QPainter& painter, const Theme& theme, const GraphScene& scene, const QRectF& visible, Level level);

/// Family-colored bars, plain lines and names, in screen coordinates: nothing scales but positions.
void paintMap(QPainter& painter, const Theme& theme, const GraphScene& scene, const Camera& camera);

} // namespace bpu::views
