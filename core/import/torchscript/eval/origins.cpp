// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the author wrote for an operator, from the stack of classes and functions being evaluated: inside of
// torch.nn.ReLU.forward it is the module, inside of torch.nn.functional.relu the function, else the call itself.
#include "core/import/torchscript/eval/evaluator.h"

#include "core/import/torchscript/eval/operators.h"
#include "core/ops/op_spec.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

bool isContainer(std::string_view type)
{
    static constexpr std::array<std::string_view, 10> kContainers{"Sequential", "ModuleList", "ModuleDict", "Module", "Transformer", "TransformerEncoder",
                                                                  "TransformerDecoder", "TransformerEncoderLayer", "TransformerDecoderLayer", "ParameterList"};
    return std::ranges::find(kContainers, type) != kContainers.end();
}

/// "torch.nn.modules.conv.Conv2d" -> "torch.nn.Conv2d"; "torch.nn.quantized.modules.functional_modules.FloatFunctional" alike.
std::string publicName(std::string_view dotted)
{
    constexpr std::string_view kMoved = "torch.ao."; // where PyTorch 1.10 and later keep quantization; the tables have the old names
    const std::string prefix = dotted.starts_with(kMoved) ? "torch." : "";
    if (!prefix.empty())
        dotted.remove_prefix(kMoved.size());
    const size_t modules = dotted.find(".modules.");
    if (modules == std::string_view::npos)
        return prefix + std::string(dotted);
    return fmt::format("{}{}.{}", prefix, dotted.substr(0, modules), ir::lastPart(dotted));
}

} // namespace

std::string Evaluator::scope() const
{
    for (auto frame = m_frames.rbegin(); frame != m_frames.rend(); ++frame)
        if (frame->self && frame->self->isModule)
            return frame->self->path;
    return {};
}

/// Where the call was made that frame `index` is at.
AuthorPlace Evaluator::placeOf(size_t index) const
{
    const Frame& frame = m_frames[index];
    if (!m_program.locate)
        return {};
    return m_program.locate(frame.function->tree->entryName(), frame.offset).value_or(AuthorPlace());
}

ir::Origin Evaluator::origin(std::string_view aten) const
{
    // The outermost of PyTorch's own modules and functions that the author's code called.
    size_t outermost = m_frames.size();
    std::string what;
    for (size_t i = m_frames.size(); i-- > 0;) {
        const Frame& frame = m_frames[i];
        const bool isModule = frame.self && frame.self->isModule;
        const std::string dotted = withoutMangling(isModule ? frame.self->className : frame.function->name);
        if (!dotted.starts_with("torch.") || (isModule && isContainer(ir::lastPart(dotted))))
            break;
        outermost = i;
        what = publicName(dotted);
        if (isModule && what.ends_with("FloatFunctional"))
            what += "." + std::string(ir::lastPart(frame.function->name));
    }
    ir::Origin result;
    for (size_t i = std::min(outermost, m_frames.size()); i-- > 0;) {
        const AuthorPlace place = placeOf(i);
        if (result.file.empty() || !place.isLibrary) {
            result.file = place.file;
            result.line = place.line;
        }
        if (!place.file.empty() && !place.isLibrary)
            break;
    }
    const std::string name(outOfPlace(aten));
    const AuthorPlace innermost = placeOf(m_frames.size() - 1);
    if (what.empty())
        what = authorsForm(name, innermost.text);
    constexpr std::string_view kFunctional = "torch.nn.functional.";
    if (what.starts_with("torch.nn.functional._")) // max_pool2d is one of two functions, by an argument
        what.erase(kFunctional.size(), 1);
    if (result.file.empty()) { // a trace knows no place of a call, but the stack of what the call did
        result.file = innermost.file;
        result.line = innermost.line;
    }
    result.what = std::move(what);
    result.name = nodeName(aten);
    return result;
}

