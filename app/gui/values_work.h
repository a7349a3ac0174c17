// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The numbers of the selected node: its weights at once, what it computes after Run on data. Only the selected
// node's are kept, and nothing of a graph that is no longer on screen.
#pragma once

#include "app/gui/session.h"
#include "passes/values/values.h"

namespace bpu::gui {

class ValuesWork : public QObject {
    Q_OBJECT

public:
    /// Both must outlive it.
    ValuesWork(JobQueue& jobs, Session& session, QObject* parent = nullptr);

    /// Null while there is nothing about the selected node.
    passes::NodeValuesPtr values() const { return m_values; }
    const QString& message() const { return m_message; }
    bool isRunning() const { return m_isRunning; }
    void setData(const QString& text) { m_data = text; }
    /// Runs the graph for the selected node; selecting another one runs it again, until the graph changes.
    void run();
    void stop();

Q_SIGNALS:
    void changed();

private:
    void follow();
    void readWeights();
    NodeId node() const;
    bool isAbout(const ir::GraphPtr& graph, NodeId node) const { return graph && graph == m_session.graph() && node == this->node(); }

    JobQueue& m_jobs;
    Session& m_session;
    QString m_data;
    ir::GraphPtr m_graph; ///< what the values are about
    NodeId m_node;
    passes::NodeValuesPtr m_values;
    QString m_message;
    bool m_isRunning = false;
    bool m_isLive = false; ///< the user ran this graph: the next node selected is run for, too
    quint64 m_job = 0;
};

} // namespace bpu::gui
