// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/input_shapes.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

std::string inputList(const ir::Graph& graph)
{
    std::string list;
    for (const ValueId id : graph.inputs())
        list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", graph.value(id).name, ir::shapeText(graph.value(id).type));
    return list;
}

} // namespace

Result<ValueId> findInput(const ir::Graph& graph, const std::string& name, const ir::Shape& shape)
{
    const auto& inputs = graph.inputs();
    if (name.empty() && inputs.size() != 1)
        return Error{"input.unknown", graph.name(), fmt::format("has {} inputs; name the one that is meant: {}", inputs.size(), inputList(graph))};
    const auto found = std::ranges::find_if(inputs, [&](ValueId id) { return name.empty() || graph.value(id).name == name; });
    if (found == inputs.end())
        return Error{"input.unknown", graph.name(), fmt::format("has no input '{}'; its inputs are {}", name, inputList(graph))};
    const ir::Value& value = graph.value(*found);
    const std::string wanted = ir::TensorType(ir::DType::Undefined, shape).text();
    if (value.type.hasRank() && value.type.rank() != static_cast<int>(shape.size()))
        return Error{"input.shape", value.name, fmt::format("takes {} dimensions ({}), not {}; give that many", value.type.rank(),
                                                            ir::shapeText(value.type), shape.size())};
    int64_t elements = 1;
    for (const ir::Dim dim : shape)
        if (dim < ir::kUnknownDim || (dim > 0 && __builtin_mul_overflow(elements, dim, &elements)))
            return Error{"input.shape", value.name, fmt::format("cannot have the shape {}; give sizes that fit into memory",
                                                                wanted.substr(wanted.find('[')))};
    return *found;
}

} // namespace bpu::importer
