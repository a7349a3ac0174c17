// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a network remembers from one run to the next: `state` is what the run before has left (the attribute `initial`
// in the first one), `set_state` leaves its input under the same name for the next.
#include "core/ops/infer.h"
#include "core/ops/spec_macro.h"

namespace bpu::ops {
namespace {

Result<Types> inferState(const ir::Graph&, const ir::Node& node)
{
    const ir::Attribute* initial = node.attributes.find("initial");
    const auto* tensor = initial ? std::get_if<ir::Tensor>(initial) : nullptr;
    return same(tensor ? tensor->type() : ir::TensorType());
}

Result<Types> inferSetState(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

std::string nameSummary(const ir::Graph&, const ir::Node& node)
{
    return std::string(node.attributes.text("name"));
}

} // namespace

#define BPU_STATE(function, opName, torchName, least, INFER)                                                                       \
    BPU_SPEC(function, .name = opName, .family = Family::Shape, .torch = {torchName}, .inputs = {"input"}, .minInputs = least,     \
             .inferTypes = INFER, .summary = nameSummary)

BPU_STATE(stateOp, "state", "prim.GetAttr", 0, inferState)
BPU_STATE(setStateOp, "set_state", "prim.SetAttr", 1, inferSetState)

} // namespace bpu::ops
