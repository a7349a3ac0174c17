// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators whose kernels are float32's only, on other floats: operands are converted, results rounded back.
#include "core/runtime/widened.h"

#include "core/ir/graph_editor.h"
#include "core/ops/tensor_builder.h"
#include "core/runtime/float_executor.h"
#include "core/runtime/plain.h"

#include <algorithm>

namespace bpu::runtime {
namespace {

bool isOtherFloat(ir::DType dtype)
{
    return ir::isFloat(dtype) && dtype != ir::DType::Float32;
}

ir::TensorType widened(const ir::TensorType& type)
{
    return isOtherFloat(type.dtype()) ? type.withDType(ir::DType::Float32) : type;
}

ir::Tensor widened(const ir::Tensor& tensor)
{
    if (!isOtherFloat(tensor.dtype()))
        return tensor;
    std::vector<float> numbers(static_cast<size_t>(tensor.elementCount()));
    for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<float>(tensor.number(static_cast<int64_t>(i)));
    return ir::Tensor::floats(tensor.shape(), numbers);
}

void narrow(const ir::Tensor& from, const Buffer& to)
{
    if (from.dtype() == to.type->dtype()) {
        std::ranges::copy(from.bytes(), to.data);
        return;
    }
    const size_t width = ir::byteSize(to.type->dtype());
    for (int64_t i = 0; i < from.elementCount(); ++i)
        ops::storeScalar(to.type->dtype(), to.data + static_cast<size_t>(i) * width, {from.number(i), 0});
}

bool needsWidening(const Site& site)
{
    bool isNeeded = false;
    for (size_t i = 0; i < site.node.inputs.size(); ++i)
        isNeeded = isNeeded || (site.has(i) && isOtherFloat(site.input(i).dtype()));
    return isNeeded;
}

} // namespace

bool isFloat32Only(const Site& site)
{
    for (size_t i = 0; i < site.node.inputs.size(); ++i)
        if (site.has(i) && site.input(i).dtype() != ir::DType::Float32)
            return false;
    return std::ranges::all_of(site.node.outputs, [&](ValueId id) { return site.graph.value(id).type.dtype() == ir::DType::Float32; });
}

Result<Kernel> makeWidened(const Site& site)
{
    if (!needsWidening(site))
        return Kernel{};
    ir::GraphEditor editor;
    std::vector<ValueId> inputs;
    std::vector<size_t> given; // inputs that are no constants
    for (size_t i = 0; i < site.node.inputs.size(); ++i) {
        if (const ir::Tensor* constant = site.constant(i))
            inputs.push_back(editor.addConstant("x", widened(*constant)));
        else
            inputs.push_back(site.has(i) ? editor.addInput("x", widened(site.input(i))) : ValueId{});
        if (site.has(i) && !site.constant(i))
            given.push_back(i);
    }
    std::vector<ir::TensorType> types;
    for (size_t i = 0; i < site.node.outputs.size(); ++i)
        types.push_back(widened(site.output(i)));
    const NodeId id = editor.addNode({.op = site.node.op, .name = site.node.name, .inputs = inputs, .attributes = site.node.attributes}, types);
    for (const ValueId output : std::vector<ValueId>(editor.graph().node(id).outputs))
        editor.addOutput(output);
    BPU_TRY(graph, editor.finish());
    BPU_TRY(made, FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(graph))));
    const auto executor = std::make_shared<const FloatExecutor>(std::move(made));
    return Kernel{.run = [executor, given](const Call& call) -> Result<void> {
        std::vector<ir::Tensor> operands;
        for (const size_t i : given)
            operands.push_back(widened(tensorOf(call.inputs[i])));
        BPU_TRY(results, executor->run(operands));
        for (size_t i = 0; i < results.size(); ++i)
            narrow(results[i], call.outputs[i]);
        return {};
    }};
}

} // namespace bpu::runtime
