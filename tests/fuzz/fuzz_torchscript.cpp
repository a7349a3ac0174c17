// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Any pickles and any code as a TorchScript file: an error or a valid graph. The input is two sizes of two bytes,
// data.pkl, constants.pkl, and the code, in which a line "# entry NAME" begins another file.
#include "core/import/torchscript/import_torchscript.h"
#include "tests/fuzz/use_graph.h"
#include "tests/support/zip_builder.h"

namespace {

constexpr size_t kStorages = 40;
constexpr size_t kStorageBytes = 4096;

void addCode(std::vector<bpu::test::ZipPart>& parts, std::string_view code)
{
    constexpr std::string_view kEntry = "# entry ";
    std::string name = "__torch__.py";
    while (!code.empty()) {
        const size_t next = code.find(kEntry, 1);
        std::string_view text = code.substr(0, next);
        code.remove_prefix(std::min(next, code.size()));
        if (text.starts_with(kEntry)) {
            const size_t end = std::min(text.find('\n'), text.size());
            name = text.substr(kEntry.size(), end - kEntry.size());
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        parts.push_back({.name = "fuzz/code/" + name, .data = std::string(text)});
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 4)
        return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 4, size - 4);
    const auto take = [&](size_t at) {
        const std::string part(rest.substr(0, static_cast<size_t>(data[at]) * 256 + data[at + 1]));
        rest.remove_prefix(part.size());
        return part;
    };
    std::vector<bpu::test::ZipPart> parts{{.name = "fuzz/version", .data = "3\n"}, {.name = "fuzz/data.pkl", .data = take(0)}};
    parts.push_back({.name = "fuzz/constants.pkl", .data = take(2)});
    addCode(parts, rest);
    for (size_t i = 0; i < kStorages; ++i)
        parts.push_back({.name = "fuzz/data/" + std::to_string(i), .data = std::string(kStorageBytes, '\0')});
    const std::string file = bpu::test::zipOf(parts);
    const bpu::Bytes bytes = bpu::Bytes::copyOf(std::as_bytes(std::span(file)));
    for (const bool hasShape : {false, true}) {
        bpu::importer::ImportOptions options;
        if (hasShape)
            options.inputShapes[""] = {1, 3, 8, 8};
        if (const auto imported = bpu::importer::importTorchScript("/nonexistent/fuzz.pt", bytes, options))
            bpu::test::useGraph(imported->graph);
    }
    return 0;
}
