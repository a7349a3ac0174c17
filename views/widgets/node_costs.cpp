// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/node_costs.h"

#include "core/ops/op_spec.h"

#include <QLocale>

#include <algorithm>

namespace bpu::views {

static QString macText(int64_t macs)
{
    const auto scaled = [](double value, const char* unit) {
        const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
        return QLocale::c().toString(value, 'f', digits) + QLatin1Char(' ') + QLatin1StringView(unit);
    };
    const auto value = static_cast<double>(macs);
    return macs >= 1'000'000'000 ? scaled(value / 1e9, "GMAC")
           : macs >= 1'000'000   ? scaled(value / 1e6, "MMAC")
           : macs >= 1'000       ? scaled(value / 1e3, "kMAC")
                                 : QString::number(macs) + QLatin1StringView(" MAC");
}

NodeCosts macCosts(const ir::Graph& graph)
{
    std::vector<std::pair<NodeId, int64_t>> macs;
    int64_t most = 0;
    for (const NodeId id : graph.order()) {
        const std::optional<ops::Cost> cost = ops::cost(graph, graph.node(id));
        if (!cost || cost->macs <= 0)
            continue;
        macs.emplace_back(id, cost->macs);
        most = std::max(most, cost->macs);
    }
    NodeCosts costs;
    for (const auto& [id, count] : macs)
        costs.push_back({id, static_cast<double>(count) / static_cast<double>(most), macText(count)});
    return costs;
}

} // namespace bpu::views
