// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// bench_onnx [--opset N] [--rounds N] [--quantized] [--plain] LIBONNXRUNTIME MODEL...: what onnxruntime computes with the ONNX that we write of a
// model, beside what our executor computes with the model: a float network, or the integers of a quantized one (a .bpuir of
// that stage, or with --quantized the fixed-point form of a float model). --plain: without onnxruntime's graph optimizations, so
// that it computes what is written. Prints figures (docs/onnx-export.md); for models with inputs of float32, of which the first
// result is compared.
#include "core/export/export.h"
#include "core/import/import.h"
#include "core/runtime/float_executor.h"
#include "tests/bench/peer.h"
#include "tests/bench/quantized.h"

#include <QTemporaryDir>

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <random>

using namespace bpu;

namespace {

constexpr double kSteps = 255; // of qint8: a result of 32 bits has none of its own

std::vector<ir::Tensor> randomInputs(const ir::Graph& graph, std::mt19937& random)
{
    std::normal_distribution<float> normal;
    std::vector<ir::Tensor> inputs;
    for (const ValueId id : graph.inputs()) {
        const ir::TensorType& type = graph.value(id).type;
        std::vector<float> numbers(static_cast<size_t>(type.isStatic() ? type.elementCount() : 0));
        std::ranges::generate(numbers, [&] { return normal(random); });
        inputs.push_back(ir::Tensor::floats(type.shape(), numbers));
    }
    return inputs;
}

/// The step of the first result's grid; nothing for a float result or one of 32 bits.
std::optional<double> stepOf(const ir::Graph& graph)
{
    const ir::Node* last = graph.producerOf(graph.value(graph.outputs().front()));
    const ir::Value* integers = last && last->op == "dequant_stub" ? graph.inputOf(*last, 0) : nullptr;
    const bool hasStep = integers && integers->quant && integers->quant->type != ir::QType::QInt32;
    return hasStep ? std::optional(integers->quant->scales.front()) : std::nullopt;
}

struct Options {
    int64_t opset = exporter::OnnxOptions().opset;
    int64_t rounds = 4;
    bool quantizes = false;
    bool isPlain = false;
};

struct Figures {
    int64_t values = 0;
    int64_t within = 0; ///< one step
    double worst = 0;   ///< of the largest magnitude
};

void add(Figures& figures, const ir::Tensor& ours, const std::vector<float>& theirs, std::optional<double> step)
{
    double largest = 0;
    for (int64_t i = 0; i < ours.elementCount(); ++i)
        largest = std::max(largest, std::fabs(ours.number(i)));
    const double allowed = step.value_or(2 * largest / kSteps) * 1.001;
    for (int64_t i = 0; i < ours.elementCount(); ++i) {
        const double off = std::fabs(ours.number(i) - static_cast<double>(theirs[static_cast<size_t>(i)]));
        figures.worst = std::max(figures.worst, off / std::max(largest, 1e-30));
        figures.within += off <= allowed ? 1 : 0;
        ++figures.values;
    }
}

/// The integers of every grid in the network, as the quantized graph computes them and as the pairs do that were written of it,
/// both by our executor.
Result<Figures> comparedGrids(const ir::Graph& graph, const std::string& path)
{
    BPU_TRY(written, importer::importModel(path));
    const auto integersOf = [](const ir::Graph& model, const std::vector<ir::Tensor>& inputs) -> Result<std::map<std::string, ir::Tensor>> {
        std::map<std::string, ir::Tensor> integers;
        BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(model), {.observeAll = true, .threads = 1}));
        const auto keep = [&](ValueId id, const ir::Tensor& numbers) {
            if (numbers.dtype() == ir::DType::Int8 || numbers.dtype() == ir::DType::Int16)
                integers.insert_or_assign(model.value(id).name, ir::Tensor(numbers.type(), Bytes::copyOf(numbers.bytes())));
        };
        if (const auto results = executor.run(inputs, {.observe = keep}); !results)
            return results.error();
        return integers;
    };
    std::mt19937 random(1);
    const std::vector<ir::Tensor> inputs = randomInputs(graph, random);
    BPU_TRY(ours, integersOf(graph, inputs));
    BPU_TRY(pairs, integersOf(written.graph, inputs));
    Figures figures;
    for (const auto& [name, a] : ours)
        if (const auto b = pairs.find(name); b != pairs.end() && b->second.type() == a.type())
            for (int64_t i = 0; i < a.elementCount(); ++i) {
                const auto off = static_cast<double>(std::abs(a.integer(i) - b->second.integer(i)));
                figures.worst = std::max(figures.worst, off);
                figures.within += off <= 1 ? 1 : 0;
                ++figures.values;
            }
    return figures;
}

void printGrids(const Figures& figures)
{
    if (figures.values > 0)
        fmt::print("{:40} {:>9} {:>11.0f} steps {:>10.4f}%\n", "    its integers", figures.values, figures.worst,
                   100.0 * static_cast<double>(figures.within) / static_cast<double>(figures.values));
}

Result<Figures> compared(const char* library, const std::filesystem::path& model, const Options& options)
{
    BPU_TRY(imported, importer::importModel(model));
    ir::Graph graph = std::move(imported.graph);
    if (options.quantizes) {
        BPU_TRY(integers, bench::quantizedForm(graph));
        graph = std::move(integers);
    }
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString() + "/model.onnx";
    BPU_CHECK(exporter::writeOnnx(graph, path, {.opset = options.opset}));
    if (graph.stage() == ir::Stage::Quantized) {
        BPU_TRY(grids, comparedGrids(graph, path));
        printGrids(grids);
    }
    BPU_TRY(peer, bench::Peer::open(library, path.c_str(), 1, !options.isPlain));
    BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(graph), {.threads = 1}));
    std::mt19937 random(1);
    Figures figures;
    for (int i = 0; i < options.rounds; ++i) {
        const std::vector<ir::Tensor> inputs = randomInputs(graph, random);
        BPU_TRY(ours, executor.run(inputs));
        BPU_TRY(theirs, peer.run(inputs, static_cast<size_t>(ours.front().elementCount())));
        add(figures, ours.front(), theirs, stepOf(graph));
    }
    return figures;
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    int first = 1;
    for (; first < argc && std::strncmp(argv[first], "--", 2) == 0; ++first) {
        const std::string_view option = argv[first];
        if (option == "--quantized")
            options.quantizes = true;
        else if (option == "--plain")
            options.isPlain = true;
        else if (++first < argc)
            std::from_chars(argv[first], argv[first] + std::strlen(argv[first]), option == "--rounds" ? options.rounds : options.opset);
    }
    if (argc - first < 2) {
        fmt::print(stderr, "usage: {} [--opset N] [--rounds N] [--quantized] [--plain] LIBONNXRUNTIME MODEL...\n", argv[0]);
        return 2;
    }
    fmt::print("{:40} {:>9} {:>15} {:>12}\n", "model", "values", "largest / range", "in one step");
    bool failed = false;
    for (int i = first + 1; i < argc; ++i) {
        const std::filesystem::path model = argv[i];
        const auto figures = compared(argv[first], model, options);
        failed = failed || !figures;
        if (figures)
            fmt::print("{:40} {:>9} {:>15.2g} {:>11.3f}%\n", model.filename().string(), figures->values, figures->worst,
                       100.0 * static_cast<double>(figures->within) / static_cast<double>(std::max<int64_t>(figures->values, 1)));
        else
            fmt::print("{:40} {}\n", model.filename().string(), figures.error().text());
        std::fflush(stdout);
    }
    return failed ? 1 : 0;
}
