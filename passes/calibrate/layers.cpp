// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/calibrate/layers.h"

#include <algorithm>
#include <cstring>

namespace bpu::passes {
namespace {

bool isLayer(const ir::Node& node)
{
    return (node.op == "conv1d" || node.op == "conv2d" || node.op == "conv3d" || node.op == "linear") && node.attributes.text("device") != "cpu";
}

bool isOwnConstant(const ir::Value* value)
{
    return value && value->isConstant() && value->users.size() == 1 && value->type.dtype() == ir::DType::Float32;
}

} // namespace

std::vector<QatLayer> layersOf(const ir::Graph& graph)
{
    std::vector<QatLayer> layers;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        const ir::Value* onGrid = isLayer(node) ? graph.inputOf(node, 1) : nullptr;
        const ir::Node* grid = onGrid && onGrid->users.size() == 1 ? graph.producerOf(*onGrid) : nullptr;
        const ir::Value* weight = grid && grid->op == "fake_quantize" ? graph.inputOf(*grid, 0) : nullptr;
        const ir::Value* bias = graph.inputOf(node, 2);
        if (isOwnConstant(weight) && (!bias || isOwnConstant(bias)))
            layers.push_back({id, grid->id, weight->id, bias ? bias->id : ValueId{}});
    }
    return layers;
}

std::vector<float> numbersOf(const ir::Graph& graph, ValueId constant)
{
    const ir::Tensor& tensor = *graph.value(constant).constant;
    std::vector<float> numbers(static_cast<size_t>(tensor.elementCount()));
    if (!numbers.empty())
        std::memcpy(numbers.data(), tensor.bytes().data(), numbers.size() * sizeof(float));
    return numbers;
}

void setNumbers(ir::GraphEditor& editor, ValueId constant, const std::vector<float>& numbers)
{
    editor.makeConstant(constant, ir::Tensor::floats(editor.graph().value(constant).type.shape(), numbers));
}

void addToBias(ir::GraphEditor& editor, const QatLayer& layer, std::span<const double> difference)
{
    std::vector<float> numbers = layer.bias.isValid() ? numbersOf(editor.graph(), layer.bias) : std::vector<float>(difference.size());
    for (size_t c = 0; c < numbers.size(); ++c)
        numbers[c] = static_cast<float>(static_cast<double>(numbers[c]) + difference[c]);
    if (layer.bias.isValid())
        return setNumbers(editor, layer.bias, numbers);
    const ir::Node& node = editor.graph().node(layer.node);
    std::vector<ValueId> inputs = node.inputs;
    inputs.resize(std::max<size_t>(inputs.size(), 3));
    inputs[2] = editor.addConstant(node.name + ".bias", ir::Tensor::floats({static_cast<ir::Dim>(numbers.size())}, numbers));
    editor.setInputs(layer.node, std::move(inputs));
}

} // namespace bpu::passes
