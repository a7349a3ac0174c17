// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The last resort: the kernel that folds constants computes any operands, when they are made constants of a graph
// with this one node. Exact, and slow where numbers are many.
#include "core/ir/graph_editor.h"
#include "core/ops/op_spec.h"
#include "core/runtime/plain.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace bpu::runtime {
namespace {

} // namespace

Result<Kernel> makeFolding(const Site& site)
{
    const ops::OpSpec* spec = ops::find(site.node.op);
    if (!spec)
        return unknownOperator(site.node);
    if (!spec->evaluate)
        return cannotRun(site.node, fmt::format("{} cannot be computed yet", ops::title(site.node)));
    ir::GraphEditor editor;
    std::vector<ValueId> inputs;
    for (size_t i = 0; i < site.node.inputs.size(); ++i)
        inputs.push_back(site.has(i) ? editor.addInput(fmt::format("x{}", i), site.input(i)) : ValueId{});
    std::vector<ir::TensorType> types;
    for (size_t i = 0; i < site.node.outputs.size(); ++i)
        types.push_back(site.output(i));
    const NodeId id = editor.addNode({.op = site.node.op, .name = site.node.name, .inputs = inputs, .attributes = site.node.attributes}, types);
    return Kernel{.run = [&node = site.node, spec, editor, inputs, id](const Call& call) -> Result<void> {
        ir::GraphEditor own(editor);
        for (size_t i = 0; i < inputs.size(); ++i)
            if (inputs[i].isValid())
                own.makeConstant(inputs[i], tensorOf(call.inputs[i]));
        const auto results = spec->evaluate(own.graph(), own.graph().node(id));
        if (!results)
            return cannotRun(node, fmt::format("{} cannot be computed for {} operands", ops::title(node), ir::name(call.inputs.empty() ? ir::DType::Undefined : call.inputs[0].type->dtype())));
        for (size_t i = 0; i < std::min(results->size(), call.outputs.size()); ++i) {
            const ir::Tensor& result = (*results)[i];
            if (!call.outputs[i].data)
                continue;
            if (result.type() != *call.outputs[i].type)
                return cannotRun(node, fmt::format("it gives {} where {} was expected", result.type().text(), call.outputs[i].type->text()));
            std::ranges::copy(result.bytes(), call.outputs[i].data);
        }
        return {};
    }};
}

} // namespace bpu::runtime
