// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// bench_check [NODES...]: time of the check on a residual network of that many nodes, per 1,000 nodes, and of
// the check again after one edit.
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ops/op_spec.h"
#include "passes/check_march/check_march.h"
#include "passes/fuse/plan.h"
#include "tests/bench/figures.h"

#include <fmt/format.h>

#include <cstdlib>

using namespace bpu;

namespace {

/// conv, batch norm, add, relu, sigmoid, ... with a kernel that breaks a rule now and then.
ir::Graph network(int nodes)
{
    std::string body = "graph g(%x: f32[1,16,32,32]) { @w: f32[16,16,3,3] @big: f32[16,16,33,1] @g: f32[16] @b: f32[16] @m: f32[16] @v: f32[16] %r0 = relu(%x) ";
    int last = 0;
    for (int block = 0; block * 5 + 6 <= nodes; ++block, ++last) {
        const bool large = block % 20 == 19;
        body += fmt::format("%c{0} = conv2d(%r{0}, {1}) {{kernel_size={2}, padding={3}}} %n{0} = batch_norm2d(%c{0}, @g, @b, @m, @v) "
                            "%a{0} = add(%n{0}, %r{0}) %s{0} = relu(%a{0}) %r{4} = max_pool2d(%s{0}) {{kernel_size=[3,3], stride=[1,1], padding=[1,1,1,1]}} ",
                            block, large ? "@big" : "@w", large ? "[33,1]" : "[3,3]", large ? "[16,0,16,0]" : "[1,1,1,1]", block + 1);
    }
    Result<ir::Graph> graph = ir::parse(body + fmt::format("return %r{} }}", last));
    if (graph)
        graph = ops::inferTypes(std::move(*graph));
    if (!graph) {
        fmt::print(stderr, "bench_check: {}\n", graph.error().text());
        std::exit(2);
    }
    return std::move(*graph);
}

void measure(int nodes)
{
    const ir::Graph graph = network(nodes);
    ir::GraphEditor editor(graph);
    editor.setAttribute(graph.order()[graph.nodeCount() / 2], "edited", true);
    const Result<ir::Graph> edited = editor.finish();
    const double plan = bench::best(7, [&] { passes::planChains(graph); });
    for (const march::MarchPtr& march : march::all()) {
        Findings findings;
        const double check = bench::best(7, [&] { findings = passes::checkMarch(graph, *march); });
        const double again = bench::best(7, [&] { passes::recheckMarch(graph, findings, *edited, *march); });
        fmt::print("| {} | {} | {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |\n", march->name(), graph.nodeCount(), findings.size(), check,
                   check * 1000 / static_cast<double>(graph.nodeCount()), again, plan);
    }
}

} // namespace

int main(int argc, char** argv)
{
    fmt::print("| march | nodes | findings | check ms | per 1,000 nodes ms | after one edit ms | of it fusion plan ms |\n");
    for (int i = 1; i < argc; ++i)
        measure(std::atoi(argv[i]));
    if (argc < 2)
        measure(1000), measure(10'000);
    return 0;
}
