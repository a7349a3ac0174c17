// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/insert_qat/insert_qat.h"

#include "passes/insert_qat/inserter.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace bpu::passes {
namespace {

/// By the place of their nodes in the graph; those of the whole model first.
void sortByPlace(const ir::Graph& graph, Findings& findings)
{
    std::vector<size_t> place(graph.nodeIdBound());
    for (size_t i = 0; i < graph.order().size(); ++i)
        place[graph.order()[i].index] = i + 1;
    const auto of = [&](const Finding& f) { return f.node.isValid() && f.node.index < place.size() ? place[f.node.index] : 0; };
    std::ranges::stable_sort(findings, {}, of);
}

} // namespace

Result<InsertQatReport> insertQat(const ir::Graph& fused, const march::March& march, const InsertQatOptions& options)
{
    if (fused.stage() != ir::Stage::Fused)
        return Error{"qat.stage", {}, fmt::format("quantization goes into a fused model, this one is {}; {}", name(fused.stage()),
                                                  fused.stage() == ir::Stage::Float ? "run bpu fuse first" : "open the float model")};
    InsertQatReport report;
    BPU_TRY(prepared, prepareGraph(fused));
    report.findings = prepared.findings;
    const quant::QConfigs qconfigs(prepared.graph, options.qconfigs);
    BPU_TRY(placement, Placement::make(prepared.graph, march, options, qconfigs, report.findings));
    BPU_TRY(graph, insertGrids(prepared, march, placement, qconfigs, options.inputSource, report.findings));
    report.graph = std::move(graph);
    report.segments = segmentsOf(report.graph);
    sortByPlace(report.graph, report.findings);
    return report;
}

/// A node's segment is the last one that it reads from, or the one after it where the device changes: segments with
/// the same number and device never wait for each other.
std::vector<Segment> segmentsOf(const ir::Graph& graph)
{
    std::vector<size_t> depth(graph.nodeIdBound());
    std::map<size_t, Segment> segments;
    const auto onBpu = [&](const ir::Node& node) { return node.attributes.text("device") != "cpu"; };
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        if (const ir::Value* input = graph.inputOf(node, 0); node.op == "fake_quantize" && input && input->isConstant())
            continue; // of a weight: part of its layer
        size_t own = onBpu(node) ? 0 : 1; // even on the BPU, odd on the CPU
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            const ir::Value* value = graph.inputOf(node, i);
            const ir::Node* producer = value ? graph.producerOf(*value) : nullptr;
            if (producer)
                own = std::max(own, depth[producer->id.index] + (onBpu(*producer) == onBpu(node) ? 0 : 1));
        }
        depth[id.index] = own;
        Segment& segment = segments[own];
        segment.isOnBpu = onBpu(node);
        segment.nodes.push_back(id);
    }
    std::vector<Segment> result;
    for (auto& [own, segment] : segments)
        result.push_back(std::move(segment));
    return result;
}

} // namespace bpu::passes
