// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/script_builder.h"

#include "core/import/torchscript/import_torchscript.h"
#include "core/ir/verifier.h"
#include "tests/support/pickle_builder.h"

#include <fmt/format.h>

namespace bpu::test {

std::string scriptFile(const Script& script)
{
    std::string code = fmt::format("{}class M(Module):\n  __parameters__ = []\n  training : bool\n  def forward(self: __torch__.M,\n    {}) -> Tensor:\n", script.before, script.arguments);
    for (size_t at = 0; at < script.lines.size();) {
        const size_t end = std::min(script.lines.find('\n', at), script.lines.size());
        code += "    " + script.lines.substr(at, end - at) + "\n";
        at = end + 1;
    }
    const std::string state = pickle::dict(pickle::text("training") + pickle::boolean(false) + script.attributes);
    std::vector<ZipPart> parts{{.name = script.version < 6 ? "m/version" : "m/.data/version", .data = fmt::format("{}\n", script.version)},
                               {.name = "m/data.pkl", .data = pickle::whole(pickle::object("__torch__", "M", state))},
                               {.name = "m/code/__torch__.py", .data = code}};
    parts.insert(parts.end(), script.more.begin(), script.more.end());
    return zipOf(parts);
}

Result<importer::Imported> opened(const Script& script, const std::map<std::string, ir::Shape>& shapes)
{
    const std::string file = scriptFile(script);
    return importer::importTorchScript("m.pt", Bytes::copyOf(std::as_bytes(std::span(file))), {.inputShapes = shapes, .control = {}});
}

std::string summary(const Result<importer::Imported>& imported)
{
    if (!imported)
        return imported.error().code + " " + imported.error().text();
    const ir::Graph& graph = imported->graph;
    if (const auto valid = ir::verify(graph); !valid)
        return valid.error().text();
    std::string text;
    for (const NodeId id : graph.order())
        text += graph.node(id).op + " ";
    text += "->";
    for (const ValueId id : graph.outputs())
        text += " " + graph.value(id).type.text();
    return text;
}

} // namespace bpu::test
