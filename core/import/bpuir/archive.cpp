// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/bpuir/archive.h"

#include "core/import/zip_reader.h"
#include "core/ir/bpuir_format.h"

#include <fmt/format.h>

namespace bpu::importer {
namespace {

/// A packed entry larger than `limit` is refused before memory is taken for it.
Result<Bytes> readEntry(ZipReader& zip, const char* name, uint64_t limit)
{
    const ZipEntry* entry = zip.find(name);
    if (!entry)
        return zip.error(fmt::format("holds no '{}', so it is no .bpuir file", name));
    if (!entry->isStored && entry->size > limit)
        return zip.error(fmt::format("'{}' claims {} bytes, more than such a file can hold", name, entry->size));
    return zip.read(*entry, true);
}

} // namespace

Result<BpuirArchive> readBpuirArchive(const std::filesystem::path& path)
{
    BPU_TRY(file, readFile(path));
    BPU_TRY(zip, ZipReader::open(file, {"bpuir.zip", path.string(), "save the model again"}));
    BPU_TRY(graph, readEntry(zip, ir::bpuir::kGraphEntry, ir::bpuir::kMaxGraphBytes));
    BPU_TRY(weights, readEntry(zip, ir::bpuir::kWeightsEntry, 0));
    const auto text = graph.span();
    return BpuirArchive{std::string(reinterpret_cast<const char*>(text.data()), text.size()), std::move(weights)};
}

} // namespace bpu::importer
