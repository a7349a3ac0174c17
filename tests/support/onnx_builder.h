// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// ONNX models for tests, written in ONNX's own text form or made in code. onnx.proto stays behind this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::test {

/// Serialized model from text: `body` is a graph "(float[1,3] x) => (float[1,3] y) { y = Relu(x) }" with
/// optional initializers "<float[2] w = {1, 2}>" before the brace. Aborts on a syntax error, which it prints.
std::string onnxModel(std::string_view body, int64_t opset = 13, std::string_view otherDomain = {});

/// The same with names that the text form cannot write: of a node by its first result, of an initializer by its name.
std::string onnxModelNamed(std::string_view body, const std::map<std::string, std::string>& names, int64_t opset = 13);

/// If nodes nested `levels` deep.
std::string nestedOnnxModel(int levels);

/// y = x + w with w of `count` floats in the external file `location`.
std::string externalOnnxModel(const std::string& location, int64_t count, int64_t offset = 0, const std::string& length = {});

/// y = x + w with w of `count` floats inside; raw as bytes, otherwise as float_data.
std::string largeOnnxModel(int64_t count, bool raw);

/// As files up to IR version 3: initializer i is called names[i], which is the name of a graph input.
std::string withListedInitializers(const std::string& model, const std::vector<std::string>& names);

/// The first dimension of the first input and output is `size`, whatever that is.
std::string withFirstDimension(const std::string& model, int64_t size);

/// Graph input `index` is no tensor: "sequence", "optional", "sparse", "map" or "none".
std::string withInputKind(const std::string& model, int index, std::string_view kind);

/// The model of one of ONNX's data tests (a folder with model.onnx and test_data_set_0) with its inputs as
/// initializers; the expected results are initializers too and returned behind the computed ones.
/// Empty when an input or a result is no tensor.
std::string closedOnnxModel(const std::filesystem::path& folder);

/// The numbers of such a test as a model without nodes: inputs and expected results are its outputs, in this order.
/// Empty when one is no tensor.
struct OnnxData {
    std::string model;
    size_t inputs = 0;
};
OnnxData onnxData(const std::filesystem::path& folder);

/// The model of such a test with all inputs but the first as initializers, as exporters write axes, sizes and counts.
std::string parameterizedOnnxModel(const std::filesystem::path& folder);
/// The operators of a model file, without their domains, those of its bodies too.
std::set<std::string> onnxOperators(const std::filesystem::path& model);

/// Shapes that onnx's own shape inference finds in the top-level graph: value name -> dimensions, -1 unknown;
/// values without a rank are left out. Empty when it refuses the model.
std::map<std::string, std::vector<int64_t>> inferredByOnnx(const std::string& model);

} // namespace bpu::test
