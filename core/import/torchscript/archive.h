// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A TorchScript file: a zip in which everything lies in one folder.
//
//     NAME/data.pkl                the module with its attributes      NAME/data/N        its tensors' storages
//     NAME/constants.pkl           a tuple: CONSTANTS.cN of the code   NAME/constants/N   their storages
//     NAME/code/__torch__/a/b.py   the classes of __torch__.a.b        NAME/code/....py.debug_pkl
//     NAME/version                 or NAME/.data/version               NAME/byteorder, NAME/extra/*
#pragma once

#include "core/import/zip_reader.h"

namespace bpu::importer::torchscript {

class Archive {
public:
    /// Errors: "torchscript.zip" (no zip, cut off, damaged, refused), "torchscript.archive" (a zip that holds
    /// no TorchScript module), "torchscript.version" (newer than kNewestVersion).
    static Result<Archive> open(const std::filesystem::path& path, Bytes file);

    static constexpr int kNewestVersion = 10;

    /// The folder, which is the name under which the file was saved first.
    const std::string& name() const { return m_name; }
    const std::string& where() const { return m_where; }
    int version() const { return m_version; }
    bool isBigEndian() const { return m_bigEndian; }
    /// Names below the folder that begin with `prefix`, in the order of the file: "code/" gives "code/__torch__.py", ...
    std::vector<std::string> list(std::string_view prefix) const;
    bool has(std::string_view entry) const;
    /// `entry` is named below the folder: "data/3". Stored ones are parts of the file's bytes.
    Result<Bytes> read(std::string_view entry);
    Result<std::string> readText(std::string_view entry);

private:
    Archive(ZipReader zip, std::string where) : m_zip(std::move(zip)), m_where(std::move(where)) {}
    Result<void> findFolder();
    Result<void> readHeader();

    ZipReader m_zip;
    std::string m_where;
    std::string m_name;
    std::string m_prefix; ///< "NAME/"
    int m_version = 0;
    bool m_bigEndian = false;
};

} // namespace bpu::importer::torchscript
