// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/calibrate/calibrate.h"

#include "core/ir/graph_editor.h"
#include "core/quant/grid.h"
#include "core/runtime/float_executor.h"
#include "passes/calibrate/runs.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <unordered_map>

namespace bpu::passes {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Grid {
    NodeId node; ///< in the graph that gets its grids
    quant::FakeQuantConfig config;
    std::string group;
    bool isWeight = false;
    bool isFixed = false;
    std::unique_ptr<quant::Observer> observer = {};
    ir::QuantParams params = {}; ///< of a constant or a fixed scale
};

/// The node behind which a grid stands, in the user's words: the layer whose numbers it holds.
const ir::Node& layerOf(const ir::Graph& graph, const ir::Node& grid)
{
    const ir::Value* input = graph.inputOf(grid, 0);
    const ir::Node* producer = input ? graph.producerOf(*input) : nullptr;
    return producer ? *producer : grid;
}

ir::Tensor sliceOf(const ir::Tensor& numbers, int64_t part, int64_t parts)
{
    const int64_t size = numbers.elementCount() / parts;
    const size_t bytes = static_cast<size_t>(size) * sizeof(float);
    return {ir::TensorType(ir::DType::Float32, {size}), Bytes::copyOf(numbers.bytes().subspan(static_cast<size_t>(part) * bytes, bytes))};
}

/// The part of a batch in which there are NaN or infinities: the first dimension is the outermost in every memory order.
std::string sampleOf(const ir::Tensor& numbers, const data::Batch& batch, const quant::FakeQuantConfig& config)
{
    const auto parts = static_cast<int64_t>(batch.names.size());
    const bool isStacked = numbers.type().rank() > 0 && numbers.shape()[0] >= parts && numbers.shape()[0] > 0;
    for (int64_t i = 0; isStacked && i < parts; ++i)
        if (const auto probe = quant::makeObserver("min_max", {.type = config.options.type}); probe && !(*probe)->observe(sliceOf(numbers, i, numbers.shape()[0])))
            return batch.names[static_cast<size_t>(i)];
    return batch.names.empty() ? std::string("the batch") : batch.names.front();
}

} // namespace

/// Places in the list of grids, by observed value of the running graph.
using ByValue = std::unordered_map<ValueId, std::vector<size_t>>;

struct Calibration::State {
    ir::GraphPtr qat;
    ir::GraphPtr running;
    runtime::FloatExecutor executor;
    std::vector<Grid> grids;
    ByValue gridsOf = {};
    size_t samples = 0;
    double runSeconds = 0;
    double observeSeconds = 0;
};

