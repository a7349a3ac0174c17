// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/import_onnx.h"

#include "core/import/onnx/graph_reader.h"
#include "core/import/onnx/patterns/patterns.h"
#include "core/import/onnx/scopes.h"
#include "core/import/onnx/skim.h"

#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <limits>
#include <onnx/onnx_pb.h>

namespace bpu::importer {
namespace {

/// A subgraph is three messages deep (graph, node, attribute); the rest is what lies around them.
constexpr int kMessageDepth = 3 * kMaxSubgraphDepth + 64;

Result<void> parse(onnx::ModelProto& model, const std::string& slim, const std::string& where)
{
    if (slim.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
        return Error{"onnx.size", where, "holds more than 2 GB besides its weights; save the weights as raw or external data"};
    google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(slim.data()), static_cast<int>(slim.size()));
    stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
    stream.SetRecursionLimit(kMessageDepth);
    if (!model.ParsePartialFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
        return Error{"onnx.damaged", where, "is damaged: its parts contradict each other; copy the file again"};
    return {};
}

Result<void> readOpsets(const onnx::ModelProto& model, ModelContext& context)
{
    for (const auto& import : model.opset_import())
        context.opsets.insert_or_assign(import.domain() == "ai.onnx" ? std::string() : import.domain(), import.version());
    if (model.opset_import_size() == 0 && model.ir_version() >= 3)
        return context.error("onnx.opset", "names no operator set version, so it was cut off or is damaged; copy the file again");
    for (const auto& [domain, version] : context.opsets)
        if (version < 1 || version > 1'000'000)
            return context.error("onnx.opset", fmt::format("names version {} of the operators '{}', which cannot be; export the model again",
                                                           version, domain.empty() ? "ai.onnx" : cleanText(domain)));
    return {};
}

std::string opsetText(const ModelContext& context)
{
    std::string text;
    for (const auto& [domain, version] : context.opsets)
        text += domain.empty() ? fmt::format("{}{}", text.empty() ? "" : ", ", version)
                               : fmt::format("{}{} {}", text.empty() ? "" : ", ", cleanText(domain), version);
    return text.empty() ? "1" : text;
}

void setFacts(ir::GraphEditor& editor, const onnx::ModelProto& model, const ModelContext& context)
{
    editor.setFact("format", "ONNX");
    editor.setFact("opset", opsetText(context));
    editor.setFact("ir", fmt::format("{}", model.ir_version()));
    std::string producer = cleanText(model.producer_name());
    if (!model.producer_version().empty())
        producer += " " + cleanText(model.producer_version());
    editor.setFact("producer", producer);
    editor.setFact("path", context.tensors.where());
}

/// Findings name nodes that patterns may have replaced since.
void dropStaleNodes(Findings& findings, const ir::Graph& graph)
{
    for (Finding& finding : findings)
        if (!graph.contains(finding.node))
            finding.node = {};
}

} // namespace

Result<Imported> importOnnx(const std::filesystem::path& path, const Bytes& file, const ImportOptions& options)
{
    TensorReader tensors(path, file);
    google::protobuf::Arena arena;
    auto& model = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
    {
        options.control.report(0.1, "Read the file");
        BPU_TRY(slim, skimModel(file.span(), tensors.where()));
        BPU_CHECK(parse(model, slim, tensors.where()));
    }
    if (!model.has_graph())
        return Error{"onnx.empty", tensors.where(), "holds no graph, so it was cut off or is not a model; copy the file again"};
    ModelContext context{.tensors = tensors, .options = options, .folding = ops::FoldBudget(static_cast<int64_t>(file.size()))};
    BPU_CHECK(readOpsets(model, context));
    for (const auto& function : model.functions())
        context.functions.emplace(function.domain() + "." + function.name(), &function);
    options.control.report(0.3, "Build the graph");
    BPU_TRY(graph, GraphReader(context, nullptr, 0).read(model.graph()));
    options.control.report(0.7, "Recognize operators");
    ir::Rewriter rewriter(std::move(graph));
    recognizePatterns(rewriter);
    rewriter.removeUnusedConstants();
    fillScopes(rewriter);
    setFacts(rewriter, model, context);
    BPU_TRY(finished, rewriter.finish());
    dropStaleNodes(context.findings, finished);
    return Imported{std::move(finished), std::move(context.findings)};
}

} // namespace bpu::importer
