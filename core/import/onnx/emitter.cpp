// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/emitter.h"

#include "core/import/onnx/sizes/scaffolding.h"
#include "core/ops/op_spec.h"

#include <algorithm>

namespace bpu::importer {
namespace {

/// Folding must not make a small file large in memory.
constexpr int64_t kFoldedElements = int64_t{1} << 20U;

int64_t inputElements(const ir::Graph& graph, const ir::Node& node)
{
    int64_t count = 0;
    for (const ValueId input : node.inputs)
        if (const ir::Value* value = graph.find(input); value && value->isConstant())
            count += value->constant->elementCount();
    return count;
}

/// shape and size need only a type.
bool hasConstantOperands(const ir::Graph& graph, const ir::Node& node)
{
    return node.op == "shape" || node.op == "size" || std::ranges::all_of(node.inputs, [&](ValueId input) {
        const ir::Value* value = graph.find(input);
        return !value || value->isConstant();
    });
}

/// Another rank, or another number for a dimension. An empty shape is also what exporters write that know none.
bool contradicts(const ir::TensorType& inferred, const ir::TensorType& declared)
{
    if (!inferred.hasRank() || declared.rank() < 1)
        return false;
    if (inferred.rank() != declared.rank())
        return true;
    for (int i = 0; i < inferred.rank(); ++i)
        if (inferred.dim(i) != declared.dim(i) && inferred.dim(i) != ir::kUnknownDim && declared.dim(i) != ir::kUnknownDim)
            return true;
    return false;
}

} // namespace

ir::TensorType mergeTypes(const ir::TensorType& inferred, const ir::TensorType& declared)
{
    const ir::DType dtype = inferred.dtype() != ir::DType::Undefined ? inferred.dtype() : declared.dtype();
    if (!inferred.hasRank())
        return declared.withDType(dtype);
    if (declared.rank() != inferred.rank())
        return inferred.withDType(dtype);
    ir::Shape shape = inferred.shape();
    for (size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == ir::kUnknownDim)
            shape[i] = declared.shape()[i];
    return {dtype, std::move(shape)};
}

std::vector<ValueId> Emitter::add(ir::NodeSpec spec, const std::vector<std::string>& outputNames)
{
    const std::vector<ir::TensorType> unknown(std::max<size_t>(outputNames.size(), 1));
    const NodeId id = m_editor.addNode(std::move(spec), unknown, outputNames);
    const std::vector<ValueId> outputs = graph().node(id).outputs;
    absorbConstants(m_editor, id);
    infer(id);
    if (foldNode(m_editor, id, m_budget))
        markFolded(id);
    else
        resolveSizes(id);
    return outputs;
}

void Emitter::markFolded(NodeId id)
{
    m_folded.resize(std::max<size_t>(m_folded.size(), id.index + 1));
    m_folded[id.index] = true;
}

void Emitter::resolveSizes(NodeId id)
{
    const ValueId computed = graph().node(id).input(1);
    if (absorbSizes(m_editor, id, m_sizes)) {
        infer(id);
        if (const ir::Node* maker = graph().producerOf(graph().value(computed)))
            markFolded(maker->id);
    }
    m_sizes.visit(graph().node(id));
    if (foldContents(m_editor, id, m_sizes))
        markFolded(id);
    else
        applySizes(m_editor, id, m_sizes);
}

void Emitter::infer(NodeId id)
{
    const ir::Node& node = graph().node(id);
    const ops::OpSpec* spec = ops::find(node.op);
    ops::Types types(node.outputs.size());
    if (spec && spec->inferTypes) {
        auto inferred = spec->inferTypes(graph(), node);
        if (inferred)
            std::ranges::copy_n(inferred->begin(), static_cast<std::ptrdiff_t>(std::min(types.size(), inferred->size())), types.begin());
        else
            m_conflicts.emplace_back(id, inferred.error().message.substr(0, inferred.error().message.find("; ")));
    }
    const std::vector<ValueId> outputs = node.outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
        const auto declared = m_declared.find(graph().value(outputs[i]).name);
        m_editor.setType(outputs[i], declared == m_declared.end() ? types[i] : mergeTypes(types[i], declared->second));
        if (declared != m_declared.end() && contradicts(types[i], declared->second))
            m_disagreements.emplace_back(outputs[i], declared->second);
    }
}

bool foldNode(ir::GraphEditor& editor, NodeId id, ops::FoldBudget& budget)
{
    const ir::Graph& graph = editor.graph();
    const ir::Node& node = graph.node(id);
    const ops::OpSpec* spec = ops::find(node.op);
    // Integer weights that a model dequantizes stay as the author stored them.
    if (!spec || !spec->evaluate || node.op == "dequantize_linear" || !hasConstantOperands(graph, node))
        return false;
    const int64_t limit = std::max(kFoldedElements, inputElements(graph, node));
    for (const ValueId output : node.outputs) {
        const int64_t count = graph.value(output).type.elementCount();
        if (count == ir::kUnknownDim || count > limit)
            return false;
    }
    auto results = budget.evaluate(graph, node);
    if (!results || results->size() < node.outputs.size())
        return false;
    const std::vector<ValueId> outputs = node.outputs;
    for (size_t i = 0; i < outputs.size(); ++i)
        editor.makeConstant(outputs[i], std::move((*results)[i]));
    return true;
}

} // namespace bpu::importer
