// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/facts.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// Names of entries come from the file: one line, not too long.
std::string printable(std::string text)
{
    constexpr size_t kLongest = 200;
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    if (text.size() <= kLongest)
        return text;
    size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) // not within a letter
        --end;
    return text.substr(0, end) + "...";
}

/// The entry byteorder came with PyTorch 2.1 (its notes on serialization), version 10 with the gelu of 1.12 (its
/// table of operator versions). The version alone tells no more: a new PyTorch writes 3 where the code needs no newer.
std::string producerOf(const Archive& archive)
{
    if (archive.has("byteorder"))
        return "PyTorch 2.1 or newer";
    return archive.version() >= 10 ? "PyTorch 1.12 or newer" : "PyTorch";
}

std::string extrasOf(const Archive& archive)
{
    constexpr std::string_view kFolder = "extra/";
    constexpr size_t kMostNames = 8;
    const std::vector<std::string> names = archive.list(kFolder);
    std::string text;
    for (size_t i = 0; i < names.size() && i < kMostNames; ++i)
        text += (text.empty() ? "" : ", ") + names[i].substr(kFolder.size());
    if (names.size() > kMostNames)
        text += fmt::format(" and {} more", names.size() - kMostNames);
    return printable(std::move(text));
}

} // namespace

std::map<std::string, std::string> factsOf(const Archive& archive, const std::filesystem::path& path, size_t constantTensors)
{
    std::map<std::string, std::string> facts{{"format", "TorchScript"}, {"version", fmt::to_string(archive.version())}, {"producer", producerOf(archive)}, {"path", path.string()}};
    if (archive.name() != path.stem())
        facts["saved as"] = printable(archive.name());
    if (constantTensors > 0)
        facts["constants"] = fmt::format("{} tensor{} in constants/", constantTensors, constantTensors == 1 ? "" : "s");
    if (std::string extras = extrasOf(archive); !extras.empty())
        facts["extra"] = std::move(extras);
    if (archive.has("bytecode.pkl"))
        facts["also holds"] = "bytecode for PyTorch Mobile";
    return facts;
}

} // namespace bpu::importer::torchscript
