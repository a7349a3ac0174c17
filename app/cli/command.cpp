// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"

#include "core/base/file.h"

#include <charconv>
#include <fmt/format.h>

namespace bpu::cli {

#define BPU_COMMAND(function) const Command& function();
#include "app/cli/commands.def"
#undef BPU_COMMAND

namespace {

Error badInput(const std::string& text)
{
    return {"usage", "--input", fmt::format("cannot read '{}'; write NAME=1x3x224x224, with ? for a size that stays unknown", text)};
}

Result<ir::Shape> parseShape(std::string_view text, const std::string& whole)
{
    ir::Shape shape;
    while (true) {
        const size_t end = text.find('x');
        const std::string_view part = text.substr(0, end);
        ir::Dim dim = ir::kUnknownDim;
        const auto [stop, code] = std::from_chars(part.data(), part.data() + part.size(), dim);
        if (part != "?" && (code != std::errc() || stop != part.data() + part.size() || dim < 0))
            return badInput(whole);
        shape.push_back(dim);
        if (end == std::string_view::npos)
            return shape;
        text.remove_prefix(end + 1);
    }
}

} // namespace

const std::vector<const Command*>& allCommands()
{
    static const std::vector<const Command*> commands{
#define BPU_COMMAND(function) &function(),
#include "app/cli/commands.def"
#undef BPU_COMMAND
    };
    return commands;
}

Option inputOption()
{
    return {"--input", "NAME=1x3x224x224", "fix the shape of an input, or the value of a number; NAME= may be left out when there is one", true};
}

Option outputOption(std::string_view value)
{
    return {"-o", value, "write the result to this file"};
}

Option jsonOption()
{
    return {"--json", "", "machine-readable output"};
}

Result<importer::Imported> openModel(const Arguments& arguments, size_t i, Streams streams)
{
    importer::ImportOptions options;
    for (const std::string& text : arguments.values("--input")) {
        const size_t equals = text.rfind('=');
        const std::string name = equals == std::string::npos ? std::string() : text.substr(0, equals);
        BPU_TRY(shape, parseShape(std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1), text));
        options.inputShapes[name] = std::move(shape);
    }
    BPU_TRY(imported, importer::importModel(arguments.operand(i), options));
    for (const Finding& finding : imported.findings)
        streams.err << fmt::format("{}: {}{}{}{}\n", name(finding.severity), finding.where, finding.where.empty() ? "" : ": ", finding.message,
                                   finding.advice.empty() ? "" : "; " + finding.advice);
    return std::move(imported);
}

Option opsetOption()
{
    return {"--opset", "N", "opset of an .onnx that is written, 11 to 17 (13); below 13 a quantized model becomes float with its scales as metadata"};
}

Result<int64_t> opsetOf(const Arguments& arguments)
{
    int64_t opset = exporter::OnnxOptions().opset;
    if (!arguments.has("--opset"))
        return opset;
    const std::string text = arguments.value("--opset");
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), opset);
    if (code != std::errc() || stop != text.data() + text.size() || opset < exporter::kFirstOnnxOpset || opset > exporter::kLastOnnxOpset)
        return Error{"usage", "--opset", fmt::format("cannot be '{}'; write a number from {} to {}", text, exporter::kFirstOnnxOpset, exporter::kLastOnnxOpset)};
    return opset;
}

Result<void> checkModelTarget(const std::string& target)
{
    if (target.ends_with(".bpuir") || target.ends_with(".onnx") || target.starts_with("/dev/"))
        return {};
    return Error{"usage", target, "cannot be written in this format yet; give it the ending .bpuir or .onnx"};
}

Result<void> writeModel(const ir::Graph& graph, const std::string& target, int64_t opset)
{
    return target.ends_with(".onnx") ? exporter::writeOnnx(graph, target, {.opset = opset}) : exporter::writeBpuir(graph, target);
}

Result<void> writeResult(const Arguments& arguments, const std::string& text, Streams streams)
{
    if (arguments.has("-o"))
        return writeFile(arguments.value("-o"), text);
    streams.out << text;
    return {};
}

} // namespace bpu::cli
