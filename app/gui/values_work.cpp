// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/values_work.h"

#include "app/images/image_reader.h"
#include "passes/compare/batch_source.h"

namespace bpu::gui {

using passes::NodeValues;

ValuesWork::ValuesWork(JobQueue& jobs, Session& session, QObject* parent) : QObject(parent), m_jobs(jobs), m_session(session), m_data(QStringLiteral("random:1"))
{
    connect(&session, &Session::graphChanged, this, &ValuesWork::follow);
    connect(&session, &Session::selectionChanged, this, &ValuesWork::follow);
}

NodeId ValuesWork::node() const
{
    const ir::GraphPtr graph = m_session.graph();
    return graph && m_session.selection().size() == 1 && graph->contains(m_session.selection().front()) ? m_session.selection().front() : NodeId{};
}

void ValuesWork::follow()
{
    const ir::GraphPtr graph = m_session.graph();
    if (graph == m_graph && node() == m_node)
        return;
    m_isLive = m_isLive && graph == m_graph;
    m_graph = graph;
    m_node = node();
    m_jobs.drop(QStringLiteral("values"));
    m_jobs.drop(QStringLiteral("weights"));
    m_values.reset();
    m_message.clear();
    m_isRunning = false;
    if (m_node.isValid()) {
        readWeights();
        if (m_isLive)
            run();
    }
    Q_EMIT changed();
}

void ValuesWork::readWeights()
{
    m_jobs.start<NodeValues>(
        {.kind = QStringLiteral("weights"), .name = tr("Sum up weights"), .lane = JobLane::Pool, .quiet = true},
        [graph = m_graph, node = m_node](const JobControl& control) -> Result<NodeValues> {
            BPU_TRY(weights, passes::summarizeWeights(*graph, node, control));
            return NodeValues{.graph = graph, .node = node, .weights = std::move(weights), .results = {}, .hasRun = false, .data = {}};
        },
        [this](Result<NodeValues>& values) {
            if (!values || !isAbout(values->graph, values->node))
                return;
            if (m_values) { // the run came first
                values->results = m_values->results;
                values->hasRun = m_values->hasRun;
                values->data = m_values->data;
            }
            m_values = std::make_shared<const NodeValues>(std::move(*values));
            Q_EMIT changed();
        });
}

void ValuesWork::run()
{
    if (!m_node.isValid() || m_isRunning)
        return;
    m_isLive = true;
    m_isRunning = true;
    m_message.clear();
    using Results = std::vector<passes::TensorSummary>;
    m_job = m_jobs.start<Results>(
        {.kind = QStringLiteral("values"), .name = tr("Run %1").arg(m_session.fileName())},
        [graph = m_graph, node = m_node, text = m_data.toStdString()](const JobControl& control) -> Result<Results> {
            BPU_TRY(ready, passes::withBatch(graph, 0));
            if (!ready->contains(node))
                return Error{"runtime.operator", graph->node(node).name, "is a constant once the input has its shape; choose a node that depends on the input"};
            const std::vector<data::WantedInput> inputs = data::wantedInputs(*ready);
            BPU_TRY(dataset, data::openDataset({text}, inputs, {.images = app::qtImageReader()}));
            data::Batches batches(dataset, inputs, {.limit = 1});
            return passes::summarizeResults(ready, node, passes::sourceOf(batches), control);
        },
        [this, graph = m_graph, node = m_node, data = m_data](Result<Results>& results) {
            if (!isAbout(graph, node))
                return;
            m_isRunning = false;
            if (results)
                m_values = std::make_shared<const NodeValues>(
                    NodeValues{.graph = graph, .node = node, .weights = m_values ? m_values->weights : Results{}, .results = std::move(*results), .hasRun = true, .data = data.toStdString()});
            else
                m_isLive = false;
            if (!results && results.error().kind != ErrorKind::Cancelled)
                m_message = QString::fromStdString(results.error().text());
            Q_EMIT changed();
        });
    Q_EMIT changed();
}

void ValuesWork::stop()
{
    m_jobs.stop(m_job);
}

} // namespace bpu::gui
