// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/labels.h"

#include "core/data/gunzip.h"
#include "core/data/idx.h"
#include "core/data/npy.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace bpu::data {
namespace {

constexpr size_t kShown = 40; ///< characters of a line that a message repeats

class LabelledSource : public Source {
public:
    LabelledSource(SourcePtr source, std::vector<int64_t> labels) : m_source(std::move(source)), m_labels(std::move(labels)), m_info(m_source->info()) { m_info.hasLabels = true; }

    size_t size() const override { return m_source->size(); }
    const DatasetInfo& info() const override { return m_info; }
    std::string nameOf(size_t i) const override { return m_source->nameOf(i); }
    Result<Item> at(size_t i) const override
    {
        BPU_TRY(item, m_source->at(i));
        item.label = m_labels[i];
        return std::move(item);
    }

private:
    SourcePtr m_source;
    std::vector<int64_t> m_labels;
    DatasetInfo m_info;
};

Error labelError(const std::string& where, std::string message)
{
    return {"data.labels", where, std::move(message)};
}

struct Line {
    std::string_view name; ///< empty: by place
    int64_t label = 0;
};

/// The last word is the label; what stands before it the name.
std::optional<Line> readLine(std::string_view text)
{
    constexpr std::string_view kGaps = " \t,;";
    const size_t last = text.find_last_of(kGaps);
    const std::string_view number = last == std::string_view::npos ? text : text.substr(last + 1);
    Line line;
    const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), line.label);
    if (code != std::errc() || end != number.data() + number.size() || line.label < 0)
        return std::nullopt;
    if (last != std::string_view::npos)
        line.name = text.substr(0, text.find_last_not_of(kGaps, last) + 1);
    return line;
}

Result<std::vector<Line>> readLines(std::string_view text, const std::string& where)
{
    std::vector<Line> lines;
    for (size_t number = 1; !text.empty(); ++number) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
        if (line.empty())
            continue;
        const std::optional<Line> read = readLine(line);
        if (!read)
            return labelError(where, fmt::format("line {} is '{}', which is no label from 0; write LABEL, or NAME LABEL", number, line.substr(0, kShown)));
        if (!lines.empty() && lines.front().name.empty() != read->name.empty())
            return labelError(where, fmt::format("line {} is '{}', unlike the first line; write a name on every line or on none", number, line.substr(0, kShown)));
        lines.push_back(*read);
    }
    return lines;
}

std::string_view lastPart(std::string_view name)
{
    return name.substr(name.find_last_of('/') + 1);
}

Result<std::vector<int64_t>> byName(const std::vector<Line>& lines, const Source& source, const std::string& where)
{
    std::map<std::string_view, int64_t> labels;
    for (const Line& line : lines)
        labels.emplace(line.name, line.label);
    std::vector<int64_t> result;
    for (size_t i = 0; i < source.size(); ++i) {
        const std::string name = source.nameOf(i);
        auto found = labels.find(name);
        if (found == labels.end())
            found = labels.find(lastPart(name));
        if (found == labels.end())
            return labelError(where, fmt::format("has no label for {}; add a line, or take the file out of the data", name));
        result.push_back(found->second);
    }
    return result;
}

Result<std::vector<int64_t>> ofText(const Bytes& file, const Source& source, const std::string& where)
{
    const std::string_view text(reinterpret_cast<const char*>(file.span().data()), file.size());
    BPU_TRY(lines, readLines(text, where));
    if (!lines.empty() && !lines.front().name.empty())
        return byName(lines, source, where);
    std::vector<int64_t> labels;
    for (const Line& line : lines)
        labels.push_back(line.label);
    return labels;
}

Result<std::vector<int64_t>> readAny(const std::filesystem::path& path, const Source& source)
{
    BPU_TRY(packed, readFile(path));
    BPU_TRY(file, gunzipIfPacked(packed, path.string()));
    if (looksLikeIdx(file.span())) {
        BPU_TRY(tensor, parseIdx(file, path.string()));
        return labelsOf(tensor, path.string());
    }
    if (path.extension() == ".npy") {
        BPU_TRY(tensor, parseNpy(file, path.string()));
        return labelsOf(tensor, path.string());
    }
    return ofText(file, source, path.string());
}

} // namespace

Result<std::vector<int64_t>> labelsOf(const ir::Tensor& tensor, const std::string& where)
{
    const bool isRow = tensor.type().rank() == 1 || (tensor.type().rank() == 2 && tensor.shape()[1] == 1);
    if (!isRow)
        return labelError(where, fmt::format("is {}, labels are one row of numbers; save them so", tensor.type().text()));
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < tensor.elementCount(); ++i) {
        const double label = tensor.number(i);
        if (!(label >= 0) || std::trunc(label) != label || label > 0x1p53)
            return labelError(where, fmt::format("holds {} as label {}; labels are whole numbers from 0", label, i));
        labels.push_back(static_cast<int64_t>(label));
    }
    return labels;
}

Result<std::vector<int64_t>> readLabels(const std::filesystem::path& path, const Source& source)
{
    BPU_TRY(labels, readAny(path, source));
    if (labels.size() != source.size())
        return Error{"data.count", path.string(), fmt::format("holds {} for {}; give one label for each", countText(labels.size(), "label"), source.info().text)};
    return std::move(labels);
}

SourcePtr withLabels(SourcePtr source, std::vector<int64_t> labels)
{
    return std::make_unique<LabelledSource>(std::move(source), std::move(labels));
}

} // namespace bpu::data
