// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Any bytes named .pt: what the file is, the zip and its entries, the facts beside the network. The first byte chooses: a whole
// file, or a pickle, code and debug table that are packed into one, whose checksums the fuzzer would never guess.
#include "core/import/torchscript/debug.h"
#include "core/import/torchscript/import_torchscript.h"
#include "core/import/torchscript/what_is.h"
#include "tests/fuzz/use_graph.h"
#include "tests/support/zip_builder.h"

namespace {

std::string packed(std::string_view data)
{
    const size_t third = data.size() / 3;
    return bpu::test::zipOf({{.name = "fuzz/version", .data = "3\n"},
                             {.name = "fuzz/data.pkl", .data = std::string(data.substr(0, third))},
                             {.name = "fuzz/code/__torch__.py", .data = "class M(Module):\n  def forward(self: __torch__.M,\n    x: Tensor) -> Tensor:\n    return x\n"},
                             {.name = "fuzz/code/__torch__.py.debug_pkl", .data = std::string(data.substr(third, third))},
                             {.name = "fuzz/constants.pkl", .data = std::string(data.substr(2 * third)), .deflated = true}});
}

void open(const std::string& file)
{
    const bpu::Bytes bytes = bpu::Bytes::copyOf(std::as_bytes(std::span(file)));
    const std::filesystem::path path = "/nonexistent/fuzz.pt";
    if (bpu::importer::torchscript::whyNotTorchScript(path, bytes))
        return;
    if (const auto imported = bpu::importer::importTorchScript(path, bytes, {}))
        bpu::test::useGraph(imported->graph);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 1)
        return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        open(std::string(rest));
        return 0;
    }
    open(packed(rest));
    const bpu::Bytes bytes = bpu::Bytes::copyOf(std::as_bytes(std::span(data + 1, size - 1)));
    if (const auto table = bpu::importer::torchscript::DebugTable::read(bytes, "fuzz.debug_pkl"))
        for (size_t offset = 0; offset < 2000; ++offset)
            (void)table->at(offset);
    return 0;
}
