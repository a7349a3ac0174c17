// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Reductions and what finds or orders elements. Axes of ReduceSum are an operand from opset 13 on.
#include "core/export/onnx/writers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bpu::exporter {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 8> kReductions = {{{"mean", "ReduceMean"}, {"sum", "ReduceSum"}, {"amax", "ReduceMax"}, {"amin", "ReduceMin"}, {"prod", "ReduceProd"},
                                              {"reduce_l1", "ReduceL1"}, {"reduce_l2", "ReduceL2"}, {"log_sum_exp", "ReduceLogSumExp"}}};

int64_t keepDims(const NodeWriter& writer)
{
    return writer.attributes().flag("keepdim") ? 1 : 0;
}

/// k is an operand of one element in one dimension.
void finishTopK(NodeWriter& writer, const std::string& k, bool largest, bool sorted)
{
    writer.finish("TopK", {writer.input(0), k}, {{"axis", writer.dim()}, {"largest", int64_t{largest}}, {"sorted", int64_t{sorted}}});
}

} // namespace

void writeReduction(NodeWriter& writer)
{
    const auto found = std::ranges::find(kReductions, std::string_view(writer.node().op), &Pair::first);
    const std::vector<int64_t> axes = writer.attributes().integers("dim");
    const std::string x = writer.operand(0, writer.resultType().dtype()); // torch sums bools as integers
    ir::Attributes attributes{{"keepdims", keepDims(writer)}};
    std::vector<std::string> inputs{x};
    if (!axes.empty() && writer.node().op == "sum" && writer.opset() >= 13)
        inputs.push_back(writer.ints("axes", axes));
    else if (!axes.empty())
        attributes.set("axes", axes);
    writer.finish(found->second, inputs, attributes);
}

/// torch.max with a dimension: the largest numbers and where they are.
void writeMaxWithIndices(NodeWriter& writer)
{
    const bool isMax = writer.node().op == "max";
    const int64_t axis = writer.dim();
    if (writer.usesResult(0) || !writer.usesResult(1))
        writer.finishResult(0, isMax ? "ReduceMax" : "ReduceMin", {writer.input(0)}, {{"axes", std::vector<int64_t>{axis}}, {"keepdims", keepDims(writer)}});
    if (writer.usesResult(1))
        writer.finishResult(1, isMax ? "ArgMax" : "ArgMin", {writer.input(0)}, {{"axis", axis}, {"keepdims", keepDims(writer)}});
}

void writeArg(NodeWriter& writer)
{
    const bool isFlat = !writer.attributes().has("dim");
    ir::Attributes attributes{{"axis", isFlat ? int64_t{0} : writer.dim()}, {"keepdims", isFlat ? int64_t{0} : keepDims(writer)}};
    if (writer.attributes().flag("select_last_index"))
        attributes.set("select_last_index", int64_t{1});
    const char* type = writer.node().op == "argmax" ? "ArgMax" : "ArgMin";
    if (!isFlat) {
        writer.finish(type, {writer.input(0)}, attributes);
        return;
    }
    const std::string flat = writer.emit("Reshape", {writer.input(0), writer.ints("flat", {-1})});
    const int rank = writer.resultType().rank();
    if (rank <= 0)
        writer.finish(type, {flat}, attributes);
    else
        writer.finish("Reshape", {writer.emit(type, {flat}, attributes), writer.ints("ones", std::vector<int64_t>(static_cast<size_t>(rank), 1))});
}

void writeTopK(NodeWriter& writer)
{
    const bool largest = writer.attributes().flag("largest", true), sorted = writer.attributes().flag("sorted", true);
    std::string k;
    if (!writer.has(1))
        k = writer.ints("k", {writer.attributes().integer("k", 1)});
    else
        k = writer.rank(1) == 1 ? writer.operand(1, ir::DType::Int64) : writer.emit("Reshape", {writer.operand(1, ir::DType::Int64), writer.ints("one", {1})});
    finishTopK(writer, k, largest, sorted);
}

/// All elements, the largest or smallest first.
void writeSort(NodeWriter& writer)
{
    const int64_t axis = writer.dim();
    const ir::Dim size = writer.type(0).dim(static_cast<int>(axis));
    const std::string k = size >= 0 ? writer.ints("k", {size})
                                    : writer.emit("Gather", {writer.emit("Shape", {writer.input(0)}), writer.ints("axis", {axis})}, {{"axis", int64_t{0}}});
    finishTopK(writer, k, writer.attributes().flag("descending"), true);
}

void writeCumSum(NodeWriter& writer)
{
    const ir::Attributes& a = writer.attributes();
    writer.finish("CumSum", {writer.operand(0, writer.resultType().dtype()), writer.scalar("axis", static_cast<double>(writer.dim()), ir::DType::Int64)},
                  {{"exclusive", int64_t{a.flag("exclusive")}}, {"reverse", int64_t{a.flag("reverse")}}});
}

} // namespace bpu::exporter
