// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Any bytes as an ONNX file: an error or a valid graph, and whatever opens goes through the passes.
#include "core/import/onnx/import_onnx.h"
#include "tests/fuzz/use_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const bpu::Bytes bytes = bpu::Bytes::copyOf(std::as_bytes(std::span(data, size)));
    if (const auto imported = bpu::importer::importOnnx("/nonexistent/fuzz.onnx", bytes, {}))
        bpu::test::useGraph(imported->graph);
    return 0;
}
