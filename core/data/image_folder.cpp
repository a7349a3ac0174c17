// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/image.h"
#include "core/data/sources.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::data {
namespace {

struct File {
    std::filesystem::path path;
    std::string name; ///< below the folder
    std::optional<int64_t> label;
};

class ImageSource : public Source {
public:
    ImageSource(std::vector<File> files, std::shared_ptr<const ImageReader> reader, DatasetInfo info)
        : m_files(std::move(files)), m_reader(std::move(reader)), m_info(std::move(info))
    {
    }

    size_t size() const override { return m_files.size(); }
    const DatasetInfo& info() const override { return m_info; }
    std::string nameOf(size_t i) const override { return m_files[i].name; }
    Result<Item> at(size_t i) const override
    {
        const File& file = m_files[i];
        const Result<Bytes> bytes = readFile(file.path);
        const Result<Image> image = bytes ? m_reader->read(bytes->span()) : bytes.error();
        if (!image)
            return Error{image.error().code, file.name, image.error().message, image.error().kind};
        const ir::TensorType type(ir::DType::UInt8, {image->height, image->width, image->channels});
        return Item{file.name, ir::Tensor(type, Bytes::copyOf(std::as_bytes(std::span(image->pixels)))), file.label, ItemForm::Hwc};
    }

private:
    std::vector<File> m_files;
    std::shared_ptr<const ImageReader> m_reader;
    DatasetInfo m_info;
};

} // namespace

Result<SourcePtr> openImages(const std::filesystem::path& path, const std::shared_ptr<const ImageReader>& reader)
{
    if (!reader)
        return Error{"data.images", path.string(), "images cannot be read by this program; convert them to .npy"};
    DatasetInfo info;
    std::vector<File> files;
    const std::string folderName = path.filename().empty() ? path.parent_path().filename().string() : path.filename().string();
    if (isImageFile(path)) {
        info.text = folderName;
        files.push_back({path, folderName, std::nullopt});
        return std::make_unique<ImageSource>(std::move(files), reader, std::move(info));
    }
    BPU_TRY(folders, foldersIn(path));
    for (const std::filesystem::path& folder : folders) {
        BPU_TRY(found, filesBelow(folder, isImageFile));
        if (found.empty())
            continue; // a folder of something else is no class
        for (const std::filesystem::path& file : found)
            files.push_back({file, file.lexically_relative(path).string(), static_cast<int64_t>(info.classNames.size())});
        info.classNames.push_back(folder.filename().string());
    }
    info.hasLabels = !files.empty();
    info.text = fmt::format("{} in {} of {}", countText(files.size(), "image"), countText(info.classNames.size(), "class folder"), folderName);
    if (files.empty()) {
        BPU_TRY(found, filesIn(path, isImageFile));
        for (const std::filesystem::path& file : found)
            files.push_back({file, file.filename().string(), std::nullopt});
        info.text = fmt::format("{} of {}", countText(files.size(), "image"), folderName);
    }
    if (files.empty())
        return Error{"data.empty", path.string(), "holds no images (.png, .jpg, .jpeg, .bmp), nor folders with some; choose another folder"};
    return std::make_unique<ImageSource>(std::move(files), reader, std::move(info));
}

} // namespace bpu::data
