// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/bad_files.h"

#include "core/base/assert.h"
#include "core/base/file.h"
#include "tests/support/onnx_builder.h"

#include <algorithm>
#include <fmt/format.h>
#include <random>

namespace bpu::test {

std::vector<std::string> writeBadFiles(const std::filesystem::path& folder)
{
    std::vector<std::string> names{"none.onnx"};
    const auto save = [&](const std::string& name, std::string_view bytes) {
        BPU_ASSERT(writeFile(folder / name, bytes));
        names.push_back(name);
    };
    const auto raw = [](const char* dims) { return fmt::format("(float[1] x) => (float[1] y) <float[{}] w = {{1}}> {{ y = Add(x, w) }}", dims); };
    std::mt19937 random(7);
    std::string noise(5000, '\0');
    std::ranges::generate(noise, [&] { return static_cast<char>(random()); });
    save("empty.onnx", "");
    save("empty.bpuir", "");
    save("noise.onnx", noise);
    save("noise.bpuir", noise);
    save("noise.dat", noise);
    save("text.onnx", "import torch\nprint('this is a script')\n");
    save("json.bpuir", "{\"format\": \"bpuir\"}");
    save("cycle.onnx", onnxModel("(float[2] x) => (float[2] y) { y = Add(x, z) z = Neg(y) }"));
    save("twice.onnx", onnxModel("(float[2] x) => (float[2] y) { y = Relu(x) y = Neg(x) }"));
    save("lost_weights.onnx", externalOnnxModel("weights.bin", 1000));
    save("outside.onnx", externalOnnxModel("../weights.bin", 1000));
    save("absolute.onnx", externalOnnxModel("/etc/passwd", 10));
    save("negative.onnx", onnxModel(raw("-5")));
    save("huge.onnx", onnxModel(raw("2147483648")));
    save("huger.onnx", onnxModel(raw("2147483648,2147483648,2147483648")));
    save("deep.onnx", nestedOnnxModel(5000));
    return names;
}

} // namespace bpu::test
