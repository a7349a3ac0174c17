// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The readers of the kinds of data that lie in files and folders, and what they share.
#pragma once

#include "core/data/source.h"

#include <functional>

namespace bpu::data {

using Accepts = std::function<bool(const std::filesystem::path&)>;

/// Sorted by their bytes, as Python sorts; hidden ones are left out. Errors: "file.missing", "file.permission", "file.read".
Result<std::vector<std::filesystem::path>> filesIn(const std::filesystem::path& folder, const Accepts& accepts);
/// The same, in all folders below; links to folders are not followed.
Result<std::vector<std::filesystem::path>> filesBelow(const std::filesystem::path& folder, const Accepts& accepts);
Result<std::vector<std::filesystem::path>> foldersIn(const std::filesystem::path& folder);

/// By its name: .png, .jpg, .jpeg, .bmp in any case of letters.
bool isImageFile(const std::filesystem::path& path);

/// An image, a folder of images, or one of folders of images: those are the classes, numbered in the order of their names.
/// Error "data.empty".
Result<SourcePtr> openImages(const std::filesystem::path& path, const std::shared_ptr<const ImageReader>& reader);

/// Images [N, H, W] or [N, H, W, C] of bytes; other IDX files are arrays.
Result<SourcePtr> openIdx(const std::filesystem::path& path, const WantedInput& input, bool isBatched);

/// MNIST's files in a folder. `split` is "test" or "train".
/// images  the file, packed or not; empty when there is none
/// labels  of the same split; empty when it is not there
struct IdxFiles {
    std::filesystem::path images;
    std::filesystem::path labels;
    std::string note; ///< that the other split is taken, or that labels are missing
};
Result<IdxFiles> findIdxFiles(const std::filesystem::path& folder, const std::string& split);

/// How raw files are stored. Without a dtype the size of a file tells bytes from float32.
struct RawForm {
    std::optional<ir::DType> dtype = {};
    std::string layout = {}; ///< "NCHW", "NHWC", or empty: as the input
    bool isNv12 = false;     ///< a plane of Y, then pairs of U and V for 2x2 pixels each, as large as the input
};

/// Each file is one sample without a header, or the single file named.
Result<SourcePtr> openRaw(const std::filesystem::path& path, const WantedInput& input, bool isBatched, const RawForm& form);

/// .npy, or a folder of them, each one sample or a stack.
Result<SourcePtr> openNpy(const std::filesystem::path& path, const WantedInput& input, bool isBatched);

/// The array of the input's name in an .npz, or its only array; an array "label" or "labels" beside it is the labels.
Result<SourcePtr> openNpz(const std::filesystem::path& path, const WantedInput& input, bool isBatched);

} // namespace bpu::data
