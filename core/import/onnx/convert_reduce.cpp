// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

/// Axes from the attribute or (opset 13 for ReduceSum, 18 for the others) the operand; empty means all.
std::optional<std::vector<int64_t>> reducedAxes(NodeReader& reader)
{
    std::vector<int64_t> axes = reader.integers("axes");
    if (reader.has(1)) {
        const auto given = reader.constantInts(1);
        if (!given) {
            reader.refuse("its axes are computed by the network");
            return std::nullopt;
        }
        axes = *given;
    }
    axes = reader.axes(std::move(axes), reader.rank(0));
    std::ranges::sort(axes);
    return axes;
}

std::string reductionOp(std::string_view type)
{
    if (type == "ReduceMean") return "mean";
    if (type == "ReduceMax") return "amax";
    if (type == "ReduceMin") return "amin";
    if (type == "ReduceProd") return "prod";
    if (type == "ReduceL1") return "reduce_l1";
    if (type == "ReduceL2") return "reduce_l2";
    if (type == "ReduceLogSumExp") return "log_sum_exp";
    return "sum"; // ReduceSum, ReduceLogSum, ReduceSumSquare
}

} // namespace

void convertReduce(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const auto axes = reducedAxes(reader);
    const bool keepdim = reader.flag("keepdims", true);
    const bool nothingToDo = axes && axes->empty() && reader.flag("noop_with_empty_axes", false);
    if (reader.refused())
        return;
    const std::string& type = reader.node().type;
    const std::string op = reductionOp(type);
    ir::Attributes attributes{{"keepdim", keepdim}};
    if (!axes->empty())
        attributes.set("dim", *axes);
    if (nothingToDo)
        reader.finish("identity", reader.inputs(0, 1));
    else if (type == "ReduceSumSquare")
        reader.finish(op, {reader.emit("square", reader.inputs(0, 1))}, std::move(attributes));
    else if (type == "ReduceLogSum")
        reader.finish("log", {reader.emit(op, reader.inputs(0, 1), std::move(attributes))});
    else
        reader.finish(op, reader.inputs(0, 1), std::move(attributes));
}

void convertArg(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const int64_t dim = reader.axis(reader.integer("axis", 0), reader.rank(0));
    const bool keepdim = reader.flag("keepdims", true);
    ir::Attributes attributes{{"dim", dim}, {"keepdim", keepdim}};
    if (reader.flag("select_last_index", false))
        attributes.set("select_last_index", true);
    reader.finish(reader.node().type == "ArgMax" ? "argmax" : "argmin", reader.inputs(0, 1), std::move(attributes));
}

/// k is an attribute up to opset 9, then an operand.
void convertTopK(NodeReader& reader)
{
    if (!reader.needs(reader.opset() < 10 ? 1 : 2))
        return;
    ir::Attributes attributes{{"dim", reader.axis(reader.integer("axis", -1), reader.rank(0))},
                              {"largest", reader.flag("largest", true)}, {"sorted", reader.flag("sorted", true)}};
    if (reader.opset() < 10)
        attributes.set("k", reader.integer("k", 0));
    reader.finish("topk", reader.inputs(0, reader.opset() < 10 ? 1 : 2), std::move(attributes));
}

void convertCumSum(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    const auto axis = reader.constantScalar(1);
    if (!axis)
        reader.refuse("its axis is computed by the network");
    const int64_t dim = reader.axis(axis ? static_cast<int64_t>(*axis) : 0, reader.rank(0));
    reader.finish("cumsum", reader.inputs(0, 1),
                  {{"dim", dim}, {"exclusive", reader.flag("exclusive", false)}, {"reverse", reader.flag("reverse", false)}});
}

} // namespace bpu::importer
