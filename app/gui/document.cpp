// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/document.h"

#include "core/base/assert.h"

namespace bpu::gui {

constexpr size_t kMaxSteps = 500;

const StageGraph* Document::find(ir::Stage stage) const
{
    const auto at = stages.find(stage);
    return at == stages.end() ? nullptr : &at->second;
}

ir::GraphPtr Document::graph(ir::Stage stage) const
{
    const StageGraph* made = find(stage);
    return made ? made->graph : nullptr;
}

void Document::set(ir::GraphPtr graph)
{
    const ir::Stage stage = graph->stage();
    stages[stage] = {.graph = std::move(graph), .outdated = false};
    for (auto later = stages.upper_bound(stage); later != stages.end(); ++later)
        later->second.outdated = true;
}

void History::reset(Document document)
{
    m_steps.clear();
    m_steps.push_back({.title = {}, .document = std::move(document)});
    m_at = 0;
}

void History::push(const QString& title, Document document)
{
    BPU_ASSERT(!m_steps.empty());
    m_steps.resize(m_at + 1);
    m_steps.push_back({.title = title, .document = std::move(document)});
    if (m_steps.size() > kMaxSteps)
        m_steps.erase(m_steps.begin());
    m_at = m_steps.size() - 1;
}

void History::undo()
{
    BPU_ASSERT(canUndo());
    --m_at;
}

void History::redo()
{
    BPU_ASSERT(canRedo());
    ++m_at;
}

} // namespace bpu::gui
