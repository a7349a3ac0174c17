// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/graph_editor.h"
#include "passes/calibrate/refine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <map>

namespace bpu::passes {
namespace {

using Outputs = std::vector<std::vector<ir::Tensor>>;

constexpr auto kObservers = std::to_array<std::string_view>({"percentile", "mse", "kl", "min_max"});
constexpr double kPercent = 99.995;

/// The graph in which every activation is observed so; fixed scales stay.
Result<SharedGraph> withObserver(const ir::Graph& graph, std::string_view observer, size_t batches)
{
    ir::GraphEditor editor(graph);
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        if (!makesGrid(node) || graph.inputOf(node, 0)->isConstant() || node.attributes.text("observer") == "fixed_scale")
            continue;
        BPU_TRY(config, quant::fakeQuantOf(node));
        const quant::ObserverOptions own = config.options;
        config.observer = observer;
        config.options = quant::defaultsOf(observer);
        config.options.type = own.type;
        config.options.averaging = 1.0 / static_cast<double>(batches);
        config.options.percent = kPercent;
        config.options.updateInterval = static_cast<int>(batches);
        ir::Attributes attributes = quant::attributesOf(config, own.channelAxis);
        if (node.attributes.has("group"))
            attributes.set("group", std::string(node.attributes.text("group")));
        editor.setAttributes(id, std::move(attributes));
    }
    BPU_TRY(finished, editor.finish());
    return std::make_shared<const ir::Graph>(std::move(finished));
}

/// Sum of the L2 norms of the differences.
double distance(const Outputs& a, const Outputs& b)
{
    double sum = 0;
    for (size_t batch = 0; batch < a.size(); ++batch)
        for (size_t i = 0; i < a[batch].size(); ++i) {
            double squares = 0;
            for (int64_t k = 0; ir::isFloat(a[batch][i].dtype()) && k < a[batch][i].elementCount(); ++k) {
                const double difference = a[batch][i].number(k) - b[batch][i].number(k);
                squares += difference * difference;
            }
            sum += std::sqrt(squares);
        }
    return sum;
}

/// Grids that get their scale together.
struct Unit {
    std::vector<size_t> grids;
};

class Search {
public:
    Search(const SharedGraph& qat, const SharedGraph& running, std::span<const data::Batch> batches, const RunSettings& settings)
        : m_qat(qat), m_running(running), m_batches(batches), m_settings(settings)
    {
    }

    Result<CalibrateReport> run()
    {
        for (const std::string_view observer : kObservers) {
            BPU_TRY(graph, withObserver(*m_qat, observer, m_batches.size()));
            BPU_TRY(calibration, Calibration::make(graph, m_running, {.threads = m_settings.threads}));
            for (const data::Batch& batch : m_batches)
                BPU_CHECK(calibration.observe(batch, m_settings.control));
            BPU_TRY(report, calibration.finish());
            m_candidates.push_back(std::move(report));
        }
        BPU_TRY(bare, withoutGrids(*m_running));
        BPU_TRY(wanted, outputsOver(bare, m_batches, m_settings));
        m_wanted = std::move(wanted);
        m_chosen = m_candidates.front().grids;
        const std::vector<Unit> units = unitsOf();
        for (size_t i = 0; i < units.size(); ++i) {
            BPU_CHECK(choose(units[i]));
            m_settings.control.report(static_cast<double>(i + 1) / static_cast<double>(units.size()), fmt::format("grid {} of {}", i + 1, units.size()));
        }
        return result();
    }

private:
    std::vector<Unit> unitsOf()
    {
        std::vector<Unit> units;
        std::map<std::string, size_t, std::less<>> groups;
        m_present.assign(m_chosen.size(), true);
        for (size_t i = 0; i < m_chosen.size(); ++i) {
            if (m_chosen[i].isWeight || m_chosen[i].isFixed)
                continue;
            m_present[i] = false;
            const std::string group(m_qat->node(m_qat->findNode(m_chosen[i].node)).attributes.text("group"));
            const auto [known, isNew] = groups.try_emplace(group, units.size());
            if (group.empty() || isNew)
                units.push_back({{i}});
            else
                units[known->second].grids.push_back(i);
        }
        return units;
    }

    Result<void> choose(const Unit& unit)
    {
        double least = std::numeric_limits<double>::infinity();
        size_t best = 0;
        std::map<double, double> known; ///< by scale: observers often agree
        for (const size_t i : unit.grids)
            m_present[i] = true;
        for (size_t candidate = 0; candidate < m_candidates.size(); ++candidate) {
            take(unit, candidate);
            const double scale = m_chosen[unit.grids.front()].params.scales.front();
            if (!known.contains(scale)) {
                BPU_TRY(graph, applied(*m_running));
                BPU_TRY(outputs, outputsOver(std::make_shared<const ir::Graph>(std::move(graph)), m_batches, m_settings));
                known[scale] = distance(outputs, m_wanted);
            }
            if (known[scale] < least) {
                least = known[scale];
                best = candidate;
            }
        }
        take(unit, best);
        return {};
    }

    void take(const Unit& unit, size_t candidate)
    {
        for (const size_t i : unit.grids)
            m_chosen[i] = m_candidates[candidate].grids[i];
    }

    Result<ir::Graph> applied(const ir::Graph& graph) const
    {
        ir::GraphEditor editor(graph);
        std::map<std::string_view, size_t> byName;
        for (size_t i = 0; i < m_chosen.size(); ++i)
            byName[m_chosen[i].node] = i;
        for (const NodeId id : graph.order())
            if (const auto found = byName.find(graph.node(id).name); found != byName.end())
                editor.setQuant(graph.node(id).output(), m_present[found->second] ? std::optional(m_chosen[found->second].params) : std::nullopt);
        editor.setFact("fake_quant_state", "validation");
        return editor.finish();
    }

    Result<CalibrateReport> result()
    {
        CalibrateReport report = m_candidates.front();
        report.grids = m_chosen;
        BPU_TRY(graph, applied(*m_qat));
        ir::GraphEditor editor(std::move(graph));
        for (const CalibratedGrid& grid : m_chosen)
            if (!grid.isWeight && !grid.isFixed)
                editor.setAttribute(editor.graph().findNode(grid.node), "observer", grid.observer);
        BPU_TRY(finished, editor.finish());
        report.graph = std::move(finished);
        return report;
    }

    SharedGraph m_qat, m_running;
    std::span<const data::Batch> m_batches;
    const RunSettings& m_settings;
    std::vector<CalibrateReport> m_candidates; ///< by observer
    std::vector<CalibratedGrid> m_chosen;
    std::vector<bool> m_present; ///< grids behind the one that is chosen are not there yet
    Outputs m_wanted;
};

} // namespace

Result<CalibrateReport> autoCalibrate(const SharedGraph& qat, const SharedGraph& running, std::span<const data::Batch> batches, const RunSettings& settings)
{
    return Search(qat, running, batches, settings).run();
}

} // namespace bpu::passes
