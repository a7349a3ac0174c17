// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/idx.h"
#include "core/data/sources.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::data {
namespace {

class IdxSource : public Source {
public:
    IdxSource(ir::Tensor images, std::string name) : m_images(std::move(images)), m_name(std::move(name))
    {
        const ir::Shape& shape = m_images.shape();
        m_type = ir::TensorType(ir::DType::UInt8, {shape[1], shape[2], shape.size() == 4 ? shape[3] : 1});
        m_info.text = fmt::format("{} of {}", countText(size(), "image"), m_name);
    }

    size_t size() const override { return static_cast<size_t>(m_images.shape()[0]); }
    const DatasetInfo& info() const override { return m_info; }
    std::string nameOf(size_t i) const override { return fmt::format("{}[{}]", m_name, i); }
    Result<Item> at(size_t i) const override
    {
        const auto each = static_cast<size_t>(m_type.elementCount());
        return Item{nameOf(i), ir::Tensor(m_type, m_images.storage().slice(i * each, each)), std::nullopt, ItemForm::Hwc};
    }

private:
    ir::Tensor m_images;
    std::string m_name;
    ir::TensorType m_type;
    DatasetInfo m_info;
};

std::string withoutGz(std::string name)
{
    return name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
}

void replaceIn(std::string& text, std::string_view from, std::string_view to)
{
    if (const size_t at = text.find(from); at != std::string::npos)
        text.replace(at, from.size(), to);
}

/// "t10k-images-idx3-ubyte" -> "t10k-labels-idx1-ubyte", of either, packed or not, whichever is there.
std::filesystem::path labelsBeside(const std::filesystem::path& images)
{
    std::string name = withoutGz(images.filename().string());
    replaceIn(name, "images", "labels");
    replaceIn(name, "idx3", "idx1");
    for (const char* ending : {"", ".gz"})
        if (const std::filesystem::path labels = images.parent_path() / (name + ending); std::filesystem::exists(labels))
            return labels;
    return {};
}

bool isOfSplit(const std::filesystem::path& path, const std::string& split)
{
    const std::string name = path.filename().string();
    return split == "train" ? name.starts_with("train") : name.starts_with("t10k") || name.starts_with("test");
}

} // namespace

Result<SourcePtr> openIdx(const std::filesystem::path& path, const WantedInput& input, bool isBatched)
{
    BPU_TRY(tensor, readIdx(path));
    const int rank = tensor.type().rank();
    const std::string name = withoutGz(path.filename().string());
    if (tensor.elementCount() == 0) // sides of 0 with any count of images, too
        return Error{"data.empty", path.string(), fmt::format("holds no images ({}); choose another file", tensor.type().text())};
    if (tensor.dtype() == ir::DType::UInt8 && (rank == 3 || rank == 4))
        return std::make_unique<IdxSource>(std::move(tensor), name);
    return openArray(std::move(tensor), name, input, isBatched);
}

Result<IdxFiles> findIdxFiles(const std::filesystem::path& folder, const std::string& split)
{
    BPU_TRY(all, filesIn(folder, [](const std::filesystem::path& path) {
        const std::string name = path.filename().string();
        return name.find("images") != std::string::npos && name.find("idx") != std::string::npos;
    }));
    IdxFiles files;
    if (all.empty())
        return files;
    const auto ofSplit = std::ranges::find_if(all, [&](const auto& path) { return isOfSplit(path, split); });
    files.images = ofSplit == all.end() ? all.front() : *ofSplit;
    files.labels = labelsBeside(files.images);
    if (ofSplit == all.end())
        files.note = fmt::format("{} has no {} images, {} is read", folder.string(), split, files.images.filename().string());
    if (files.labels.empty())
        files.note += fmt::format("{}{} has no labels beside it", files.note.empty() ? "" : "; ", files.images.filename().string());
    return files;
}

} // namespace bpu::data
