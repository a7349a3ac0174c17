// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Random inputs and runs, to compare a graph with what was written of it.
#pragma once

#include "core/export/export.h"
#include "core/import/import.h"
#include "core/runtime/float_executor.h"

#include <QTemporaryDir>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace bpu::test {

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
