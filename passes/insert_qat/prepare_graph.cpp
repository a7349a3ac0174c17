// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/insert_qat/prepare_graph.h"

#include "core/ir/rewriter.h"

#include <cmath>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

bool isLoneBatchNorm(const ir::Graph& graph, const ir::Node& node)
{
    const ir::Value* x = graph.inputOf(node, 0);
    if (node.op != "batch_norm2d" || node.inputs.size() < 5 || node.outputs.size() != 1 || !x || x->type.rank() != 4 || x->isConstant())
        return false;
    for (size_t slot = 1; slot <= 4; ++slot) {
        const ir::Value* value = graph.inputOf(node, slot);
        if (!value || !value->isConstant() || value->type.dtype() != ir::DType::Float32 || value->type.shape() != graph.inputOf(node, 1)->type.shape())
            return false;
    }
    return true;
}

class Preparer {
public:
    explicit Preparer(const ir::Graph& graph) : m_graph(graph), m_rewriter(graph) {}

    Result<PreparedGraph> run()
    {
        for (const NodeId id : m_graph.order()) {
            const ir::Node& node = m_graph.node(id);
            if (node.op == "quant_stub" || node.op == "dequant_stub")
                takeOut(node);
            else if (isLoneBatchNorm(m_graph, node))
                toConvolution(node);
        }
        m_rewriter.removeUnusedConstants();
        BPU_TRY(graph, m_rewriter.finish());
        m_result.graph = std::move(graph);
        return std::move(m_result);
    }

private:
    void takeOut(const ir::Node& node)
    {
        const ir::Value* input = m_rewriter.graph().inputOf(m_rewriter.graph().node(node.id), 0);
        if (node.op == "quant_stub" && input && input->isGraphInput)
            m_result.stubs.try_emplace(input->id, AuthorStub{node.name, node.scope, node.origins, node.attributes.number("scale", 0)});
        m_rewriter.bypass(node.id);
    }

    /// y = x * s + (beta - mean * s), s = gamma / sqrt(variance + epsilon), in double and rounded once.
    void toConvolution(const ir::Node& node)
    {
        const auto parameter = [&](size_t slot, int64_t c) { return static_cast<double>(m_graph.inputOf(node, slot)->constant->at<float>(c)); };
        const ir::Dim channels = m_graph.inputOf(node, 1)->constant->elementCount();
        std::vector<float> weight, bias;
        for (ir::Dim c = 0; c < channels; ++c) {
            const double scale = parameter(1, c) / std::sqrt(parameter(4, c) + node.attributes.number("epsilon", 1e-5));
            weight.push_back(static_cast<float>(scale));
            bias.push_back(static_cast<float>(parameter(2, c) - parameter(3, c) * scale));
        }
        const ValueId w = m_rewriter.addConstant(node.name + ".weight", ir::Tensor::floats({channels, 1, 1, 1}, weight));
        const ValueId b = m_rewriter.addConstant(node.name + ".bias", ir::Tensor::floats({channels}, bias));
        const std::vector<int64_t> one{1, 1}, none{0, 0, 0, 0};
        ir::Attributes attributes{{"kernel_size", one}, {"stride", one}, {"padding", none}, {"dilation", one}, {"groups", int64_t{channels}}};
        m_rewriter.setInputs(node.id, {m_rewriter.graph().node(node.id).input(0), w, b});
        m_rewriter.setOp(node.id, "conv2d");
        m_rewriter.setAttributes(node.id, std::move(attributes));
        Finding f;
        f.code = "qat.batch-norm";
        f.severity = Severity::Advice;
        f.node = node.id;
        f.where = node.name;
        f.message = "No layer took this batch norm in: it became a depthwise 1x1 convolution, as the BPU carries it out";
        f.advice = "Put batch norm behind a convolution to save it";
        m_result.findings.push_back(std::move(f));
    }

    const ir::Graph& m_graph;
    ir::Rewriter m_rewriter;
    PreparedGraph m_result;
};

} // namespace

Result<PreparedGraph> prepareGraph(const ir::Graph& fused)
{
    return Preparer(fused).run();
}

} // namespace bpu::passes
