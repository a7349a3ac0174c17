// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Functions of one number as tables, and what is built from tables. The function itself is computed by the float executor in
// double precision, so there is one definition of it.
#include "core/ops/infer.h"
#include "core/quant/fake_quantize.h"
#include "core/quant/requantize.h"
#include "core/runtime/float_executor.h"
#include "passes/convert/converter.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

constexpr int kSegments = 256;
constexpr double kKnotSteps = 256; ///< knots are in 1/256 steps of the result

/// Other inputs than the first are scalar constants.
Result<std::vector<double>> applied(const ir::Graph& graph, const ir::Node& function, const std::vector<double>& x)
{
    ir::GraphEditor editor("function");
    const ir::TensorType type(ir::DType::Float64, {static_cast<int64_t>(x.size())});
    ir::NodeSpec spec{.op = function.op, .name = function.name, .inputs = {editor.addInput("x", type)}, .attributes = function.attributes};
    for (size_t i = 1; i < function.inputs.size(); ++i) {
        const ir::Tensor* constant = ops::constantInput(graph, function, i);
        if (!constant || constant->elementCount() != 1)
            return cannotConvert("operator", fmt::format("{} with an operand per channel has no table; keep it on the CPU (bpu prepare --hybrid)", function.op));
        spec.inputs.push_back(editor.addConstant("c", ir::Tensor::of(ir::DType::Float64, {1}, std::vector<double>{constant->number(0)})));
    }
    editor.addOutput(editor.graph().node(editor.addNode(std::move(spec), {type})).output());
    BPU_TRY(single, editor.finish());
    BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(single)), {.threads = 1}));
    const ir::Tensor input = ir::Tensor::of(ir::DType::Float64, type.shape(), x);
    BPU_TRY(results, executor.run(std::span(&input, 1)));
    return results[0].toDoubles();
}

std::vector<double> numbersFrom(int64_t first, int64_t step, size_t count, double scale)
{
    std::vector<double> numbers(count);
    for (size_t i = 0; i < count; ++i)
        numbers[i] = static_cast<double>(first + static_cast<int64_t>(i) * step) * scale;
    return numbers;
}

ir::Tensor integersOf(ir::QType type, const std::vector<int64_t>& numbers)
{
    const auto count = static_cast<int64_t>(numbers.size());
    if (type == ir::QType::QInt8)
        return ir::Tensor::of(ir::DType::Int8, {count}, std::vector<int8_t>(numbers.begin(), numbers.end()));
    return ir::Tensor::of(ir::DType::Int16, {count}, std::vector<int16_t>(numbers.begin(), numbers.end()));
}

/// An entry for every qint8 number.
Result<ir::Tensor> entries(const ir::Graph& graph, const ir::Node& function, double inputScale, const ir::QuantParams& result)
{
    BPU_TRY(numbers, applied(graph, function, numbersFrom(-128, 1, 256, inputScale)));
    std::vector<int64_t> integers;
    for (const double number : numbers)
        integers.push_back(quant::quantize(number, Converter::scaleOf(result), quant::gridOf(result.type)));
    return integersOf(result.type, integers);
}

struct Knots {
    ir::Tensor tensor;
    double error = 0; ///< the largest distance from the rounded function, in steps of the result
};

int64_t interpolated(const std::vector<int32_t>& knots, int64_t u, quant::Grid grid)
{
    const int64_t left = u >> 8;
    const int64_t t = u & 255;
    const int64_t sum = int64_t{knots[static_cast<size_t>(left)]} * (256 - t) + int64_t{knots[static_cast<size_t>(left) + 1]} * t;
    const int64_t half = int64_t{1} << 15;
    return std::clamp(sum >= 0 ? (sum + half) >> 16 : -((half - sum) >> 16), grid.min, grid.max);
}

/// A knot every 256 numbers, with a margin beyond the grid so that a curve that leaves it is cut where it leaves.
Result<Knots> knotsOf(const ir::Graph& graph, const ir::Node& function, double inputScale, const ir::QuantParams& result)
{
    const quant::Grid grid = quant::gridOf(result.type);
    BPU_TRY(numbers, applied(graph, function, numbersFrom(-32768, 256, kSegments + 1, inputScale)));
    std::vector<int32_t> knots;
    const quant::Grid wide{4 * grid.min * 256, 4 * grid.max * 256};
    for (const double number : numbers)
        knots.push_back(static_cast<int32_t>(quant::quantize(number, Converter::scaleOf(result) / kKnotSteps, wide)));
    BPU_TRY(exact, applied(graph, function, numbersFrom(-32768, 1, 65536, inputScale)));
    Knots made{ir::Tensor::of(ir::DType::Int32, {kSegments + 1}, knots)};
    for (int64_t u = 0; u < 65536; ++u)
        if (std::isfinite(exact[static_cast<size_t>(u)])) {
            const int64_t wanted = quant::quantize(exact[static_cast<size_t>(u)], Converter::scaleOf(result), grid);
            made.error = std::max(made.error, static_cast<double>(std::abs(interpolated(knots, u, grid) - wanted)));
        }
    return made;
}

