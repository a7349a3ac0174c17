// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files without a header, as the vendor's calibration folders hold them: the numbers of one input, float32 or bytes.
#include "core/data/sources.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::data {
namespace {

class RawSource : public Source {
public:
    RawSource(std::vector<std::filesystem::path> files, const std::string& folder, const WantedInput& input, bool isBatched, RawForm form)
        : m_files(std::move(files)), m_shape(sampleShape(input, isBatched)), m_form(std::move(form))
    {
        m_info.text = fmt::format("{} of {}", countText(m_files.size(), "raw file"), folder);
    }

    size_t size() const override { return m_files.size(); }
    const DatasetInfo& info() const override { return m_info; }
    std::string nameOf(size_t i) const override { return m_files[i].filename().string(); }
    Result<Item> at(size_t i) const override
    {
        Result<Bytes> file = readFile(m_files[i]);
        if (!file) {
            file.error().where = nameOf(i);
            return file.error();
        }
        return m_form.isNv12 ? readNv12(*file, i) : readNumbers(*file, i);
    }

private:
    bool isNhwc() const { return m_shape.size() == 4 && m_shape[1] != 3 && m_shape[3] == 3; }

    Result<Item> readNumbers(const Bytes& file, size_t i) const
    {
        const auto count = static_cast<size_t>(ir::TensorType(ir::DType::UInt8, m_shape).elementCount());
        const ir::DType dtype = m_form.dtype ? *m_form.dtype : file.size() == count ? ir::DType::UInt8 : ir::DType::Float32;
        if (file.size() != count * ir::byteSize(dtype))
            return Error{"raw.size", nameOf(i), fmt::format("holds {} bytes, one sample of {} numbers takes {} as {}; give the dtype, or other files", file.size(), count,
                                                            count * ir::byteSize(dtype), name(dtype))};
        return Item{nameOf(i), inOrderOfInput(dtype, file)};
    }

    /// Stored [N, H, W, C] for an input [N, C, H, W], or the other way round.
    ir::Tensor inOrderOfInput(ir::DType dtype, const Bytes& file) const
    {
        const ir::TensorType type(dtype, m_shape);
        const bool storedNhwc = m_form.layout.empty() ? isNhwc() : m_form.layout == "NHWC";
        if (m_shape.size() != 4 || storedNhwc == isNhwc())
            return {type, file};
        const ir::Shape stored = storedNhwc ? ir::Shape{m_shape[0], m_shape[2], m_shape[3], m_shape[1]} : ir::Shape{m_shape[0], m_shape[3], m_shape[1], m_shape[2]};
        const std::vector<int64_t> s = ops::stridesOf(stored);
        const std::vector<int64_t> strides = storedNhwc ? std::vector{s[0], s[3], s[1], s[2]} : std::vector{s[0], s[2], s[3], s[1]};
        return *ops::copyElements(ir::Tensor(type.withShape(stored), file), type, ops::StridedIndex(m_shape, strides));
    }

    /// Y, U and V less 128; U and V stand for 2x2 pixels.
    Result<Item> readNv12(const Bytes& file, size_t i) const
    {
        if (m_shape.size() != 4 || m_shape[0] != 1 || m_shape[isNhwc() ? 3 : 1] != 3)
            return Error{"raw.nv12", nameOf(i), "NV12 becomes three channels, but the input does not take three; choose other data"};
        const int64_t height = m_shape[isNhwc() ? 1 : 2];
        const int64_t width = m_shape[isNhwc() ? 2 : 3];
        if (height % 2 != 0 || width % 2 != 0 || file.size() != static_cast<size_t>(height * width / 2 * 3))
            return Error{"raw.nv12", nameOf(i), fmt::format("holds {} bytes, NV12 of {}x{} takes {} and even sides; give images of the input's size", file.size(), height, width,
                                                            height * width / 2 * 3)};
        const std::span<const std::byte> bytes = file.span();
        const int64_t pixels = height * width;
        const auto numbers = ops::buildTensor({ir::DType::Float32, m_shape}, [&](int64_t at) {
            const int64_t channel = isNhwc() ? at % 3 : at / pixels;
            const int64_t pixel = isNhwc() ? at / 3 : at % pixels;
            const int64_t chroma = pixels + pixel / width / 2 * width + pixel % width / 2 * 2 + channel - 1;
            const auto value = static_cast<int>(bytes[static_cast<size_t>(channel == 0 ? pixel : chroma)]);
            return ops::MaybeScalar({.number = static_cast<double>(value - 128), .integer = 0});
        });
        return Item{nameOf(i), *numbers};
    }

    std::vector<std::filesystem::path> m_files;
    ir::Shape m_shape;
    RawForm m_form;
    DatasetInfo m_info;
};

} // namespace

Result<SourcePtr> openRaw(const std::filesystem::path& path, const WantedInput& input, bool isBatched, const RawForm& form)
{
    const std::string name = path.filename().empty() ? path.parent_path().filename().string() : path.filename().string();
    if (!std::filesystem::is_directory(path))
        return std::make_unique<RawSource>(std::vector{path}, name, input, isBatched, form);
    BPU_TRY(files, filesIn(path, [](const std::filesystem::path&) { return true; }));
    if (files.empty())
        return Error{"data.empty", path.string(), "holds no files; choose another folder"};
    return std::make_unique<RawSource>(std::move(files), name, input, isBatched, form);
}

} // namespace bpu::data
