// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/sources.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>

namespace bpu::data {
namespace {

namespace fs = std::filesystem;

Error folderError(const fs::path& folder, const std::error_code& code)
{
    if (code == std::errc::no_such_file_or_directory)
        return {"file.missing", folder.string(), "there is no such folder; check the path"};
    if (code == std::errc::permission_denied)
        return {"file.permission", folder.string(), "no permission to read it; change its access rights (chmod +rx)"};
    return {"file.read", folder.string(), fmt::format("cannot be read ({}); choose another folder", code.message())};
}

bool isHidden(const fs::path& path)
{
    return path.filename().native().starts_with('.');
}

/// Walks with either iterator; `accepts` sees the entry.
template <typename Iterator>
Result<std::vector<fs::path>> walk(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& accepts)
{
    std::error_code code;
    std::vector<fs::path> found;
    for (Iterator it(folder, code); !code && it != Iterator(); it.increment(code))
        if (!isHidden(it->path()) && accepts(*it))
            found.push_back(it->path());
    if (code)
        return folderError(folder, code);
    std::ranges::sort(found, {}, [](const fs::path& path) { return path.native(); });
    return found;
}

auto isFileThat(const Accepts& accepts)
{
    return [&accepts](const fs::directory_entry& entry) {
        std::error_code ignored;
        return entry.is_regular_file(ignored) && accepts(entry.path());
    };
}

} // namespace

Result<std::vector<fs::path>> filesIn(const fs::path& folder, const Accepts& accepts)
{
    return walk<fs::directory_iterator>(folder, isFileThat(accepts));
}

Result<std::vector<fs::path>> filesBelow(const fs::path& folder, const Accepts& accepts)
{
    return walk<fs::recursive_directory_iterator>(folder, isFileThat(accepts));
}

Result<std::vector<fs::path>> foldersIn(const fs::path& folder)
{
    return walk<fs::directory_iterator>(folder, [](const fs::directory_entry& entry) {
        std::error_code ignored;
        return entry.is_directory(ignored);
    });
}

bool isImageFile(const fs::path& path)
{
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::array<std::string_view, 4> kEndings{".png", ".jpg", ".jpeg", ".bmp"};
    return std::ranges::find(kEndings, ending) != kEndings.end();
}

} // namespace bpu::data
