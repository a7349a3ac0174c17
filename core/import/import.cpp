// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"

#include "core/import/bpuir/bpuir.h"
#include "core/import/input_shapes.h"
#include "core/import/onnx/branches.h"
#include "core/import/onnx/emitter.h"
#include "core/import/onnx/import_onnx.h"
#include "core/import/onnx/patterns/patterns.h"
#include "core/import/onnx/sizes/scaffolding.h"
#include "core/import/recognize.h"
#include "core/import/torchscript/import_torchscript.h"
#include "core/import/torchscript/what_is.h"
#include "core/ops/infer_types.h"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <new>

namespace bpu::importer {
namespace {

/// A size such as 2^31 x 2^31 is within the file format and beyond every machine.
Result<void> checkInputs(const ir::Graph& graph, const std::string& where)
{
    for (const ValueId id : graph.inputs()) {
        int64_t bytes = 8;
        for (const ir::Dim dim : graph.value(id).type.shape())
            if (dim > 0 && __builtin_mul_overflow(bytes, dim, &bytes))
                return Error{"input.shape", where, fmt::format("input '{}' of {} is larger than any memory; give it a smaller shape with --input",
                                                               graph.value(id).name, ir::shapeText(graph.value(id).type))};
    }
    return {};
}

/// A node that a file cannot compute is a finding; one that cannot compute what the user wished is the wish's fault.
Result<void> checkWishes(const Imported& imported, const ImportOptions& options, const std::string& where)
{
    const auto isMisfit = [](const Finding& f) { return f.severity == Severity::Error && f.code.ends_with(".shape"); };
    const auto misfit = std::ranges::find_if(imported.findings, isMisfit);
    if (options.inputShapes.empty() || misfit == imported.findings.end())
        return {};
    return Error{"input.shape", where, fmt::format("{} does not take inputs of these shapes: {}; give the input shapes the model was made for", misfit->where, misfit->found)};
}

Result<Imported> readOwnFile(const std::filesystem::path& path, const ImportOptions& options)
{
    BPU_TRY(graph, readBpuir(path));
    if (options.inputShapes.empty())
        return Imported{std::move(graph), {}};
    BPU_TRY(shaped, withInputShapes(graph, options.inputShapes));
    return Imported{std::move(shaped), {}};
}

/// What PyTorch may have written, or the name says that it has: torchscript::whyNotTorchScript knows more of it.
bool mayBeTorch(FileKind kind, const std::filesystem::path& path)
{
    const std::filesystem::path ending = path.extension();
    const bool isNamedSo = ending == ".pt" || ending == ".pth" || ending == ".jit" || ending == ".ckpt" || ending == ".safetensors";
    return kind == FileKind::TorchScript || kind == FileKind::TorchPickle || kind == FileKind::Pickle || kind == FileKind::OtherZip
        || (kind == FileKind::Onnx && isNamedSo);
}

Result<Imported> readAs(FileKind kind, const std::filesystem::path& path, const Bytes& file, const ImportOptions& options)
{
    if (mayBeTorch(kind, path)) {
        if (auto why = torchscript::whyNotTorchScript(path, file))
            return *std::move(why);
    }
    if (auto why = whyNotReadable(kind))
        return Error{"file.kind", path.string(), *std::move(why)};
    if (kind == FileKind::Bpuir)
        return readOwnFile(path, options);
    if (kind == FileKind::TorchScript)
        return importTorchScript(path, file, options);
    return importOnnx(path, file, options);
}

} // namespace

Result<Imported> importModel(const std::filesystem::path& path, const ImportOptions& options)
{
    BPU_TRY(file, readFile(path));
    if (options.control.stopRequested())
        return JobControl::cancelled();
    // protobuf, zip and the allocator throw; nothing of that may reach the caller.
    try {
        BPU_TRY(imported, readAs(recognize(file), path, file, options));
        BPU_CHECK(checkInputs(imported.graph, path.string()));
        BPU_CHECK(checkWishes(imported, options, path.string()));
        return std::move(imported);
    } catch (const std::bad_alloc&) {
        return Error{"file.memory", path.string(), "needs more memory than is free; close other programs", ErrorKind::Machine};
    } catch (const std::exception& failure) {
        return Error{"file.read", path.string(), fmt::format("cannot be read ({}); export the model again", failure.what())};
    }
}

namespace {

/// Types of one node anew, and all that follows from them. True when nodes may have lost their users.
Result<bool> settle(ir::GraphEditor& editor, Sizes& sizes, ops::FoldBudget& budget, NodeId id)
{
    const std::vector<ValueId> outputs = editor.graph().node(id).outputs;
    for (const ValueId output : outputs) // what was declared was declared for other shapes
        editor.setType(output, ir::TensorType::unranked(editor.graph().value(output).type.dtype()));
    if (const auto instead = replaceDecidedIf(editor, id)) {
        for (const NodeId made : *instead)
            BPU_CHECK(settle(editor, sizes, budget, made));
        return true;
    }
    absorbConstants(editor, id);
    BPU_CHECK(ops::inferNode(editor, id));
    if (foldNode(editor, id, budget))
        return true;
    const bool absorbed = absorbSizes(editor, id, sizes);
    if (absorbed)
        BPU_CHECK(ops::inferNode(editor, id));
    sizes.visit(editor.graph().node(id));
    if (foldContents(editor, id, sizes))
        return true;
    applySizes(editor, id, sizes);
    return absorbed;
}

} // namespace

Result<ir::Graph> withInputShapes(const ir::Graph& graph, const std::map<std::string, ir::Shape>& shapes)
{
    ir::Rewriter editor(graph);
    for (const auto& [name, shape] : shapes) {
        BPU_TRY(input, findInput(graph, name, shape));
        editor.setType(input, graph.value(input).type.withShape(shape));
    }
    BPU_CHECK(checkInputs(editor.graph(), graph.name()));
    Sizes sizes(editor.graph());
    ops::FoldBudget budget = ops::FoldBudget::of(graph);
    bool lost = false;
    for (const NodeId id : graph.order()) {
        BPU_TRY(settled, settle(editor, sizes, budget, id));
        lost = settled || lost;
    }
    editor.restoreOrder();
    if (lost)
        editor.removeDead();
    if (graph.stage() == ir::Stage::Float) // later stages hold what patterns do not know, such as a fused activation
        recognizePatterns(editor);         // what a computed shape hid
    editor.removeUnusedConstants();
    return editor.finish();
}

} // namespace bpu::importer
