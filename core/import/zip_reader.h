// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The zip archives among the model formats. A stored entry is a part of the file's bytes and is not copied;
// a packed one is inflated when it is asked for, within bounds.
#pragma once

#include "core/base/file.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::importer {

/// What an error of this archive says besides what is wrong.
struct ZipErrors {
    std::string code;   ///< "bpuir.zip"
    std::string where;  ///< the file
    std::string advice; ///< "save the model again"
};

struct ZipEntry {
    std::string name;
    uint64_t size = 0;     ///< unpacked, as the directory declares
    uint64_t packed = 0;   ///< bytes in the file
    uint64_t index = 0;
    bool isStored = false; ///< neither packed nor encrypted
};

/// Not for two threads at once. What it hands out stays valid without it.
class ZipReader {
public:
    static constexpr uint64_t kMaxEntries = 200'000;
    /// Unpacked bytes over all reads: this and eight times the file. Zeros pack a thousandfold, weights hardly.
    static constexpr uint64_t kMaxInflated = 64ULL << 20;

    /// Refuses what no exporter writes: too many entries, encrypted ones, two of one name, names that lead
    /// out of a folder, packings other than deflate, sizes that cannot be. Folders are left out.
    static Result<ZipReader> open(Bytes file, ZipErrors errors);
    ZipReader(ZipReader&&) noexcept;
    ZipReader& operator=(ZipReader&&) noexcept;
    ~ZipReader();

    /// In the order of the directory.
    const std::vector<ZipEntry>& entries() const { return m_entries; }
    /// Null when there is none of this name.
    const ZipEntry* find(std::string_view name) const;
    /// Size and, of a packed entry, checksum are checked; that of a stored one only when `verify` says so:
    /// it costs a pass over the weights, and PyTorch can be told to leave it out.
    Result<Bytes> read(const ZipEntry& entry, bool verify = false);
    Error error(const std::string& what) const { return {m_errors.code, m_errors.where, what + "; " + m_errors.advice}; }

private:
    struct Handle;
    ZipReader(std::unique_ptr<Handle> handle, Bytes file, ZipErrors errors);
    Result<void> readDirectory();
    Result<void> addEntry(uint64_t index);
    Result<Bytes> slice(const ZipEntry& entry);
    Result<Bytes> unpack(const ZipEntry& entry);
    /// Through the checksum; only into a `target` as large as the entry all of it.
    Result<void> readThrough(const ZipEntry& entry, std::span<std::byte> target);

    std::unique_ptr<Handle> m_handle;
    Bytes m_file;
    ZipErrors m_errors;
    std::vector<ZipEntry> m_entries;
    std::map<std::string_view, size_t> m_byName;
    uint64_t m_inflated = 0;
};

} // namespace bpu::importer
