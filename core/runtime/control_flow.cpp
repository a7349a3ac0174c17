// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// If, Loop, Scan and the functions of a model. Source: ONNX If 13, Loop 13, Scan 11.
#include "core/ir/bodies.h"
#include "core/ops/infer.h"
#include "core/runtime/body_runner.h"
#include "core/runtime/kernel.h"
#include "core/runtime/stack.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime {
namespace {

/// A body and where its captured inputs come from.
class BoundBody {
public:
    static Result<BoundBody> make(const ir::Graph& around, const ir::Node& node, std::string_view attribute, size_t formals)
    {
        for (const ir::Body& body : ir::bodiesOf(node))
            if (body.attribute == attribute) {
                if (body.graph->inputs().size() < formals)
                    return cannotRun(node, fmt::format("its graph '{}' takes {} inputs where {} are given", attribute, body.graph->inputs().size(), formals));
                BPU_TRY(captured, capturedInputs(around, node, *body.graph, formals));
                return BoundBody(body.graph, captured, formals);
            }
        return cannotRun(node, fmt::format("it has no graph '{}'; export the model again", attribute));
    }

    const ir::Graph& graph() const { return m_runner.graph(); }
    size_t formals() const { return m_formals; }
    size_t peakBytes() const { return m_runner.peakBytes(); }

    /// The formal inputs as given; the captured ones are taken from the node's operands.
    Result<std::vector<ir::Tensor>> run(Operands formals, const Operands& around, const RunOptions& options)
    {
        for (const size_t place : m_captured)
            formals.push_back(around[place]);
        return m_runner.run(formals, options);
    }

private:
    BoundBody(ir::GraphPtr body, std::vector<size_t> captured, size_t formals) : m_runner(std::move(body)), m_captured(std::move(captured)), m_formals(formals) {}

    BodyRunner m_runner;
    std::vector<size_t> m_captured;
    size_t m_formals;
};

size_t ownInputs(const ir::Node& node)
{
    const ir::Attribute* captured = node.attributes.find("captured");
    const auto* names = captured ? std::get_if<std::vector<std::string>>(captured) : nullptr;
    return node.inputs.size() - std::min(node.inputs.size(), names ? names->size() : 0);
}

class IfNode : public LateNode {
public:
    IfNode(ir::GraphPtr graph, const ir::Node& node, BoundBody thenBody, BoundBody elseBody)
        : m_graph(std::move(graph)), m_node(node), m_then(std::move(thenBody)), m_else(std::move(elseBody))
    {
    }

    Result<std::vector<ir::Tensor>> run(const Operands& operands, const RunOptions& options) override
    {
        if (operands.empty() || !operands[0] || operands[0]->elementCount() != 1)
            return cannotRun(m_node, "its condition is not one number");
        BPU_TRY(results, (operands[0]->number(0) != 0 ? m_then : m_else).run({}, operands, options));
        if (results.size() < m_node.outputs.size())
            return cannotRun(m_node, "its branch gives fewer results than it has");
        results.resize(m_node.outputs.size());
        return std::move(results);
    }
    size_t peakBytes() const override { return std::max(m_then.peakBytes(), m_else.peakBytes()); }

private:
    ir::GraphPtr m_graph;
    const ir::Node& m_node;
    BoundBody m_then;
    BoundBody m_else;
};

ir::Tensor flagOf(bool value, ir::Shape shape)
{
    return ir::Tensor::of(ir::DType::Bool, std::move(shape), std::vector<uint8_t>{static_cast<uint8_t>(value ? 1 : 0)});
}

/// [] unless the body declares that it takes [1].
ir::Shape counterShape(const ir::Graph& body, size_t input)
{
    return body.value(body.inputs()[input]).type.rank() == 1 ? ir::Shape{1} : ir::Shape{};
}

class LoopNode : public LateNode {
public:
    LoopNode(ir::GraphPtr graph, const ir::Node& node, BoundBody body) : m_graph(std::move(graph)), m_node(node), m_body(std::move(body)) {}

