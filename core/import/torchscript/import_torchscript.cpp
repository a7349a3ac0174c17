// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/import_torchscript.h"

#include "core/import/torchscript/debug.h"
#include "core/import/torchscript/eval/evaluator.h"
#include "core/import/torchscript/facts.h"
#include "core/import/torchscript/objects.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

using namespace torchscript;

bool isOfPyTorch(std::string_view file)
{
    return file.find("/torch/") != std::string_view::npos;
}

/// A trace has the Python stack for a source, "model.py(14): forward" a line, innermost first: the author's first frame.
void findInStack(std::string_view stack, AuthorPlace& place)
{
    for (size_t begin = 0; begin < stack.size();) {
        const size_t end = std::min(stack.find('\n', begin), stack.size());
        const std::string_view frame = stack.substr(begin, end - begin);
        begin = end + 1;
        const size_t close = frame.find("): ");
        const size_t open = close == std::string_view::npos ? close : frame.rfind('(', close);
        int line = 0;
        if (open == std::string_view::npos || std::from_chars(&frame[open + 1], &frame[close], line).ptr != &frame[close])
            return;
        if (isOfPyTorch(frame.substr(0, open)))
            continue;
        place = {.file = std::string(frame.substr(0, open)), .line = line, .text = place.text, .isLibrary = false};
        return;
    }
}

/// The debug tables, read when first asked for; a damaged one knows nothing.
class Places {
public:
    explicit Places(Archive& archive) : m_archive(archive) {}

    std::optional<AuthorPlace> at(const std::string& entry, uint32_t offset)
    {
        const auto place = table(entry).at(offset);
        if (!place)
            return std::nullopt;
        AuthorPlace result;
        result.file = place->file;
        result.line = static_cast<int>(place->line);
        result.text = place->written;
        result.isLibrary = isOfPyTorch(place->file);
        if (result.isLibrary)
            findInStack(place->written, result);
        return result;
    }

private:
    const DebugTable& table(const std::string& entry)
    {
        const auto [it, isNew] = m_tables.try_emplace(entry);
        const std::string name = entry + ".debug_pkl";
        if (!isNew || !m_archive.has(name))
            return it->second;
        auto bytes = m_archive.read(name);
        if (!bytes)
            return it->second;
        if (auto read = DebugTable::read(*std::move(bytes), m_archive.where() + ": " + name))
            it->second = *std::move(read);
        return it->second;
    }

    Archive& m_archive;
    std::map<std::string, DebugTable> m_tables;
};

Result<Pickle> readPickle(Archive& archive, const std::string& entry)
{
    BPU_TRY(bytes, archive.read(entry));
    return Pickle::read(std::move(bytes), archive.where() + ": " + entry);
}

Result<std::vector<Value>> readConstants(Archive& archive)
{
    if (!archive.has("constants.pkl"))
        return std::vector<Value>();
    BPU_TRY(pickle, readPickle(archive, "constants.pkl"));
    TensorLoader loader(archive, pickle, "constants");
    BPU_TRY(value, ObjectReader(pickle, loader).read(pickle.root(), "CONSTANTS"));
    return value.isSequence() ? value.items() : std::vector<Value>();
}

} // namespace

Result<Imported> importTorchScript(const std::filesystem::path& path, const Bytes& file, const ImportOptions& options)
{
    options.control.report(0.1, "Read the file");
    BPU_TRY(archive, Archive::open(path, file));
    BPU_TRY(pickle, readPickle(archive, "data.pkl"));
    TensorLoader loader(archive, pickle, "data");
    BPU_TRY(root, ObjectReader(pickle, loader).read(pickle.root(), ""));
    BPU_TRY(constants, readConstants(archive));
    const auto constantTensors = static_cast<size_t>(std::ranges::count_if(constants, [](const Value& value) { return value.is(Kind::Tensor); }));
    Places places(archive);
    Program program;
    program.root = std::move(root);
    program.constants = std::move(constants);
    program.name = path.stem().string();
    program.version = archive.version();
    program.source = [&archive](const std::string& entry) -> Result<std::optional<std::string>> {
        if (!archive.has(entry))
            return std::optional<std::string>();
        BPU_TRY(text, archive.readText(entry));
        return std::optional<std::string>(std::move(text));
    };
    program.locate = [&places](const std::string& entry, uint32_t offset) { return places.at(entry, offset); };
    EvalOptions evalOptions;
    evalOptions.inputShapes = options.inputShapes;
    evalOptions.control = options.control;
    options.control.report(0.3, "Follow the code");
    auto evaluated = evaluate(std::move(program), evalOptions);
    if (!evaluated) {
        Error error = std::move(evaluated).error();
        if (error.code.starts_with("torchscript."))
            error.where = error.where.empty() ? path.string() : fmt::format("{}: {}", path.string(), error.where);
        return error;
    }
    ir::GraphEditor editor(std::move(evaluated->graph));
    for (const auto& [key, text] : factsOf(archive, path, constantTensors))
        editor.setFact(key, text);
    editor.removeUnusedConstants();
    BPU_TRY(graph, editor.finish());
    return Imported{std::move(graph), std::move(evaluated->findings)};
}

} // namespace bpu::importer
