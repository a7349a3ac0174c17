// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/check_job.h"

#include "passes/check_march/ignored.h"
#include "passes/fixes/fixes.h"

#include <QElapsedTimer>

namespace bpu::gui {

static std::vector<march::MarchPtr> othersThan(const march::March& march)
{
    std::vector<march::MarchPtr> others;
    for (const march::MarchPtr& other : march::all())
        if (other->name() != march.name())
            others.push_back(other);
    return others;
}

Result<CheckAnswer> runCheck(const CheckJob& job, const JobControl& control)
{
    const passes::CheckOptions options{.inputSource = job.inputSource, .others = othersThan(*job.march)};
    auto list = std::make_shared<views::FindingList>();
    list->graph = job.graph;
    list->march = QString::fromStdString(job.march->title());
    if (!options.others.empty())
        list->otherMarch = QString::fromStdString(options.others.front()->title());

    QElapsedTimer clock;
    clock.start();
    list->findings = job.previous && job.previous->graph
        ? passes::recheckMarch(*job.previous->graph, job.previous->findings, *job.graph, *job.march, options)
        : passes::checkMarch(*job.graph, *job.march, options);
    const double milliseconds = static_cast<double>(clock.nsecsElapsed()) / 1e6;

    list->fixes.resize(list->findings.size());
    for (size_t i = 0; i < list->findings.size(); ++i) {
        if (i % 256 == 0 && control.stopRequested())
            return JobControl::cancelled();
        const Finding& finding = list->findings[i];
        if (!finding.fix.empty())
            if (auto plans = passes::fixesFor(*job.graph, finding, *job.march); !plans.empty())
                list->fixes[i] = std::move(plans.front());
    }
    return CheckAnswer{std::move(list), milliseconds};
}

Result<ir::GraphPtr> applyChosenFixes(const views::FindingList& list, const QList<int>& chosen, const march::March& march,
                                      const JobControl& control)
{
    ir::Graph graph = *list.graph;
    std::optional<Error> refused;
    int applied = 0;
    for (const int index : chosen) {
        if (control.stopRequested())
            return JobControl::cancelled();
        const passes::FixPlan* plan = list.fixOf(index);
        if (!plan)
            continue;
        auto fixed = passes::applyFix(graph, list.findings[static_cast<size_t>(index)], plan->id, march);
        if (!fixed) {
            refused = fixed.error();
            continue;
        }
        graph = std::move(fixed->graph);
        ++applied;
    }
    if (applied == 0)
        return refused.value_or(Error{"fix.stale", {}, "there is nothing to fix any more; check the model again"});
    return std::make_shared<const ir::Graph>(std::move(graph));
}

Result<ir::GraphPtr> withIgnored(const views::FindingList& list, const QList<int>& chosen, const QString& reason)
{
    Findings findings;
    for (const int index : chosen)
        findings.push_back(list.findings[static_cast<size_t>(index)]);
    BPU_TRY(graph, passes::withIgnored(*list.graph, findings, reason.toStdString()));
    return std::make_shared<const ir::Graph>(std::move(graph));
}

} // namespace bpu::gui