    Result<std::vector<ir::Tensor>> run(const Operands& operands, const RunOptions& options) override
    {
        const size_t carriedCount = m_body.formals() - 2;
        const auto given = [&](size_t i) { return i < ownInputs(m_node) && operands[i]; };
        const int64_t most = given(0) ? operands[0]->integer(0) : INT64_MAX;
        bool goesOn = !given(1) || operands[1]->number(0) != 0;
        Operands carried;
        for (size_t i = 2; i < m_body.formals(); ++i)
            carried.push_back(operands[i]);
        if (!std::ranges::all_of(carried, [](const auto& value) { return value.has_value(); }))
            return cannotRun(m_node, "a value that it carries from step to step has no beginning");
        std::vector<Stack> stacks(m_body.graph().outputs().size() - 1 - carriedCount);
        for (int64_t i = 0; i < most && goesOn; ++i) {
            if (options.control.stopRequested())
                return JobControl::cancelled();
            Operands formals{ir::Tensor::ints(counterShape(m_body.graph(), 0), {i}), flagOf(true, counterShape(m_body.graph(), 1))};
            formals.insert(formals.end(), carried.begin(), carried.end());
            BPU_TRY(results, m_body.run(std::move(formals), operands, options));
            goesOn = results[0].number(0) != 0;
            for (size_t k = 0; k < carriedCount; ++k)
                carried[k] = std::move(results[k + 1]);
            for (size_t k = 0; k < stacks.size(); ++k)
                if (!stacks[k].add(std::move(results[k + 1 + carriedCount])))
                    return cannotRun(m_node, "its iterations give results of differing sizes, which cannot be stacked");
        }
        return collected(std::move(carried), stacks);
    }
    size_t peakBytes() const override { return m_body.peakBytes(); }

private:
    Result<std::vector<ir::Tensor>> collected(Operands carried, const std::vector<Stack>& stacks) const
    {
        std::vector<ir::Tensor> results;
        for (auto& value : carried)
            results.push_back(*std::move(value));
        for (size_t k = 0; k < stacks.size(); ++k)
            results.push_back(stacks[k].along(0, m_body.graph().value(m_body.graph().outputs()[k + 1 + carried.size()]).type));
        if (results.size() < m_node.outputs.size())
            return cannotRun(m_node, "its graph gives fewer results than it has");
        results.resize(m_node.outputs.size());
        return results;
    }

    ir::GraphPtr m_graph;
    const ir::Node& m_node;
    BoundBody m_body;
};

class ScanNode : public LateNode {
public:
    ScanNode(ir::GraphPtr graph, const ir::Node& node, BoundBody body, size_t scanned)
        : m_graph(std::move(graph)), m_node(node), m_body(std::move(body)), m_scanned(scanned)
    {
    }

    Result<std::vector<ir::Tensor>> run(const Operands& operands, const RunOptions& options) override
    {
        const size_t states = m_body.formals() - m_scanned;
        for (size_t i = 0; i < m_body.formals(); ++i)
            if (!operands[i])
                return cannotRun(m_node, "one of its states or sequences is missing");
        BPU_TRY(slices, slicesOf(operands, states));
        Operands carried(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(states));
        std::vector<Stack> stacks(m_body.graph().outputs().size() - std::min(m_body.graph().outputs().size(), states));
        const int64_t steps = slices.front().steps();
        for (int64_t i = 0; i < steps; ++i) {
            if (options.control.stopRequested())
                return JobControl::cancelled();
            Operands formals = carried;
            for (size_t k = 0; k < m_scanned; ++k)
                formals.emplace_back(slices[k].at(listed("scan_input_directions", k) == 0 ? i : steps - 1 - i));
            BPU_TRY(results, m_body.run(std::move(formals), operands, options));
            for (size_t k = 0; k < states; ++k)
                carried[k] = std::move(results[k]);
            for (size_t k = 0; k < stacks.size(); ++k)
                if (!stacks[k].add(std::move(results[states + k])))
                    return cannotRun(m_node, "its iterations give results of differing sizes, which cannot be stacked");
        }
        return collected(std::move(carried), stacks);
    }
    size_t peakBytes() const override { return m_body.peakBytes(); }

private:
    int64_t listed(std::string_view attribute, size_t i) const
    {
        const std::vector<int64_t> list = m_node.attributes.integers(attribute);
        return i < list.size() ? list[i] : 0;
    }