std::string Evaluator::nodeName(std::string_view aten) const
{
    const Frame* module = nullptr;
    for (auto frame = m_frames.rbegin(); frame != m_frames.rend() && !module; ++frame)
        if (frame->self && frame->self->isModule)
            module = &*frame;
    const std::string op(outOfPlace(aten));
    if (!module || module->self->path.empty())
        return op;
    const std::string type = withoutMangling(module->self->className);
    const bool isLeaf = type.starts_with("torch.nn.") && !isContainer(ir::lastPart(type)) && type.find("MultiheadAttention") == std::string::npos;
    return isLeaf ? module->self->path : fmt::format("{}.{}", module->self->path, op);
}

Result<std::vector<Value>> Evaluator::emit(std::string op, std::string_view aten, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results)
{
    BPU_CHECK(spend(1));
    while (!inputs.empty() && !inputs.back().isValid())
        inputs.pop_back();
    ir::NodeSpec spec{.op = std::move(op), .name = nodeName(aten), .inputs = std::move(inputs), .attributes = std::move(attributes), .scope = scope()};
    spec.origins = {origin(aten)};
    const bool isOpaque = !ops::find(spec.op);
    const std::string what = spec.origins.front().what;
    std::vector<Value> values = m_builder.emit(std::move(spec), results);
    if (isOpaque && !aten.starts_with("prim."))
        noteUnknown(m_builder.graph().value(m_builder.use(values.front().sharedCell())), aten, what);
    return values;
}

Result<Value> Evaluator::emitBeside(std::string_view op, std::vector<ValueId> inputs, ir::Attributes attributes)
{
    BPU_CHECK(spend(1));
    ir::NodeSpec spec{.op = std::string(op), .name = nodeName(op), .inputs = std::move(inputs), .attributes = std::move(attributes), .scope = scope()};
    spec.origins = {origin(op)};
    const ops::OpSpec* known = ops::find(op);
    spec.origins.front().what = known && !known->torch.empty() ? std::string(known->torch.front()) : std::string(op);
    return m_builder.emit(std::move(spec), 1).front();
}

void Evaluator::noteUnknown(const ir::Value& value, std::string_view aten, const std::string& what)
{
    struct Words {
        const char* code;
        const char* message;
        const char* advice;
    };
    static constexpr Words kQuantized{"torchscript.quantized-op", "PyTorch has quantized this layer already, for processors",
                                      "Export the float model, from before torch.quantization.convert: the BPU has its own quantization"};
    static constexpr Words kUndecided{"torchscript.undecided-op", "Its arguments depend on sizes or values that are not known; it is drawn but not understood",
                                      "Give the inputs a shape with --input, and arguments that are numbers their value"};
    static constexpr Words kUnknown{"torchscript.unknown-op", "This operator is not known; it is drawn but not understood",
                                    "Replace it in the model by operators of the table, or leave it to the CPU"};
    const Words& words = aten.starts_with("quantized.") ? kQuantized : hasRow(aten) ? kUndecided : kUnknown;
    Finding finding;
    finding.code = words.code;
    finding.severity = Severity::Warning;
    finding.node = m_builder.isInBranch() ? NodeId{} : value.producer;
    finding.where = value.producer.isValid() ? m_builder.graph().node(value.producer).name : std::string();
    finding.op = what;
    finding.message = words.message;
    finding.advice = words.advice;
    m_findings.push_back(std::move(finding));
}

/// The last node emitted stands for something that depends on data.
void Evaluator::noteRegion(std::string what)
{
    const NodeId id = m_builder.graph().order().back();
    const ir::Node& node = m_builder.graph().node(id);
    Finding finding;
    finding.code = "torchscript.data-dependent";
    finding.severity = Severity::Warning;
    finding.node = m_builder.isInBranch() ? NodeId{} : id;
    finding.where = node.name;
    finding.op = node.origins.empty() ? node.op : node.origins.front().what;
    finding.message = fmt::format("The code has {} that depends on the values of tensors or on unknown sizes", what);
    finding.found = fmt::format("{}:{}", tree().entryName(), m_frames.back().line);
    finding.advice = "Give the inputs a shape with --input, and arguments that are numbers their value, or export the model with torch.jit.trace";
    m_findings.push_back(std::move(finding));
}

} // namespace bpu::importer::torchscript
