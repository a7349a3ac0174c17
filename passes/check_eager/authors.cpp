// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_eager/authors.h"

#include <fmt/format.h>

namespace bpu::passes {

bool hasAuthorsWords(const ir::Graph& graph)
{
    const auto format = graph.facts().find("format");
    return format != graph.facts().end() && format->second == "TorchScript";
}

std::string authorsLine(const ir::Node& node)
{
    if (node.origins.empty() || node.origins.front().line == 0 || node.origins.front().file.find("/torch/") != std::string::npos)
        return {};
    const std::string& file = node.origins.front().file;
    return fmt::format("{}:{}", file.substr(file.find_last_of("/\\") + 1), node.origins.front().line);
}

std::string authorsPlace(const ir::Graph& graph, const ir::Node& node)
{
    const auto type = graph.moduleTypes().find(node.scope);
    const std::string place = type == graph.moduleTypes().end() ? std::string() : type->second;
    const std::string line = authorsLine(node);
    return fmt::format("{}{}{}", place, place.empty() || line.empty() ? "" : ", ", line);
}

} // namespace bpu::passes