    Result<std::vector<Slices>> slicesOf(const Operands& operands, size_t states) const
    {
        std::vector<Slices> slices;
        for (size_t k = 0; k < m_scanned; ++k) {
            const ir::Tensor& sequence = *operands[states + k];
            const int64_t given = listed("scan_input_axes", k);
            const auto axis = ops::normalizedAxis(given, sequence.type().rank());
            if (!axis)
                return ops::axisError(m_node, given, sequence.type().rank());
            slices.emplace_back(sequence, *axis);
            if (slices[k].steps() != slices[0].steps())
                return cannotRun(m_node, fmt::format("its sequences have {} and {} steps; they have to be as many", slices[0].steps(), slices[k].steps()));
        }
        return slices;
    }

    Result<std::vector<ir::Tensor>> collected(Operands carried, std::vector<Stack>& stacks) const
    {
        std::vector<ir::Tensor> results;
        for (auto& value : carried)
            results.push_back(*std::move(value));
        for (size_t k = 0; k < stacks.size(); ++k) {
            const ir::TensorType& declared = m_body.graph().value(m_body.graph().outputs()[carried.size() + k]).type;
            if (listed("scan_output_directions", k) != 0)
                stacks[k].reverse();
            const int rank = stacks[k].rank(declared) + 1;
            const auto axis = ops::normalizedAxis(listed("scan_output_axes", k), rank);
            if (!axis)
                return ops::axisError(m_node, listed("scan_output_axes", k), rank);
            results.push_back(stacks[k].along(*axis, declared));
        }
        if (results.size() < m_node.outputs.size())
            return cannotRun(m_node, "its graph gives fewer results than it has");
        results.resize(m_node.outputs.size());
        return results;
    }

    ir::GraphPtr m_graph;
    const ir::Node& m_node;
    BoundBody m_body;
    size_t m_scanned;
};

/// A function of the model: its inputs are the body's, in order.
class FunctionNode : public LateNode {
public:
    FunctionNode(ir::GraphPtr graph, const ir::Node& node, ir::GraphPtr body) : m_graph(std::move(graph)), m_node(node), m_runner(std::move(body)) {}

    Result<std::vector<ir::Tensor>> run(const Operands& operands, const RunOptions& options) override
    {
        Operands given = operands;
        given.resize(m_runner.graph().inputs().size());
        BPU_TRY(results, m_runner.run(given, options));
        if (results.size() < m_node.outputs.size())
            return cannotRun(m_node, "its function gives fewer results than it has");
        results.resize(m_node.outputs.size());
        return std::move(results);
    }
    size_t peakBytes() const override { return m_runner.peakBytes(); }

private:
    ir::GraphPtr m_graph;
    const ir::Node& m_node;
    BodyRunner m_runner;
};

} // namespace

Result<std::unique_ptr<LateNode>> makeControlFlow(const ir::GraphPtr& graph, const ir::Node& node)
{
    if (node.op == "if") {
        BPU_TRY(thenBody, BoundBody::make(*graph, node, "then_branch", 0));
        BPU_TRY(elseBody, BoundBody::make(*graph, node, "else_branch", 0));
        return std::make_unique<IfNode>(graph, node, std::move(thenBody), std::move(elseBody));
    }
    if (node.op == "loop") {
        BPU_TRY(body, BoundBody::make(*graph, node, "body", std::max<size_t>(ownInputs(node), 2)));
        if (body.graph().outputs().size() + 1 < body.formals())
            return cannotRun(node, "its graph gives fewer results than it has");
        return std::make_unique<LoopNode>(graph, node, std::move(body));
    }
    if (node.op == "scan") {
        const int64_t scanned = node.attributes.integer("num_scan_inputs", 0);
        BPU_TRY(body, BoundBody::make(*graph, node, "body", ownInputs(node)));
        if (scanned < 1 || static_cast<uint64_t>(scanned) > ownInputs(node) || node.attributes.has("directions") || !node.input(0).isValid())
            return cannotRun(node, "scan with batches (ONNX 8) cannot be computed; export the model with opset 9 or later");
        return std::make_unique<ScanNode>(graph, node, std::move(body), static_cast<size_t>(scanned));
    }
    return std::make_unique<FunctionNode>(graph, node, ir::bodiesOf(node).front().graph);
}

} // namespace bpu::runtime
