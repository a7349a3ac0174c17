// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/imported_model.h"

#include "core/ir/text.h"
#include "core/ir/verifier.h"

#include <QTemporaryDir>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

namespace bpu::test {
namespace {

template <typename T>
T valueOrAbort(Result<T> result)
{
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().text());
        std::abort();
    }
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

} // namespace

importer::Imported importedModel(const std::string& model, const importer::ImportOptions& options)
{
    const QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "net.onnx";
    valueOrAbort(writeFile(path, std::string_view(model)));
    importer::Imported imported = valueOrAbort(importer::importModel(path, options));
    valueOrAbort(ir::verify(imported.graph));
    return imported;
}

std::string nodeLines(const ir::Graph& graph)
{
    std::vector<std::string> lines;
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        std::vector<std::string> inputs;
        for (const ValueId input : node.inputs) {
            const ir::Value* value = graph.find(input);
            inputs.push_back(value ? (value->isConstant() ? "@" : "") + value->name : "_");
        }
        std::vector<std::string> attributes;
        for (const auto& [name, value] : node.attributes)
            attributes.push_back(name + "=" + ir::text(value));
        lines.push_back(fmt::format("{}({}){}", node.op, fmt::join(inputs, ", "),
                                    attributes.empty() ? std::string() : fmt::format(" {{{}}}", fmt::join(attributes, ", "))));
    }
    return fmt::format("{}", fmt::join(lines, "\n"));
}

} // namespace bpu::test
