// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/labels.h"
#include "core/data/npy.h"
#include "core/data/npz.h"
#include "core/data/sources.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::data {
namespace {

/// Each file of a folder is one sample.
class NpyFolder : public Source {
public:
    NpyFolder(std::vector<std::filesystem::path> files, const std::string& folder) : m_files(std::move(files))
    {
        m_info.text = fmt::format("{} of {}", countText(m_files.size(), ".npy file"), folder);
    }

    size_t size() const override { return m_files.size(); }
    const DatasetInfo& info() const override { return m_info; }
    std::string nameOf(size_t i) const override { return m_files[i].filename().string(); }
    Result<Item> at(size_t i) const override
    {
        Result<ir::Tensor> tensor = readNpy(m_files[i]);
        if (!tensor) {
            tensor.error().where = nameOf(i);
            return tensor.error();
        }
        return Item{nameOf(i), std::move(*tensor)};
    }

private:
    std::vector<std::filesystem::path> m_files;
    DatasetInfo m_info;
};

bool isLabels(const NamedTensor& array)
{
    return array.name == "label" || array.name == "labels";
}

} // namespace

Result<SourcePtr> openNpy(const std::filesystem::path& path, const WantedInput& input, bool isBatched)
{
    const std::string name = path.filename().empty() ? path.parent_path().filename().string() : path.filename().string();
    if (!std::filesystem::is_directory(path)) {
        BPU_TRY(array, readNpy(path));
        return openArray(std::move(array), name, input, isBatched);
    }
    BPU_TRY(files, filesIn(path, [](const std::filesystem::path& file) { return file.extension() == ".npy"; }));
    if (files.empty())
        return Error{"data.empty", path.string(), "holds no .npy files; choose another folder"};
    return std::make_unique<NpyFolder>(std::move(files), name);
}

Result<SourcePtr> openNpz(const std::filesystem::path& path, const WantedInput& input, bool isBatched)
{
    BPU_TRY(arrays, readNpz(path));
    auto chosen = std::ranges::find(arrays, input.name, &NamedTensor::name);
    if (chosen == arrays.end() && std::ranges::count_if(arrays, [](const NamedTensor& array) { return !isLabels(array); }) == 1)
        chosen = std::ranges::find_if(arrays, [](const NamedTensor& array) { return !isLabels(array); });
    if (chosen == arrays.end()) {
        std::vector<std::string> names;
        for (const NamedTensor& array : arrays)
            names.push_back(array.name);
        return Error{"data.input", path.string(), fmt::format("has no array '{}' for that input, only {}; save it under this name", input.name, fmt::join(names, ", "))};
    }
    const std::string name = fmt::format("{}/{}", path.filename().string(), chosen->name);
    BPU_TRY(source, openArray(chosen->tensor, name, input, isBatched));
    const auto labels = std::ranges::find_if(arrays, [&](const NamedTensor& array) { return isLabels(array) && &array != &*chosen; });
    if (labels == arrays.end())
        return std::move(source);
    const std::string where = path.string() + "/" + labels->name;
    BPU_TRY(numbers, labelsOf(labels->tensor, where));
    if (numbers.size() != source->size())
        return Error{"data.count", where, fmt::format("holds {} for {}; give one label for each", countText(numbers.size(), "label"), source->info().text)};
    return withLabels(std::move(source), std::move(numbers));
}

} // namespace bpu::data
