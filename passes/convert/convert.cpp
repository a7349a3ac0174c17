// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/convert/convert.h"

#include "core/ops/keeps_grid.h"
#include "core/ops/op_spec.h"
#include "passes/convert/converter.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

struct Entry {
    std::string_view op;
    NodeConverter convert;
};

/// The other moves are those of ops::keepsGrid.
constexpr auto kConverters = std::to_array<Entry>({
    {"conv1d", convertProduct}, {"conv2d", convertProduct}, {"conv3d", convertProduct}, {"conv_transpose2d", convertProduct}, {"linear", convertProduct},
    {"matmul", convertMatmul}, {"bmm", convertMatmul},
    {"batch_norm1d", convertBatchNorm}, {"batch_norm2d", convertBatchNorm}, {"batch_norm3d", convertBatchNorm},
    {"add", convertArithmetic}, {"sub", convertArithmetic}, {"mul", convertArithmetic}, {"div", convertArithmetic},
    {"maximum", convertArithmetic}, {"minimum", convertArithmetic},
    {"eq", convertComparison}, {"ne", convertComparison}, {"lt", convertComparison}, {"le", convertComparison}, {"gt", convertComparison}, {"ge", convertComparison},
    {"cat", convertJoin}, {"stack", convertJoin}, {"where", convertJoin},
    {"avg_pool1d", convertOwnGrid}, {"avg_pool2d", convertOwnGrid}, {"avg_pool3d", convertOwnGrid},
    {"adaptive_avg_pool1d", convertOwnGrid}, {"adaptive_avg_pool2d", convertOwnGrid}, {"adaptive_avg_pool3d", convertOwnGrid},
    {"mean", convertOwnGrid}, {"sum", convertOwnGrid}, {"interpolate", convertOwnGrid},
    {"relu", convertOwnGrid}, {"relu6", convertOwnGrid}, {"clamp", convertOwnGrid}, {"abs", convertOwnGrid},
    {"argmax", convertIndices}, {"argmin", convertIndices},
    {"softmax", convertSoftmax}, {"layer_norm", convertLayerNorm},
    {"dequant_stub", convertDequantStub},
});

/// Functions of one number, made into a table.
constexpr auto kTables = std::to_array<std::string_view>({
    "sigmoid", "tanh", "silu", "mish", "hard_swish", "softsign", "log_sigmoid", "gelu", "selu", "hard_sigmoid", "softplus", "threshold", "hard_shrink",
    "soft_shrink", "exp", "log", "sqrt", "rsqrt", "reciprocal", "erf", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh",
    "atanh", "neg", "sign", "floor", "ceil", "round", "square", "leaky_relu", "elu", "celu", "pow", "prelu",
});

/// What a float graph computes with no floats in it (shapes, indices) stays.
bool touchesFloats(const ir::Graph& graph, const ir::Node& node)
{
    const auto isNumber = [&graph](ValueId id) {
        const ir::Value* value = graph.find(id);
        return value && (ir::isFloat(value->type.dtype()) || value->quant);
    };
    return std::ranges::any_of(node.inputs, isNumber) || std::ranges::any_of(node.outputs, isNumber);
}

/// The sentence's part behind the semicolon is what to do.
Finding findingOf(const Error& error)
{
    Finding finding;
    finding.code = error.code.starts_with("quant.") ? "convert.scale" : error.code;
    finding.severity = Severity::Error;
    const size_t split = error.message.find("; ");
    finding.message = error.message.substr(0, split);
    finding.advice = split == std::string::npos ? std::string() : error.message.substr(split + 2);
    return finding;
}

Result<Converter> converted(const ir::Graph& qat, const JobControl& control)
{
    if (qat.stage() != ir::Stage::Qat)
        return Error{"convert.stage", {}, fmt::format("convert takes a calibrated qat model, this one is {}; run bpu prepare and bpu calibrate first", name(qat.stage()))};
    Converter converter(qat);
    size_t done = 0;
    for (const NodeId id : qat.order()) {
        if (control.stopRequested())
            return JobControl::cancelled();
        converter.visit(id);
        control.report(static_cast<double>(++done) / static_cast<double>(qat.nodeCount()), "Convert");
    }
    return converter;
}

} // namespace

NodeConverter converterOf(const ir::Node& node)
{
    const auto found = std::ranges::find(kConverters, node.op, &Entry::op);
    if (node.op == "relu" || (found != kConverters.end() && !ops::keepsGrid(node)))
        return found->convert;
    if (std::ranges::find(kTables, node.op) != kTables.end())
        return convertTable;
    return ops::keepsGrid(node) ? convertMove : nullptr;
}

Error cannotConvert(std::string_view code, std::string message)
{
    return {fmt::format("convert.{}", code), {}, std::move(message)};
}

void Converter::visit(NodeId id)
{
    if (!graph().contains(id) || node(id).attributes.text("device") == "cpu" || !touchesFloats(graph(), node(id)))
        return;
    const auto result = convertNode(id);
    if (result)
        return;
    Finding finding = findingOf(result.error());
    finding.node = id;
    finding.where = node(id).name;
    finding.op = ops::qualifiedName(node(id));
    m_findings.push_back(std::move(finding));
}

Result<void> Converter::convertNode(NodeId id)
{
    if (node(id).op == "fake_quantize" || node(id).op == "quant_stub")
        return convertFakeQuantize(id);
    if (const NodeConverter convert = converterOf(node(id)))
        return convert(*this, id);
    return cannotConvert("operator", fmt::format("{} has no fixed-point form; keep it on the CPU (bpu prepare --hybrid) or replace it", ops::qualifiedName(node(id))));
}

Findings checkConvert(const ir::Graph& qat)
{
    auto converter = converted(qat, {});
    return converter ? converter->takeFindings() : Findings{findingOf(converter.error())};
}

Result<ConvertReport> convert(const ir::Graph& qat, const JobControl& control)
{
    BPU_TRY(converter, converted(qat, control));
    const Findings findings = converter.takeFindings();
    if (!findings.empty()) {
        const Finding& first = findings.front();
        const std::string others = findings.size() > 1 ? fmt::format(" ({} more nodes cannot be converted)", findings.size() - 1) : std::string();
        return Error{first.code, first.where, fmt::format("{}{}{}{}", first.message, others, first.advice.empty() ? "" : "; ", first.advice)};
    }
    BPU_TRY(graph, converter.finish());
    ConvertReport report = std::move(converter.report());
    report.graph = std::move(graph);
    return report;
}

} // namespace bpu::passes
