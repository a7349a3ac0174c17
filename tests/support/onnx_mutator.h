// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// ONNX files that nobody would export. onnx.proto stays behind this header.
#pragma once

#include "tests/support/dice.h"

#include <string>

namespace bpu::test {

/// The serialized model with one thing changed: an attribute, the type of an input, an operand or an initializer. What it
/// claims of results is left out.
std::string mutatedOnnx(const std::string& model, Dice& dice);

} // namespace bpu::test