void becomeTable(Converter& converter, NodeId id, ir::Tensor table, double error)
{
    const ir::Node node = converter.node(id);
    ir::GraphEditor& editor = converter.editor();
    editor.setOp(id, "table");
    editor.setAttribute(id, "function", std::string(node.op)); // beside its own attributes
    editor.setAttribute(id, "error", error);
    const ValueId made = editor.addConstant(node.name + ".table", std::move(table));
    editor.setInputs(id, {node.input(0), made});
    ++converter.report().tables;
    if (error > 1)
        converter.report().notes.push_back(fmt::format("the table of {} is off by up to {:.0f} steps of its result where the function is steep", node.name, error));
}

} // namespace

Result<void> convertTable(Converter& converter, NodeId id)
{
    BPU_TRY(input, converter.inputGrid(id, 0));
    const auto wanted = converter.wantedGrid(id);
    if (!wanted)
        return cannotConvert("uncalibrated", "its result has no scale; calibrate the model first, with data that reaches this node");
    const ir::Node node = converter.node(id);
    if (input.type == ir::QType::QInt8) {
        BPU_TRY(table, entries(converter.graph(), node, Converter::scaleOf(input), *wanted));
        becomeTable(converter, id, std::move(table), 0);
    } else {
        BPU_TRY(knots, knotsOf(converter.graph(), node, Converter::scaleOf(input), *wanted));
        becomeTable(converter, id, std::move(knots.tensor), knots.error);
    }
    converter.putOnGrid(id, 0, *wanted);
    return {};
}

/// exp(-d * scale) for the 256 distances from the largest number, in 2^-15.
Result<void> convertSoftmax(Converter& converter, NodeId id)
{
    BPU_TRY(input, converter.inputGrid(id, 0));
    const auto wanted = converter.wantedGrid(id);
    if (!wanted)
        return cannotConvert("uncalibrated", "its result has no scale; calibrate the model first, with data that reaches this node");
    if (input.type != ir::QType::QInt8)
        return cannotConvert("type", "softmax takes qint8; set the output type of the operator before it to qint8");
    BPU_CHECK(quant::chooseRequantizer(1 / Converter::scaleOf(*wanted)));
    std::vector<int32_t> table;
    for (int d = 0; d < 256; ++d)
        table.push_back(static_cast<int32_t>(std::nearbyint(std::ldexp(std::exp(-d * Converter::scaleOf(input)), 15))));
    const ValueId made = converter.editor().addConstant(converter.node(id).name + ".exp", ir::Tensor::of(ir::DType::Int32, {256}, table));
    converter.editor().setInputs(id, {converter.node(id).input(0), made});
    converter.putOnGrid(id, 0, *wanted);
    return {};
}

/// Squares of qint8 numbers about their mean stay in int64 up to 16384 numbers.
Result<void> convertLayerNorm(Converter& converter, NodeId id)
{
    BPU_TRY(input, converter.inputGrid(id, 0));
    const auto wanted = converter.wantedGrid(id);
    if (!wanted)
        return cannotConvert("uncalibrated", "its result has no scale; calibrate the model first, with data that reaches this node");
    if (input.type != ir::QType::QInt8)
        return cannotConvert("type", "layer norm takes qint8; set the output type of the operator before it to qint8");
    int64_t numbers = 1;
    for (const int64_t size : converter.node(id).attributes.integers("normalized_shape"))
        numbers *= size;
    if (numbers > 16384)
        return cannotConvert("overflow", fmt::format("layer norm over {} numbers could leave int64, 16384 cannot; normalize fewer numbers, or keep it on the CPU", numbers));
    for (size_t i = 1; i < converter.node(id).inputs.size(); ++i)
        if (converter.node(id).input(i).isValid() && !ops::constantInput(converter.graph(), converter.node(id), i))
            return cannotConvert("weight", "its gamma and beta are no constants; keep it on the CPU");
    converter.putOnGrid(id, 0, *wanted);
    return {};
}

} // namespace bpu::passes
