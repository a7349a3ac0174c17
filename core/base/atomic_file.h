// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A file that is written piece by piece and is there only once it is whole: written beside the target,
// synced and renamed, so that a reader sees the old file or the new one and an error leaves the old one.
#pragma once

#include "core/base/descriptor.h"
#include "core/base/error.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace bpu {

class AtomicFile {
public:
    /// Errors: "file.permission", "file.missing" (its folder), "file.directory", "file.disk-full" (kind Machine), "file.write".
    static Result<AtomicFile> create(const std::filesystem::path& path);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;
    /// Without commit() nothing is left of it.
    ~AtomicFile();

    /// False when the disk said no, now or before; commit() then says what.
    bool write(std::span<const std::byte> data);
    /// The next write goes there, in bytes from the start.
    bool seek(int64_t position);
    int64_t position() const;
    bool hasFailed() const { return m_errno != 0; }
    /// Puts the file in its place. Errors as create().
    Result<void> commit();

private:
    AtomicFile(std::filesystem::path path, Descriptor file) : m_path(std::move(path)), m_file(std::move(file)) {}
    int copyToDevice();

    std::filesystem::path m_path;
    Descriptor m_file;
    std::string m_temporary; ///< beside the target; empty for a device
    std::string m_target;
    int m_errno = 0;
};

} // namespace bpu
