// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Figures of a whole model and how numbers are written: thousands comma, at most four digits with a unit.
#pragma once

#include "core/base/ids.h"
#include "core/ir/graph.h"

#include <QString>

#include <vector>

namespace bpu::views {

struct ModelFacts {
    size_t operators = 0;
    int64_t parameters = 0;     ///< as ops::Totals counts them
    int64_t macs = 0;
    size_t withoutCost = 0;     ///< operators whose cost an unknown dimension hides
};

ModelFacts modelFacts(const ir::Graph& graph);
/// MACs of some nodes, as a collapsed module shows them.
int64_t macsOf(const ir::Graph& graph, const std::vector<NodeId>& nodes);

/// 1234567 -> "1,234,567".
QString countText(int64_t number);
/// 2371000000, "MAC" -> "2.371 GMAC".
QString siText(double number, const char* unit);
/// 33554432 -> "32 MiB".
QString bytesText(int64_t bytes);
/// "input 1×3×256×256", "inputs a 1×3, b 1×4".
QString inputsText(const ir::Graph& graph);
/// shapeText with the multiplication sign.
QString shapeLabel(const ir::TensorType& type);
/// "float32" for a dtype or "qint8" for a quantized value.
QString dtypeLabel(const ir::Value& value);
/// A value's name cut in the middle where it would push shape and dtype out of a narrow panel.
QString shortValueName(const std::string& name);
/// An attribute as the inspector writes it: "8, 8", "true"; empty when the node has none of that name.
QString attributeText(const ir::Node& node, std::string_view key);

} // namespace bpu::views