Calibration::Calibration(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Calibration::Calibration(Calibration&&) noexcept = default;
Calibration& Calibration::operator=(Calibration&&) noexcept = default;
Calibration::~Calibration() = default;

Result<ir::QuantParams> observeConstant(const ir::Tensor& numbers, const quant::FakeQuantConfig& config)
{
    quant::ObserverOptions whole = config.options;
    whole.channelAxis = -1;
    const int axis = config.options.channelAxis;
    if (axis >= numbers.type().rank())
        return Error{"calibrate.weight", {}, fmt::format("has no axis {} for its scales; prepare the model again", axis)};
    const int64_t channels = axis < 0 ? 1 : numbers.type().dim(axis);
    int64_t inner = 1;
    for (int i = axis + 1; i < numbers.type().rank(); ++i)
        inner *= numbers.type().dim(i);
    std::vector<std::vector<float>> parts(static_cast<size_t>(channels));
    for (int64_t i = 0; i < numbers.elementCount(); ++i)
        parts[static_cast<size_t>(axis < 0 ? 0 : i / inner % channels)].push_back(numbers.at<float>(i));
    ir::QuantParams params{config.options.type, {}, axis};
    for (const std::vector<float>& part : parts) {
        BPU_TRY(observer, quant::makeObserver(config.observer, whole));
        if (auto seen = observer->observe(ir::Tensor::floats({static_cast<ir::Dim>(part.size())}, part)); !seen)
            return Error{"calibrate.weight", {}, "holds NaN or infinite numbers; train or export the model again"};
        params.scales.push_back(observer->params().scales.front());
    }
    return params;
}

namespace {

Result<Grid> gridOf(const ir::Graph& graph, const ir::Node& node, const CalibrateOptions& options)
{
    BPU_TRY(config, quant::fakeQuantOf(node));
    const ir::Value& input = *graph.inputOf(node, 0);
    Grid grid{.node = node.id, .config = std::move(config), .group = std::string(node.attributes.text("group")), .isWeight = input.isConstant()};
    grid.isFixed = grid.config.observer == "fixed_scale";
    if (grid.isWeight) {
        if (input.type.dtype() != ir::DType::Float32)
            return Error{"calibrate.weight", input.name, fmt::format("is {}, not float32; prepare the model again", input.type.text())};
        auto params = observeConstant(*input.constant, grid.config);
        if (!params)
            return Error{params.error().code, input.name, params.error().message};
        grid.params = *std::move(params);
        return grid;
    }
    if (grid.isFixed) {
        grid.params = {grid.config.options.type, {grid.config.options.scale}, -1};
        return grid;
    }
    if (!options.observer.empty() && options.observer != grid.config.observer) {
        const quant::ObserverOptions own = grid.config.options;
        grid.config.observer = options.observer;
        grid.config.options = quant::defaultsOf(options.observer);
        grid.config.options.type = own.type;
        grid.config.options.channelAxis = own.channelAxis;
    }
    grid.config.options.averaging = options.averaging.value_or(grid.config.options.averaging);
    BPU_TRY(observer, quant::makeObserver(grid.config.observer, grid.config.options));
    grid.observer = std::move(observer);
    return grid;
}

} // namespace

Result<Calibration> Calibration::make(ir::GraphPtr qat, ir::GraphPtr running, const CalibrateOptions& options)
{
    if (qat->stage() != ir::Stage::Qat)
        return Error{"calibrate.stage", {}, fmt::format("a prepared model is calibrated, this one is {}; {}", name(qat->stage()),
                                                        qat->stage() == ir::Stage::Quantized ? "open the prepared one" : "run bpu prepare first")};
    if (options.observer == "fixed_scale")
        return Error{"quant.observer", {}, "fixed_scale needs a scale for each value; give it in a qconfig to bpu prepare"};
    std::vector<Grid> grids;
    std::map<std::string, size_t, std::less<>> byName;
    for (const NodeId id : qat->order()) {
        const ir::Node& node = qat->node(id);
        if (!makesGrid(node))
            continue;
        if (!qat->inputOf(node, 0) || node.outputs.size() != 1)
            return Error{"calibrate.stage", node.name, "has no input; prepare the model again"};
        BPU_TRY(grid, gridOf(*qat, node, options));
        if (grid.observer)
            byName[node.name] = grids.size();
        grids.push_back(std::move(grid));
    }
    ByValue observed;
    std::vector<ValueId> values;
    for (const NodeId id : running->order())
        if (const auto found = byName.find(running->node(id).name); found != byName.end()) {
            const ValueId value = sourceOf(*running, running->node(id).input(0));
            observed[value].push_back(found->second);
            values.push_back(value);
        }
    BPU_TRY(calibrating, withoutGrids(*running)); // as fast as a float network
    BPU_TRY(executor, runtime::FloatExecutor::make(calibrating, {.observed = std::move(values), .observedInAnyOrder = true, .threads = options.threads}));
    return Calibration(std::unique_ptr<State>(new State{std::move(qat), std::move(calibrating), std::move(executor), std::move(grids), std::move(observed)}));
}

namespace {

Result<void> show(const ir::Graph& graph, Grid& grid, const ir::Tensor& numbers, const data::Batch& batch)
{
    auto seen = grid.observer->observe(numbers);
    if (seen || seen.error().code != "quant.not_finite")
        return seen;
    const ir::Node& layer = layerOf(graph, graph.node(grid.node));
    return Error{"calibrate.not-finite", layer.name, fmt::format("gives NaN or infinite numbers for {}; look at the model and at that sample", sampleOf(numbers, batch, grid.config))};
}

} // namespace

Result<void> Calibration::observe(const data::Batch& batch, const JobControl& control)
{
    State& state = *m_state;
    if (control.stopRequested()) // between batches only: no grid has seen a batch that others have not
        return JobControl::cancelled();
    Result<void> seen;
    // A batch that is not full repeats its last sample: that one counts more than once, which no observer minds.
    const auto look = [&](ValueId id, const ir::Tensor& numbers) {
        const Clock::time_point start = Clock::now();
        for (const size_t i : state.gridsOf[id])
            if (seen)
                seen = show(*state.qat, state.grids[i], numbers, batch);
        state.observeSeconds += secondsSince(start);
    };
    const Clock::time_point start = Clock::now();
    runtime::RunOptions run;
    run.observe = look;
    BPU_CHECK(state.executor.run(batch.inputs, run));
    state.runSeconds += secondsSince(start);
    BPU_CHECK(std::move(seen));
    state.samples += batch.names.size();
    return {};
}

Result<void> Calibration::observe(data::Batches& batches, size_t most, const JobControl& control)
{
    for (size_t done = 0; most == 0 || done < most; ++done) {
        if (control.stopRequested())
            return JobControl::cancelled();
        BPU_TRY(batch, batches.next());
        if (!batch)
            return {};
        BPU_CHECK(observe(*batch, control));
        control.report(static_cast<double>(batches.samplesDone()) / static_cast<double>(batches.sampleCount()),
                       fmt::format("{} of {} samples", batches.samplesDone(), batches.sampleCount()));
    }
    return {};
}

size_t Calibration::samples() const
{
    return m_state->samples;
}

namespace {

Finding warning(const ir::Node& node, std::string code, std::string message, std::string advice)
{
    Finding f;
    f.code = std::move(code);
    f.node = node.id;
    f.where = node.name;
    f.message = std::move(message);
    f.advice = std::move(advice);
    return f;
}

/// The largest threshold of each group; a fixed scale in a group is everybody's.
std::map<std::string, ir::QuantParams> gridsOfGroups(const std::vector<Grid>& grids)
{
    std::map<std::string, ir::QuantParams> groups;
    std::map<std::string, bool> fixed;
    for (const Grid& grid : grids) {
        if (grid.group.empty() || (grid.observer && grid.observer->thresholds().empty()))
            continue;
        const ir::QuantParams params = grid.observer ? grid.observer->params() : grid.params;
        const auto [known, isNew] = groups.try_emplace(grid.group, params);
        if (isNew || (grid.isFixed && !fixed[grid.group]) || (!fixed[grid.group] && params.scales.front() > known->second.scales.front()))
            known->second = params;
        fixed[grid.group] = fixed[grid.group] || grid.isFixed;
    }
    return groups;
}

} // namespace

Result<CalibrateReport> Calibration::finish() const
{
    const State& state = *m_state;
    const bool needsData = std::ranges::any_of(state.grids, [](const Grid& grid) { return grid.observer != nullptr; });
    if (state.samples == 0 && needsData)
        return Error{"calibrate.no-data", {}, "no sample was observed, so no scale is known; give data with --data"};
    CalibrateReport report{.graph = {}, .grids = {}, .findings = {}, .samples = state.samples, .runSeconds = state.runSeconds, .observeSeconds = state.observeSeconds};
    ir::GraphEditor editor(*state.qat);
    const auto groups = gridsOfGroups(state.grids);
    for (const Grid& grid : state.grids) {
        const ir::Node& node = state.qat->node(grid.node);
        const std::vector<double> thresholds = grid.observer ? grid.observer->thresholds() : std::vector<double>{1};
        const auto group = groups.find(grid.group);
        const ir::QuantParams params = group != groups.end() ? group->second : grid.observer ? grid.observer->params() : grid.params;
        if (thresholds.empty() && group == groups.end())
            report.findings.push_back(warning(node, "calibrate.unseen", "saw no data, so its scale is 1", "Calibrate with data that takes this branch"));
        else if (thresholds.size() == 1 && thresholds.front() == 0 && group == groups.end())
            report.findings.push_back(warning(node, "calibrate.zeros", "saw zeros only, so its scale is 1", "Use data that makes it differ from zero, or remove what it stands for"));
        editor.setQuant(node.output(), params);
        if (grid.observer) { // what was used instead of what the qconfig said
            ir::Attributes attributes = quant::attributesOf(grid.config, grid.config.options.channelAxis);
            if (!grid.group.empty())
                attributes.set("group", grid.group);
            editor.setAttributes(node.id, std::move(attributes));
        }
        report.grids.push_back({node.name, grid.config.observer, params, grid.isWeight, grid.isFixed});
    }
    editor.setFact("fake_quant_state", "validation");
    BPU_TRY(graph, editor.finish());
    report.graph = std::move(graph);
    return report;
}

} // namespace bpu::passes
