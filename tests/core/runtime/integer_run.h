// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Runs of quantized graphs for tests of the integer kernels: random operands, every instruction set, any number of threads.
#pragma once

#include "core/ir/graph_editor.h"
#include "core/quant/grid.h"
#include "core/runtime/float_executor.h"

#include <algorithm>
#include <cstdlib>
#include <random>

namespace bpu::test {

/// BPU_TEST_SEED, else a new one.
inline unsigned seedFromEnvironment()
{
    const char* given = std::getenv("BPU_TEST_SEED");
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

/// Random integers of a type; now and then only its ends, where sums are largest.
class RandomIntegers {
public:
    explicit RandomIntegers(unsigned seed) : m_random(seed) {}

    int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(m_random); }
    double scale(double least, double most) { return std::exp(std::uniform_real_distribution<double>(std::log(least), std::log(most))(m_random)); }
    template <typename T>
    T oneOf(std::initializer_list<T> list)
    {
        return *(list.begin() + between(0, static_cast<int64_t>(list.size()) - 1));
    }
    /// Of i8, i16 or i32.
    ir::Tensor tensor(ir::DType dtype, const ir::Shape& shape)
    {
        const ir::TensorType type(dtype, shape);
        switch (dtype) {
        case ir::DType::Int8: return filled<int8_t>(type);
        case ir::DType::Int16: return filled<int16_t>(type);
        default: return filled<int32_t>(type, -100000, 100000);
        }
    }

private:
    template <typename T>
    ir::Tensor filled(const ir::TensorType& type, int64_t low = std::numeric_limits<T>::min(), int64_t high = std::numeric_limits<T>::max())
    {
        const bool onlyEnds = between(0, 9) == 0;
        std::vector<T> numbers(static_cast<size_t>(type.elementCount()));
        std::ranges::generate(numbers, [&] { return static_cast<T>(onlyEnds ? (between(0, 1) ? high : low) : between(low, high)); });
        return ir::Tensor::of(type.dtype(), type.shape(), numbers);
    }

    std::mt19937 m_random;
};

inline ir::QType gridType(ir::DType dtype)
{
    return dtype == ir::DType::Int8 ? ir::QType::QInt8 : dtype == ir::DType::Int16 ? ir::QType::QInt16 : ir::QType::QInt32;
}

/// A quantized graph of one node: operands first, then node().
class OneNode {
public:
    OneNode() { m_editor.setStage(ir::Stage::Quantized); }

    void input(ir::DType dtype, const ir::Shape& shape, double scale) { m_inputs.push_back(quantized(m_editor.addInput("x", ir::TensorType(dtype, shape)), {scale}, -1)); }
    void constant(const ir::Tensor& numbers, std::vector<double> scales, int axis = -1) { m_inputs.push_back(quantized(m_editor.addConstant("c", numbers), std::move(scales), axis)); }
    /// Without a grid: a table, a parameter of a norm.
    void plain(const ir::Tensor& numbers) { m_inputs.push_back(m_editor.addConstant("p", numbers)); }
    void absent() { m_inputs.emplace_back(); }

    ir::GraphPtr node(std::string op, ir::Attributes attributes, const ir::TensorType& result, std::vector<double> scales, int axis = -1)
    {
        const NodeId id = m_editor.addNode({.op = std::move(op), .name = "node", .inputs = m_inputs, .attributes = std::move(attributes)}, {result});
        const ValueId y = m_editor.graph().node(id).output();
        if (!scales.empty())
            quantized(y, std::move(scales), axis);
        m_editor.addOutput(y);
        return std::make_shared<const ir::Graph>(*m_editor.finish());
    }

private:
    ValueId quantized(ValueId value, std::vector<double> scales, int axis)
    {
        m_editor.setQuant(value, ir::QuantParams{gridType(m_editor.graph().value(value).type.dtype()), std::move(scales), axis});
        return value;
    }

    ir::GraphEditor m_editor;
    std::vector<ValueId> m_inputs;
};

inline Result<std::vector<ir::Tensor>> runInteger(const ir::GraphPtr& graph, const std::vector<ir::Tensor>& inputs, const runtime::PlanOptions& options = {})
{
    BPU_TRY(executor, runtime::FloatExecutor::make(graph, options));
    return executor.run(inputs);
}

/// Where the results of one run differ from what they should be, for the failure text; empty where they do not.
inline std::string difference(const Result<std::vector<ir::Tensor>>& results, const std::vector<int64_t>& wanted)
{
    if (!results)
        return results.error().text();
    const ir::Tensor& y = results->front();
    if (y.elementCount() != static_cast<int64_t>(wanted.size()))
        return "has " + std::to_string(y.elementCount()) + " elements, not " + std::to_string(wanted.size());
    for (int64_t i = 0; i < y.elementCount(); ++i)
        if (y.integer(i) != wanted[static_cast<size_t>(i)])
            return "element " + std::to_string(i) + " is " + std::to_string(y.integer(i)) + ", not " + std::to_string(wanted[static_cast<size_t>(i)]);
    return {};
}

} // namespace bpu::test
