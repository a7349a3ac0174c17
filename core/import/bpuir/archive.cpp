// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/bpuir/archive.h"

#include "core/ir/bpuir_format.h"

#include <fmt/format.h>
#include <memory>
#include <zip.h>

namespace bpu::importer {
namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;

Error damaged(const std::filesystem::path& path, const std::string& what)
{
    return {"bpuir.zip", path.string(), what + "; save the model again"};
}

Result<Archive> openArchive(const std::filesystem::path& path)
{
    int code = 0;
    if (zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code))
        return Archive(archive, zip_discard);
    BPU_CHECK(readFile(path)); // says what the disk says: missing, no permission, a folder
    return damaged(path, "is no complete .bpuir file: the zip directory at its end is missing or damaged");
}

/// What the directory says is checked before memory is taken: a stored entry cannot be larger than the
/// file, a packed one not larger than `limit`.
Result<zip_stat_t> entryStatus(zip_t* archive, const char* entry, uint64_t fileSize, uint64_t limit, const std::filesystem::path& path)
{
    zip_stat_t status;
    zip_stat_init(&status);
    if (zip_stat(archive, entry, 0, &status) != 0)
        return damaged(path, fmt::format("holds no '{}', so it is no .bpuir file", entry));
    constexpr auto kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    const bool stored = status.comp_method == ZIP_CM_STORE;
    if ((status.valid & kNeeded) != kNeeded || status.comp_size > fileSize || (stored && status.size > fileSize) || (!stored && status.size > limit))
        return damaged(path, fmt::format("'{}' claims {} bytes, more than such a file can hold", entry, status.size));
    return status;
}

Result<Bytes> readEntry(zip_t* archive, const char* entry, uint64_t fileSize, uint64_t limit, const std::filesystem::path& path)
{
    BPU_TRY(status, entryStatus(archive, entry, fileSize, limit, path));
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(zip_fopen(archive, entry, 0), zip_fclose);
    if (!file)
        return damaged(path, fmt::format("'{}' cannot be unpacked ({})", entry, zip_strerror(archive)));
    const size_t size = status.size;
    BPU_TRY(data, allocate(size, path));
    size_t done = 0;
    while (done < size) {
        const zip_int64_t got = zip_fread(file.get(), data.get() + done, size - done);
        if (got <= 0)
            return damaged(path, fmt::format("'{}' is damaged or cut off", entry));
        done += static_cast<size_t>(got);
    }
    std::byte beyond;
    if (zip_fread(file.get(), &beyond, 1) != 0) // the read at the end is what compares the checksum
        return damaged(path, fmt::format("'{}' does not match its checksum", entry));
    return Bytes{std::move(data), size};
}

} // namespace

Result<BpuirArchive> readBpuirArchive(const std::filesystem::path& path)
{
    BPU_TRY(archive, openArchive(path));
    std::error_code failed;
    const uint64_t fileSize = std::filesystem::file_size(path, failed);
    if (failed)
        return damaged(path, "is not a regular file");
    BPU_TRY(graph, readEntry(archive.get(), ir::bpuir::kGraphEntry, fileSize, ir::bpuir::kMaxGraphBytes, path));
    BPU_TRY(weights, readEntry(archive.get(), ir::bpuir::kWeightsEntry, fileSize, 0, path));
    const auto text = graph.span();
    return BpuirArchive{std::string(reinterpret_cast<const char*>(text.data()), text.size()), std::move(weights)};
}

} // namespace bpu::importer
