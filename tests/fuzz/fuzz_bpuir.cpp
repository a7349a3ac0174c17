// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Any graph.json with any weights.bin: the first two bytes say how much of the input is the weights.
#include "core/import/bpuir/bpuir.h"
#include "tests/fuzz/use_graph.h"

#include <unistd.h>
#include <zip.h>

namespace {

/// A zip of two stored entries; the fuzzer would never guess their checksums.
void writeArchive(const std::string& path, std::span<const uint8_t> json, std::span<const uint8_t> weights)
{
    int code = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (!archive)
        std::abort();
    const auto add = [&](const char* name, std::span<const uint8_t> bytes) {
        const zip_int64_t index = zip_file_add(archive, name, zip_source_buffer(archive, bytes.data(), bytes.size(), 0), ZIP_FL_OVERWRITE);
        zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    };
    add("graph.json", json);
    add("weights.bin", weights);
    if (zip_close(archive) != 0)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const std::string path = "/dev/shm/fuzz_bpuir_" + std::to_string(getpid()) + ".bpuir";
    if (size < 2)
        return 0;
    const std::span<const uint8_t> rest(data + 2, size - 2);
    const size_t weights = std::min<size_t>(static_cast<size_t>(data[0]) * 256 + data[1], rest.size());
    writeArchive(path, rest.subspan(weights), rest.first(weights));
    if (const auto graph = bpu::importer::readBpuir(path))
        bpu::test::useGraph(*graph);
    return 0;
}
