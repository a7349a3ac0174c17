// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/archive.h"

#include <charconv>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

constexpr std::string_view kModule = "data.pkl";

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t\r\n";
    const size_t first = text.find_first_not_of(kBlanks);
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

} // namespace

Result<Archive> Archive::open(const std::filesystem::path& path, Bytes file)
{
    BPU_TRY(zip, ZipReader::open(std::move(file), {"torchscript.zip", path.string(), "copy or save the file again"}));
    Archive archive(std::move(zip), path.string());
    BPU_CHECK(archive.findFolder());
    BPU_CHECK(archive.readHeader());
    return archive;
}

/// The folder that holds data.pkl; what lies beside it (a __MACOSX of a file that was packed anew) does not matter.
Result<void> Archive::findFolder()
{
    for (const ZipEntry& entry : m_zip.entries()) {
        const size_t slash = entry.name.find('/');
        if (slash == std::string::npos || entry.name.substr(slash + 1) != kModule)
            continue;
        if (!m_prefix.empty())
            return Error{"torchscript.archive", m_where, fmt::format("holds two models, '{}' and '{}'; unpack it and save each by itself", m_name, entry.name.substr(0, slash))};
        m_name = entry.name.substr(0, slash);
        m_prefix = m_name + "/";
    }
    if (m_prefix.empty())
        return Error{"torchscript.archive", m_where, "holds no folder with a data.pkl, so it is no TorchScript file; save the model with torch.jit.save"};
    if (list("code/").empty())
        return Error{"torchscript.archive", m_where, "holds weights but no code, so it is no TorchScript file; save the model with torch.jit.save"};
    return {};
}

Result<void> Archive::readHeader()
{
    const std::string_view entry = has(".data/version") ? ".data/version" : "version"; // the newer name is the one PyTorch believes
    if (!has(entry))
        return Error{"torchscript.archive", m_where, "does not tell its file-format version; save the model again with torch.jit.save"};
    BPU_TRY(text, readText(entry));
    const std::string_view digits = trimmed(text);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), m_version);
    if (failed != std::errc() || end != digits.data() + digits.size() || m_version < 1)
        return Error{"torchscript.version", m_where, "has a file-format version that is no number; save the model again with torch.jit.save"};
    if (m_version > kNewestVersion)
        return Error{"torchscript.version", m_where,
                     fmt::format("has file-format version {}, and {} is the newest that is known here; save it with an older PyTorch", m_version, kNewestVersion)};
    if (!has("byteorder"))
        return {};
    BPU_TRY(order, readText("byteorder"));
    m_bigEndian = trimmed(order) == "big";
    return {};
}

std::vector<std::string> Archive::list(std::string_view prefix) const
{
    std::vector<std::string> names;
    for (const ZipEntry& entry : m_zip.entries())
        if (entry.name.starts_with(m_prefix) && std::string_view(entry.name).substr(m_prefix.size()).starts_with(prefix))
            names.push_back(entry.name.substr(m_prefix.size()));
    return names;
}

bool Archive::has(std::string_view entry) const
{
    return m_zip.find(m_prefix + std::string(entry)) != nullptr;
}

Result<Bytes> Archive::read(std::string_view entry)
{
    const ZipEntry* found = m_zip.find(m_prefix + std::string(entry));
    if (!found)
        return Error{"torchscript.archive", m_where, fmt::format("holds no '{}'; copy or save the file again", entry)};
    return m_zip.read(*found);
}

Result<std::string> Archive::readText(std::string_view entry)
{
    BPU_TRY(bytes, read(entry));
    const auto text = bytes.span();
    return std::string(reinterpret_cast<const char*>(text.data()), text.size());
}

} // namespace bpu::importer::torchscript
