// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Whole-file reading and atomic writing, with the sentences a user sees when a disk says no.
#pragma once

#include "core/base/error.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace bpu {

/// Immutable bytes with shared ownership. A file is read, not mapped: models are rewritten in place by
/// exporters while we have them open, and a mapping of a truncated file kills the process.
class Bytes {
public:
    Bytes() = default;
    /// Takes ownership of `data`.
    Bytes(std::shared_ptr<const std::byte[]> data, size_t size) : m_data(std::move(data)), m_size(size) {}
    static Bytes copyOf(std::span<const std::byte> source);
    /// `size` bytes that `fill` writes when they are first looked at, once and on the thread that looks.
    static Bytes deferred(size_t size, std::function<void(std::span<std::byte>)> fill);

    std::span<const std::byte> span() const { return {m_deferred ? filled() : m_data.get(), m_size}; }
    size_t size() const { return m_size; }
    /// The same bytes in memory, not only equal ones.
    bool sharesWith(const Bytes& other) const { return m_data == other.m_data && m_deferred == other.m_deferred && m_size == other.m_size; }
    /// A part that keeps the whole alive. offset + size must lie inside.
    Bytes slice(size_t offset, size_t size) const;

private:
    struct Deferred;
    const std::byte* filled() const;

    std::shared_ptr<const std::byte[]> m_data;
    std::shared_ptr<Deferred> m_deferred; ///< set instead of m_data
    size_t m_size = 0;
};

/// Room for `size` bytes of what `path` holds. Error "file.memory".
Result<std::shared_ptr<std::byte[]>> allocate(size_t size, const std::filesystem::path& path);

/// Reads a regular file. Errors: "file.missing", "file.permission", "file.directory", "file.read",
/// "file.memory" (larger than what the machine can hold).
Result<Bytes> readFile(const std::filesystem::path& path);

/// Writes beside the target, syncs and renames, so that a reader sees the old file or the new one and
/// an error leaves the old one. Errors: "file.permission", "file.disk-full" (kind Machine), "file.write".
Result<void> writeFile(const std::filesystem::path& path, std::span<const std::byte> data);
Result<void> writeFile(const std::filesystem::path& path, std::string_view text);

} // namespace bpu
