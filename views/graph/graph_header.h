// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The strip over the graph, 30 px: path of the selection, Color by, zoom, fit, overview map.
#pragma once

#include "views/graph/graph_scene.h"
#include "views/theme/theme.h"

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace bpu::views {

class GraphView;
class SegmentedControl;

class GraphHeader : public QWidget {
    Q_OBJECT

public:
    /// Wires itself to the view's zoom, fit and color mode.
    GraphHeader(const Theme& theme, GraphView& view, QWidget* parent = nullptr);

    /// "resnet18_cam", {"layer4", "1"}, "conv2": the last part is bold, each a step up.
    void setPath(const QStringList& parts);

Q_SIGNALS:
    /// Part `index` of the path was clicked.
    void pathClicked(int index);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QToolButton* addButton(const char* icon, const QString& name, const QString& toolTip);

    void showPath();

    const Theme& m_theme;
    QStringList m_parts;
    QHBoxLayout* m_layout;
    QLabel* m_path;
    QLabel* m_colorBy;
    SegmentedControl* m_modes;
    QLabel* m_zoom = nullptr;
};

} // namespace bpu::views
