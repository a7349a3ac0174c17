// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/body_runner.h"

#include "core/ir/graph_editor.h"
#include "core/runtime/kernel.h"
#include "core/runtime/subgraph.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime {
namespace {

/// The body with an optional input left away: its nodes see none.
Result<ir::GraphPtr> withoutInput(const ir::Graph& body, ValueId input)
{
    ir::GraphEditor editor(body);
    const std::vector<ir::Use> users = body.value(input).users;
    for (const ir::Use& use : users)
        editor.setInputValue(use.node, use.index, {});
    BPU_TRY(graph, editor.finish());
    return std::make_shared<const ir::Graph>(std::move(graph));
}

} // namespace

Result<std::vector<ir::Tensor>> BodyRunner::run(const Operands& operands, const RunOptions& options)
{
    std::vector<ir::TensorType> types;
    std::vector<ir::Tensor> inputs;
    for (const auto& operand : operands) {
        inputs.push_back(operand.value_or(ir::Tensor::floats({0}, {})));
        types.push_back(operand ? operand->type() : ir::TensorType());
    }
    auto* executor = m_executors.find(types);
    if (!executor) {
        ir::GraphPtr body = m_body;
        std::vector<ir::TensorType> inputTypes;
        for (size_t i = 0; i < operands.size(); ++i) {
            inputTypes.push_back(inputs[i].type());
            if (operands[i])
                continue;
            BPU_TRY(without, withoutInput(*body, body->inputs()[i]));
            body = without;
        }
        BPU_TRY(shaped, withInputTypes(*body, inputTypes));
        BPU_TRY(made, StagedExecutor::make(shaped, {}));
        executor = &m_executors.add(types, std::move(made));
    }
    return (*executor)->run(inputs, {.control = {.onProgress = {}, .stop = options.control.stop}, .observe = {}, .timed = {}});
}

size_t BodyRunner::peakBytes() const
{
    size_t peak = 0;
    for (const auto& [types, executor] : m_executors)
        peak = std::max(peak, executor->peakBytes());
    return peak;
}

Result<std::vector<size_t>> capturedInputs(const ir::Graph& around, const ir::Node& node, const ir::Graph& body, size_t formals)
{
    const ir::Attribute* attribute = node.attributes.find("captured");
    const auto* names = attribute ? std::get_if<std::vector<std::string>>(attribute) : nullptr;
    const size_t own = node.inputs.size() - std::min(node.inputs.size(), names ? names->size() : 0);
    std::vector<size_t> places;
    for (size_t i = formals; i < body.inputs().size(); ++i) {
        const std::string& wanted = body.value(body.inputs()[i]).name;
        std::optional<size_t> place;
        for (size_t k = own; k < node.inputs.size() && !place; ++k) {
            const ir::Value* value = around.find(node.inputs[k]);
            if ((*names)[k - own] == wanted || (value && value->name == wanted))
                place = k;
        }
        if (!place)
            return cannotRun(node, fmt::format("its graph takes '{}' from around it, which is not there", wanted));
        places.push_back(*place);
    }
    return places;
}

} // namespace bpu::runtime
