// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/dump_values.h"

#include "app/cli/arguments.h"
#include "core/base/nearest.h"
#include "core/data/npy.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <set>

namespace bpu::cli {
namespace {

constexpr size_t kMaxName = 120; // file systems take 255 bytes

/// A file name: what could lead elsewhere or needs quotes becomes '_'.
std::string fileNameOf(std::string_view value, std::set<std::string>& taken)
{
    std::string name;
    for (const char c : value.substr(0, kMaxName))
        name += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' ? c : '_';
    name.erase(0, name.find_first_not_of("_."));
    if (name.empty())
        name = "value";
    std::string unique = name;
    for (int suffix = 2; !taken.insert(unique).second; ++suffix)
        unique = fmt::format("{}_{}", name, suffix);
    return unique + ".npy";
}

/// Names of the values that a run computes or is given.
std::map<std::string_view, ValueId> valuesByName(const ir::Graph& graph)
{
    std::map<std::string_view, ValueId> values;
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
        if (const ir::Value* value = graph.find(ValueId{i}); value && !value->isConstant())
            values.emplace(value->name, value->id);
    return values;
}

std::vector<std::string_view> splitAtCommas(std::string_view text)
{
    std::vector<std::string_view> parts;
    while (true) {
        const size_t comma = text.find(',');
        parts.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos)
            return parts;
        text.remove_prefix(comma + 1);
    }
}

Result<std::vector<ValueId>> chosenValues(const ir::Graph& graph, const std::vector<std::string>& names)
{
    if (names.empty())
        return graph.outputs();
    const std::map<std::string_view, ValueId> known = valuesByName(graph);
    std::vector<ValueId> chosen;
    for (const std::string& list : names)
        for (const std::string_view name : splitAtCommas(list)) {
            if (name == "all") {
                for (const auto& [any, id] : known)
                    chosen.push_back(id);
                continue;
            }
            const auto found = known.find(name);
            if (found == known.end()) {
                std::vector<std::string_view> all;
                for (const auto& [any, id] : known)
                    all.push_back(any);
                return Error{"usage", "--values", fmt::format("there is no value '{}'; {}", name, didYouMean(name, all, "--values all writes every one"))};
            }
            chosen.push_back(found->second);
        }
    return chosen;
}

} // namespace

Result<ValueDump> ValueDump::make(const ir::Graph& graph, const std::filesystem::path& folder, const std::vector<std::string>& names)
{
    ValueDump dump;
    dump.m_folder = folder;
    BPU_TRY(chosen, chosenValues(graph, names));
    std::set<std::string> taken;
    for (const ValueId id : chosen)
        if (!dump.m_files.contains(id))
            dump.m_files.emplace(id, fileNameOf(graph.value(id).name, taken));
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code)
        return Error{"file.write", folder.string(), fmt::format("cannot be made ({}); choose another folder", code.message())};
    return dump;
}

std::vector<ValueId> ValueDump::values() const
{
    std::vector<ValueId> ids;
    for (const auto& [id, file] : m_files)
        ids.push_back(id);
    return ids;
}

Result<void> ValueDump::write(ValueId value, const ir::Tensor& numbers) const
{
    const auto file = m_files.find(value);
    return file == m_files.end() ? Result<void>() : data::writeNpy(m_folder / file->second, numbers);
}

std::string ValueDump::listing(const ir::Graph& graph) const
{
    std::string text;
    for (const auto& [id, file] : m_files)
        text += fmt::format("{}  {}  {}\n", (m_folder / file).string(), graph.value(id).name, graph.value(id).type.text());
    return text;
}

} // namespace bpu::cli
