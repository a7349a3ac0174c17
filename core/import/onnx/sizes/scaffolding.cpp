// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/sizes/scaffolding.h"

namespace bpu::importer {
namespace {

/// A reshape's target as attribute: 0 for the input's own dimension at that place, -1 for one that is left.
std::optional<std::vector<int64_t>> reshapeTarget(const std::vector<Size>& before, const std::vector<Size>& wanted, SizeAlgebra& algebra)
{
    std::vector<int64_t> target;
    int open = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
        const auto number = algebra.numberOf(wanted[i]);
        if (!number && !algebra.isLength(wanted[i]))
            return std::nullopt;
        const bool copies = !number && i < before.size() && before[i] == wanted[i];
        target.push_back(number ? *number : copies ? 0 : -1);
        open += target.back() == -1 ? 1 : 0;
    }
    return open <= 1 ? std::optional(target) : std::nullopt;
}

/// An expand's target: 1 keeps a dimension.
std::optional<std::vector<int64_t>> expandTarget(const std::vector<Size>& before, const std::vector<Size>& wanted, SizeAlgebra& algebra)
{
    if (wanted.size() < before.size())
        return std::nullopt;
    std::vector<int64_t> target;
    const size_t missing = wanted.size() - before.size();
    for (size_t i = 0; i < wanted.size(); ++i) {
        const auto number = algebra.numberOf(wanted[i]);
        const bool keeps = !number && i >= missing && before[i - missing] == wanted[i];
        if (!number && !keeps)
            return std::nullopt;
        target.push_back(number ? *number : 1);
    }
    return target;
}

/// Sizes that are whole multiples of the input's own.
std::optional<std::vector<double>> resizeFactors(const std::vector<Size>& before, const std::vector<Size>& wanted, SizeAlgebra& algebra)
{
    if (wanted.size() != before.size() || before.size() < 3 || wanted[0] != before[0] || wanted[1] != before[1])
        return std::nullopt;
    std::vector<double> factors;
    for (size_t i = 2; i < wanted.size(); ++i) {
        const auto ratio = algebra.exactQuotient(wanted[i], before[i]);
        const auto number = ratio ? algebra.numberOf(*ratio) : std::nullopt;
        if (!number || *number < 1)
            return std::nullopt;
        factors.push_back(static_cast<double>(*number));
    }
    return factors;
}

std::optional<std::pair<std::string_view, ir::Attribute>> attributeFor(const ir::Node& node, const std::vector<Size>& before,
                                                                       const std::vector<Size>& wanted, SizeAlgebra& algebra)
{
    if (node.op == "reshape") {
        if (auto target = reshapeTarget(before, wanted, algebra))
            return std::pair{std::string_view("shape"), ir::Attribute(*std::move(target))};
    } else if (node.op == "expand") {
        if (auto target = expandTarget(before, wanted, algebra))
            return std::pair{std::string_view("shape"), ir::Attribute(*std::move(target))};
    } else if (auto factors = resizeFactors(before, wanted, algebra)) {
        return std::pair{std::string_view("scale_factor"), ir::Attribute(*std::move(factors))};
    }
    return std::nullopt;
}

} // namespace

bool absorbSizes(ir::GraphEditor& editor, NodeId id, Sizes& sizes)
{
    const ir::Graph& graph = editor.graph();
    const ir::Node& node = graph.node(id);
    const bool takesSizes = node.op == "reshape" || node.op == "expand" || node.op == "interpolate";
    if (!takesSizes || node.inputs.size() != 2)
        return false;
    const auto wanted = sizes.contents(node.input(1));
    const ir::Value* x = graph.inputOf(node, 0);
    if (!wanted || !x)
        return false;
    const std::vector<Size> before = x->type.hasRank() ? sizes.of(x->id) : std::vector<Size>();
    const auto attribute = attributeFor(node, before, *wanted, sizes.algebra());
    if (!attribute)
        return false;
    editor.setAttribute(id, attribute->first, attribute->second);
    editor.setInputs(id, {node.input(0)});
    return true;
}

void applySizes(ir::GraphEditor& editor, NodeId id, Sizes& sizes)
{
    const std::vector<ValueId> outputs = editor.graph().node(id).outputs;
    for (const ValueId output : outputs) {
        const ir::TensorType& type = editor.graph().value(output).type;
        if (!type.hasRank() || type.isStatic())
            continue;
        ir::Shape shape = type.shape();
        for (size_t i = 0; i < shape.size(); ++i)
            shape[i] = sizes.algebra().numberOf(sizes.of(output, i)).value_or(ir::kUnknownDim);
        if (shape != type.shape())
            editor.setType(output, type.withShape(std::move(shape)));
    }
}

bool foldContents(ir::GraphEditor& editor, NodeId id, Sizes& sizes)
{
    const ir::Node& node = editor.graph().node(id);
    const auto contents = node.outputs.size() == 1 ? sizes.contents(node.output()) : std::nullopt;
    if (!contents || editor.graph().value(node.output()).isConstant())
        return false;
    std::vector<int64_t> numbers;
    for (const Size size : *contents) {
        const auto number = sizes.algebra().numberOf(size);
        if (!number)
            return false;
        numbers.push_back(*number);
    }
    const ir::TensorType type = editor.graph().value(node.output()).type;
    switch (type.dtype()) {
    case ir::DType::Int64:
        editor.makeConstant(node.output(), ir::Tensor::ints(type.shape(), numbers));
        return true;
    case ir::DType::Int32:
        editor.makeConstant(node.output(), ir::Tensor::of(type.dtype(), type.shape(), std::vector<int32_t>(numbers.begin(), numbers.end())));
        return true;
    case ir::DType::Float32:
        editor.makeConstant(node.output(), ir::Tensor::floats(type.shape(), std::vector<float>(numbers.begin(), numbers.end())));
        return true;
    case ir::DType::Bool:
        editor.makeConstant(node.output(), ir::Tensor::of(type.dtype(), type.shape(), std::vector<uint8_t>(numbers.begin(), numbers.end())));
        return true;
    default: return false;
    }
}

} // namespace bpu::importer
