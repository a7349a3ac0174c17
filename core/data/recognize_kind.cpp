// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/gunzip.h"
#include "core/data/idx.h"
#include "core/data/spec.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::data {
namespace {

bool isIdxName(const std::filesystem::path& path)
{
    const std::string name = path.filename().string();
    return name.find("idx") != std::string::npos && name.find("ubyte") != std::string::npos;
}

/// Endings under which the vendor's guides keep calibration data.
bool isRawName(const std::filesystem::path& path)
{
    constexpr std::array<std::string_view, 9> kEndings{".bin", ".raw", ".rgb", ".bgr", ".yuv", ".yuv444", ".nv12", ".gray", ".featuremap"};
    return std::ranges::find(kEndings, path.extension().string()) != kEndings.end();
}

Error unknown(const std::filesystem::path& path, std::string_view what)
{
    return {"data.kind", path.string(), fmt::format("is {}; name images, .npy, .npz, IDX or raw files, or a JSON file with its \"kind\" (docs/data.md)", what)};
}

Result<Kind> kindOfFile(const std::filesystem::path& path)
{
    if (isImageFile(path))
        return Kind::Images;
    if (isRawName(path))
        return Kind::Raw;
    BPU_TRY(file, readFile(path));
    const std::string_view text(reinterpret_cast<const char*>(file.span().data()), file.size());
    if (text.starts_with("\x93NUMPY") || path.extension() == ".npy")
        return Kind::Npy;
    if (text.starts_with("PK") || path.extension() == ".npz")
        return Kind::Npz;
    if (looksLikeIdx(file.span()) || (isGzip(file.span()) && isIdxName(path)))
        return Kind::Idx;
    return unknown(path, file.size() == 0 ? "empty" : "of no kind of data that is known");
}

Result<bool> hasImages(const std::filesystem::path& folder)
{
    BPU_TRY(own, filesIn(folder, isImageFile));
    if (!own.empty())
        return true;
    BPU_TRY(folders, foldersIn(folder));
    for (const std::filesystem::path& inner : folders) {
        BPU_TRY(files, filesBelow(inner, isImageFile));
        if (!files.empty())
            return true;
    }
    return false;
}

} // namespace

Result<Kind> recognizeKind(const std::filesystem::path& path)
{
    if (!std::filesystem::is_directory(path))
        return kindOfFile(path);
    BPU_TRY(files, filesIn(path, [](const std::filesystem::path&) { return true; }));
    if (std::ranges::any_of(files, isIdxName))
        return Kind::Idx;
    BPU_TRY(images, hasImages(path));
    if (images)
        return Kind::Images;
    if (std::ranges::any_of(files, [](const auto& file) { return file.extension() == ".npy"; }))
        return Kind::Npy;
    if (std::ranges::any_of(files, isRawName))
        return Kind::Raw;
    if (files.empty())
        return unknown(path, "a folder with no images and no other data in it");
    return unknown(path, fmt::format("a folder with no images and no other data that is known, but for example {}", files.front().filename().string()));
}

} // namespace bpu::data
