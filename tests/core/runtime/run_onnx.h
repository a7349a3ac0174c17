// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Runs of models written in ONNX's text form, for tests of the executor.
#pragma once

#include "core/import/import.h"
#include "core/import/onnx/import_onnx.h"
#include "core/runtime/float_executor.h"
#include "tests/support/onnx_builder.h"

namespace bpu::test {

/// The serialized model planned for inputs of the given ones' shapes.
inline Result<runtime::FloatExecutor> executorOf(const std::string& model, const std::vector<ir::Tensor>& inputs, const runtime::PlanOptions& options = {})
{
    BPU_TRY(imported, importer::importOnnx("model.onnx", Bytes::copyOf(std::as_bytes(std::span(model))), {}));
    std::map<std::string, ir::Shape> shapes;
    for (size_t i = 0; i < inputs.size(); ++i)
        shapes[imported.graph.value(imported.graph.inputs()[i]).name] = inputs[i].shape();
    BPU_TRY(shaped, importer::withInputShapes(imported.graph, shapes));
    return runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(std::move(shaped)), options);
}

inline Result<std::vector<ir::Tensor>> runOnnx(std::string_view body, const std::vector<ir::Tensor>& inputs, int64_t opset = 13)
{
    BPU_TRY(executor, executorOf(onnxModel(body, opset), inputs));
    return executor.run(inputs);
}

/// "f32[2] 1 2.5": type and numbers; of a failed run the error.
inline std::string text(const Result<std::vector<ir::Tensor>>& results, size_t i = 0)
{
    if (!results)
        return results.error().text();
    const ir::Tensor& tensor = results->at(i);
    std::string line = tensor.type().text();
    for (int64_t k = 0; k < tensor.elementCount(); ++k) {
        char number[32];
        std::snprintf(number, sizeof number, " %.6g", tensor.number(k));
        line += number;
    }
    return line;
}

} // namespace bpu::test
