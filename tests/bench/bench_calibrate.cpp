// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// bench_calibrate MODEL...: what observing costs beside the float inference of the same batches, by observer, one sample and eight at a time.
#include "core/import/import.h"
#include "core/runtime/float_executor.h"
#include "passes/calibrate/calibrate.h"
#include "passes/calibrate/runs.h"
#include "passes/compare/batch_source.h"
#include "passes/fuse/fuse.h"
#include "passes/insert_qat/insert_qat.h"
#include "tests/bench/figures.h"

#include <algorithm>
#include <cstdio>
#include <random>

using namespace bpu;

namespace {

constexpr int kRounds = 5;

data::Batch randomBatch(const ir::Graph& graph)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    data::Batch batch{.inputs = {}, .names = {"random"}, .labels = {std::nullopt}};
    for (const ir::Value& input : {graph.value(graph.inputs().front())}) {
        std::vector<float> numbers(static_cast<size_t>(input.type.elementCount()));
        std::ranges::generate(numbers, [&] { return normal(random); });
        batch.inputs.push_back(ir::Tensor::floats(input.type.shape(), numbers));
    }
    return batch;
}

Result<ir::GraphPtr> prepared(const char* path, int64_t batch)
{
    BPU_TRY(imported, importer::importModel(path));
    BPU_TRY(fused, passes::fuse(imported.graph));
    BPU_TRY(report, passes::insertQat(fused.graph, *march::find("bayes"), {.hybrid = true}));
    return passes::withBatch(std::make_shared<const ir::Graph>(std::move(report.graph)), batch);
}

/// The best of some rounds, taken in turns so that both meet the same load of the machine.
Result<void> measure(const char* path, int64_t size)
{
    BPU_TRY(graph, prepared(path, size));
    const data::Batch batch = randomBatch(*graph);
    BPU_TRY(plainGraph, passes::withoutGrids(*graph));
    BPU_TRY(executor, runtime::FloatExecutor::make(plainGraph));
    std::printf("%s, batch %d\n", path, static_cast<int>(size));
    for (const char* observer : {"min_max", "mse", "kl"}) {
        BPU_TRY(calibration, passes::Calibration::make(graph, graph, {.observer = observer}));
        double plain = 1e30, observed = 1e30;
        for (int i = 0; i < kRounds; ++i) {
            plain = std::min(plain, bench::timed([&] { (void)executor.run(batch.inputs); }));
            observed = std::min(observed, bench::timed([&] { (void)calibration.observe(batch); }));
        }
        std::printf("  %-8s inference %8.2f ms, observed %8.2f ms, %.2f x\n", observer, plain, observed, observed / plain);
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    return bench::forEachFile(argc, argv, [](const char* path) {
        int worst = 0;
        for (const int64_t batch : {1, 8}) {
            const auto done = measure(path, batch);
            if (!done)
                std::fprintf(stderr, "bench_calibrate: %s: %s\n", path, done.error().text().c_str());
            worst = std::max(worst, done ? 0 : 1);
        }
        return worst;
    });
}
