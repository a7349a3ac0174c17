// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A graph as lines, random inputs and runs, to compare a graph with what was written of it.
#pragma once

#include "core/export/export.h"
#include "core/import/import.h"
#include "core/ir/bodies.h"
#include "core/runtime/float_executor.h"

#include <QTemporaryDir>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <random>

namespace bpu::test {

/// A value by what makes it: "3.0" is result 0 of the third node, "in1" an input, "const:<hash>" a constant.
inline std::string sourceOf(const ir::Graph& graph, ValueId id, const std::map<uint32_t, size_t>& places)
{
    const ir::Value* value = graph.find(id);
    if (!value)
        return "_";
    if (value->isConstant())
        return fmt::format("const:{}:{:x}", value->type.text(), ir::hash(*value->constant));
    if (const ir::Node* producer = graph.producerOf(*value))
        return fmt::format("{}.{}", places.at(producer->id.index), value->producerIndex);
    const auto at = std::ranges::find(graph.inputs(), id);
    return fmt::format("in{}", at - graph.inputs().begin());
}

/// Operators, attributes, operands with the weights' hashes, and the types of the results; one line per node.
inline std::vector<std::string> linesOf(const ir::Graph& graph)
{
    std::map<uint32_t, size_t> places;
    std::vector<std::string> lines;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        places.emplace(id.index, places.size());
        std::string line = node.op;
        for (const ValueId input : node.inputs)
            line += " " + sourceOf(graph, input, places);
        for (const auto& [name, attribute] : node.attributes) {
            line += " " + name + "=";
            if (const auto* number = std::get_if<double>(&attribute))
                line += fmt::format("{:.6g}", *number);
            else if (const auto* integer = std::get_if<int64_t>(&attribute))
                line += fmt::format("{}", *integer);
            else if (const auto* flag = std::get_if<bool>(&attribute))
                line += fmt::format("{}", *flag ? 1 : 0);
            else if (const auto* text = std::get_if<std::string>(&attribute))
                line += *text;
            else if (const auto* tensor = std::get_if<ir::Tensor>(&attribute))
                line += fmt::format("{}:{:x}", tensor->type().text(), ir::hash(*tensor));
            else if (std::holds_alternative<ir::GraphPtr>(attribute))
                line += "body";
            else
                for (const int64_t item : node.attributes.integers(name))
                    line += fmt::format("{},", item);
        }
        for (const ValueId output : node.outputs)
            if (const ir::Value* value = graph.find(output); value && (!value->users.empty() || value->isGraphOutput()))
                line += " -> " + value->type.text();
        lines.push_back(line);
        for (const ir::Body& body : ir::bodiesOf(node))
            for (const std::string& inner : linesOf(*body.graph))
                lines.push_back("  " + inner);
    }
    return lines;
}

/// Empty, or the first line that differs.
inline std::string difference(const ir::Graph& before, const ir::Graph& after)
{
    const auto a = linesOf(before), b = linesOf(after);
    for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        const std::string left = i < a.size() ? a[i] : "nothing", right = i < b.size() ? b[i] : "nothing";
        if (left != right)
            return fmt::format("line {}: {} | became {}", i, left.substr(0, 300), right.substr(0, 300));
    }
    const auto names = [](const ir::Graph& graph, const std::vector<ValueId>& values) {
        std::string text;
        for (const ValueId id : values)
            text += graph.value(id).name + " ";
        return text;
    };
    if (names(before, before.inputs()) != names(after, after.inputs()) || names(before, before.outputs()) != names(after, after.outputs()))
        return "inputs or outputs have other names";
    return {};
}

inline ir::Tensor randomTensor(const ir::TensorType& type, std::mt19937& random)
{
    ir::Shape shape = type.shape();
    std::ranges::replace(shape, ir::kUnknownDim, 2);
    const auto count = static_cast<size_t>(ir::TensorType(type.dtype(), shape).elementCount());
    if (type.dtype() == ir::DType::Float32) {
        std::normal_distribution<float> normal;
        std::vector<float> values(count);
        std::ranges::generate(values, [&] { return normal(random); });
        return ir::Tensor::floats(shape, values);
    }
    std::vector<std::byte> ones(count * ir::byteSize(type.dtype())); // integers of 1, and the smallest float16
    for (size_t i = 0; i < count; ++i)
        ones[i * ir::byteSize(type.dtype())] = std::byte{1};
    return {ir::TensorType(type.dtype(), shape), Bytes::copyOf(ones)};
}

inline Result<std::vector<ir::Tensor>> resultsOf(const ir::Graph& graph, const std::vector<ir::Tensor>& inputs)
{
    std::map<std::string, ir::Shape> shapes;
    for (size_t i = 0; i < inputs.size(); ++i)
        shapes[graph.value(graph.inputs()[i]).name] = inputs[i].shape();
    BPU_TRY(shaped, importer::withInputShapes(graph, shapes));
    BPU_TRY(executor, runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(shaped)), {.threads = 1}));
    return executor.run(inputs);
}

/// The largest distance relative to the largest number; infinite when types or finiteness differ.
inline double distance(const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b)
{
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i].type() != b[i].type())
            return HUGE_VAL;
        double scale = 1e-3;
        for (int64_t k = 0; k < a[i].elementCount(); ++k)
            if (std::isfinite(a[i].number(k)))
                scale = std::max(scale, std::fabs(a[i].number(k)));
        for (int64_t k = 0; k < a[i].elementCount(); ++k) {
            const double x = a[i].number(k), y = b[i].number(k);
            const bool same = x == y || (std::isnan(x) && std::isnan(y));
            largest = std::max(largest, same ? 0 : std::isfinite(x - y) ? std::fabs(x - y) / scale : HUGE_VAL);
        }
    }
    return largest;
}

/// One random tensor per input; nothing when one has no type that a tensor can have.
inline std::optional<std::vector<ir::Tensor>> randomInputs(const ir::Graph& graph)
{
    std::mt19937 random(7);
    std::vector<ir::Tensor> inputs;
    for (const ValueId id : graph.inputs()) {
        const ir::TensorType& type = graph.value(id).type;
        if (!type.hasRank() || ir::byteSize(type.dtype()) == 0)
            return std::nullopt;
        inputs.push_back(randomTensor(type, random));
    }
    return inputs;
}

/// Written and read again.
inline Result<ir::Graph> writtenAndRead(const ir::Graph& graph, const exporter::OnnxOptions& options = {})
{
    const QTemporaryDir directory;
    const std::filesystem::path path = std::filesystem::path(directory.path().toStdString()) / "out.onnx";
    BPU_CHECK(exporter::writeOnnx(graph, path, options));
    BPU_TRY(imported, importer::importModel(path));
    return std::move(imported.graph);
}

} // namespace bpu::test
