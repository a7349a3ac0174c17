// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Module paths for the nodes of an ONNX file, which has none. In order of trust:
// 1. the node's name where the exporter wrote a path: "/layer1/layer1.0/conv1/Conv" is in layer1.0.conv1;
// 2. its parameters: weight "features.0.0.weight" belongs to module features.0.0;
// 3. for the rest the neighbors: an activation or sum runs in the module around its producer (the ReLU after
//    layer1.0.bn1 is in layer1.0), any other operator where producer and user meet (a Flatten between
//    layer4.1.relu and fc is at the top).
#pragma once

#include "core/ir/rewriter.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace onnx {
class NodeProto;
} // namespace onnx

namespace bpu::importer {

/// The node's name, or for an unnamed node one made from its result ("Conv_245" for "245").
std::string nodeName(std::string name, std::string_view type, std::string_view output, int index);

/// "layer1.0.conv1.weight" -> "layer1.0.conv1"; nothing for a name that no module gave.
std::optional<std::string> scopeOfParameter(std::string_view valueName);

/// Rules 1 and 2.
std::optional<std::string> ownScope(const onnx::NodeProto& node);

/// Rule 3 for the nodes whose scope is empty, when no node of the file has a path.
void fillScopes(ir::GraphEditor& editor);

} // namespace bpu::importer
