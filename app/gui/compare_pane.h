// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Compare in the centre of the window: the two graphs as columns that scroll together, beside them the view
// with curve and table. Picking a layer anywhere shows it everywhere.
#pragma once

#include "app/gui/compare_session.h"
#include "views/compare/compare_view.h"
#include "views/graph/graph_view.h"

#include <QWidget>

class QSplitter;

namespace bpu::views {
class ElidedLabel;
}

namespace bpu::gui {

class ComparePane : public QWidget {
    Q_OBJECT

public:
    /// All must outlive it.
    ComparePane(const views::Theme& theme, JobQueue& jobs, Session& session, const layout::TextMeasure& measure, QWidget* parent = nullptr);

    CompareSession& comparing() { return m_comparing; }
    views::CompareView& view() { return *m_view; }
    views::GraphView& graph(int side) { return *m_columns[side].view; }
    void chooseFile();
    void chooseData(bool isFolder);
    void chooseSave();

Q_SIGNALS:
    void shapeRequested();
    void fuseRequested();
    /// An error or what was written, for the bar over the graph.
    void message(bpu::Severity severity, const QString& text);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Column {
        views::ElidedLabel* title = nullptr;
        views::GraphView* view = nullptr;
        ir::GraphPtr asked; ///< what is drawn, or being laid out
    };
    /// Where a layer stands in both drawings.
    struct Anchor {
        double a = 0;
        double b = 0;
    };

    QWidget* makeColumn(int side);
    void connectView();
    void showSides();
    void showState();
    void showNotice();
    void showProgress();
    void startLayout(int side);
    void fitColumns();
    void chooseSide(views::CompareView::Side side, const QString& id);
    void runNotice(bool isSecond);
    void showLayer(int layer);
    void showAlone(int index);
    void selectIn(int side, NodeId node);
    void pickNode(int side, NodeId node);
    void buildAnchors();
    void follow(int moved);

    const views::Theme& m_theme;
    JobQueue& m_jobs;
    Session& m_session;
    const layout::TextMeasure& m_measure;
    CompareSession m_comparing;
    Column m_columns[2];
    QSplitter* m_splitter;
    views::CompareView* m_view;
    std::vector<Anchor> m_anchors; ///< by a; empty: the columns move on their own
    bool m_isFollowing = false;
    QString m_folder;              ///< of the last dialog
};

} // namespace bpu::gui
