// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What undo goes back to: the graphs of all stages at one moment. Graphs are shared snapshots, so a
// document is a few pointers and the history of a long session costs what its edits touched.
#pragma once

#include "core/ir/graph.h"
#include "passes/fuse/fuse.h"

#include <QString>

#include <map>
#include <memory>
#include <vector>

namespace bpu::gui {

struct StageGraph {
    ir::GraphPtr graph;
    bool outdated = false; ///< an earlier stage changed since this one was made
};

struct Document {
    std::map<ir::Stage, StageGraph> stages;
    std::shared_ptr<const passes::FuseReport> fuseReport; ///< how the fused stage came to be; null when it was opened

    const StageGraph* find(ir::Stage stage) const;
    ir::GraphPtr graph(ir::Stage stage) const;
    /// Puts a graph in the place of its stage and dates the later ones.
    void set(ir::GraphPtr graph);
};

/// The documents of a session in the order they came to be, and where the user stands in it.
class History {
public:
    /// Forgets all and starts from `document`.
    void reset(Document document);
    /// Adds after the current one; what was undone is gone. The title names the change: "Split avgpool".
    void push(const QString& title, Document document);

    bool isEmpty() const { return m_steps.empty(); }
    const Document& current() const { return m_steps[m_at].document; }
    bool canUndo() const { return m_at > 0; }
    bool canRedo() const { return m_at + 1 < m_steps.size(); }
    /// The change that undo would take back, redo bring back; empty when there is none.
    QString undoTitle() const { return canUndo() ? m_steps[m_at].title : QString(); }
    QString redoTitle() const { return canRedo() ? m_steps[m_at + 1].title : QString(); }
    void undo();
    void redo();

private:
    struct Step {
        QString title;
        Document document;
    };
    std::vector<Step> m_steps;
    size_t m_at = 0;
};

} // namespace bpu::gui
