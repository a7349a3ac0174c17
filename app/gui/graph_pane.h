// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The centre: header, error bar and graph, with the outline of a file that is dragged over it.
#pragma once

#include "app/gui/session.h"
#include "views/graph/graph_header.h"
#include "views/graph/graph_view.h"
#include "views/widgets/message_bar.h"

#include <QWidget>

namespace bpu::gui {

class GraphPane : public QWidget {
    Q_OBJECT
public:
    /// Shows the session and passes on what the user does in the graph.
    GraphPane(const views::Theme& theme, Session& session, QWidget* parent = nullptr);
    views::GraphView& view() { return *m_view; }

private:
    void showDiagram();
    void showFindings();
    void showSelection();
    void showPreview();
    void selectPathPart(int part);
    /// Goes into the body of a node; asks which one where there are several.
    void openBody(NodeId node);
    void showMenu(NodeId node, QPoint global);

    Session& m_session;
    views::GraphView* m_view;
    views::GraphHeader* m_header;
    QStringList m_shown; ///< file and body that the view was fitted to
};

} // namespace bpu::gui
