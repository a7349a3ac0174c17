// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/labels.h"
#include "core/data/spec.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::data {
namespace {

/// One input of the graph with where its numbers come from.
struct Feed {
    WantedInput input;
    SourcePtr source;
    Preprocess preprocess;
};

/// Feeds side by side: sample i takes item i of each.
class JoinedDataset : public Dataset {
public:
    JoinedDataset(std::vector<Feed> feeds, bool batched) : m_feeds(std::move(feeds)), m_isBatched(batched), m_info(m_feeds.front().source->info())
    {
        for (size_t i = 1; i < m_feeds.size(); ++i)
            addInfo(m_feeds[i].source->info());
    }

    size_t size() const override { return m_feeds.front().source->size(); }
    const DatasetInfo& info() const override { return m_info; }
    Result<Sample> at(size_t i) const override
    {
        Sample sample{m_feeds.front().source->nameOf(i), {}, {}};
        for (const Feed& feed : m_feeds) {
            BPU_TRY(item, feed.source->at(i));
            BPU_TRY(tensor, prepareItem(item, feed.preprocess, feed.input, m_isBatched));
            if (!sample.label)
                sample.label = item.label;
            sample.inputs.push_back(std::move(tensor));
        }
        return sample;
    }
    void addNote(std::string note) { m_info.notes.push_back(std::move(note)); }
    void setClassNames(std::vector<std::string> names) { m_info.classNames = std::move(names); }

private:
    void addInfo(const DatasetInfo& other)
    {
        if (other.text != m_info.text)
            m_info.text += "; " + other.text;
        m_info.notes.insert(m_info.notes.end(), other.notes.begin(), other.notes.end());
        if (!m_info.hasLabels && other.hasLabels) {
            m_info.hasLabels = true;
            m_info.classNames = other.classNames;
        }
    }

    std::vector<Feed> m_feeds;
    bool m_isBatched;
    DatasetInfo m_info;
};

/// A source with what was assumed.
struct Opened {
    SourcePtr source;
    std::vector<std::string> notes = {};
};

Result<Opened> openIdxAt(const DataSpec& spec, const WantedInput& input, bool isBatched)
{
    IdxFiles files{.images = spec.path, .labels = {}, .note = {}};
    if (std::filesystem::is_directory(spec.path)) {
        BPU_TRY(found, findIdxFiles(spec.path, spec.split));
        files = std::move(found);
        if (files.images.empty())
            return Error{"data.empty", spec.path.string(), "holds no IDX images (a name such as t10k-images-idx3-ubyte); choose another folder"};
    }
    BPU_TRY(source, openIdx(files.images, input, isBatched));
    if (spec.labels.empty() && !files.labels.empty()) {
        BPU_TRY(labels, readLabels(files.labels, *source));
        source = withLabels(std::move(source), std::move(labels));
    }
    return Opened{std::move(source), files.note.empty() ? std::vector<std::string>() : std::vector{files.note}};
}

Result<SourcePtr> openOther(const DataSpec& spec, const std::vector<WantedInput>& inputs, size_t place, const OpenOptions& options)
{
    const bool batched = isBatched(inputs);
    switch (spec.kind) {
    case Kind::Images: return openImages(spec.path, options.images);
    case Kind::Npy: return openNpy(spec.path, inputs[place], batched);
    case Kind::Npz: return openNpz(spec.path, inputs[place], batched);
    case Kind::Raw: return openRaw(spec.path, inputs[place], batched, spec.raw);
    default: return openRandom(inputs[place], batched, spec.count, spec.seed, place);
    }
}

Result<Opened> openSpec(const DataSpec& spec, const std::vector<WantedInput>& inputs, size_t place, const OpenOptions& options)
{
    if (spec.kind == Kind::Idx)
        return openIdxAt(spec, inputs[place], isBatched(inputs));
    BPU_TRY(source, openOther(spec, inputs, place, options));
    return Opened{std::move(source)};
}

/// What the user should know of numbers that nothing scaled.
std::string unscaled(const DataSpec& spec)
{
    if ((spec.kind != Kind::Images && spec.kind != Kind::Idx) || spec.hasPreprocess)
        return {};
    return "no preprocess is given: pixels go in as stored, 0 to 255; --preprocess names a file that says mean and scale (docs/data.md)";
}

Result<void> checkTypes(const std::vector<WantedInput>& inputs)
{
    if (inputs.empty())
        return Error{"data.input", {}, "the model takes no inputs, so no data either; leave out --data"};
    for (const WantedInput& input : inputs) {
        bool isOpen = !input.type.hasRank();
        for (int i = isBatched(inputs) ? 1 : 0; i < input.type.rank(); ++i)
            isOpen = isOpen || input.type.dim(i) == ir::kUnknownDim;
        if (isOpen)
            return Error{"data.input", input.name, fmt::format("has the open shape {}; give it one with --input {}=...", ir::shapeText(input.type), input.name)};
        if (input.type.withShape(sampleShape(input, isBatched(inputs))).elementCount() < 0)
            return Error{"data.input", input.name, fmt::format("has the shape {}, more than any memory; give it another with --input", ir::shapeText(input.type))};
    }
    return {};
}

} // namespace

Result<DatasetPtr> openDataset(const std::vector<std::string>& texts, const std::vector<WantedInput>& inputs, const OpenOptions& options)
{
    BPU_CHECK(checkTypes(inputs));
    BPU_TRY(specs, readSpecs(texts, inputs, options));
    std::vector<Feed> feeds;
    std::vector<std::string> notes;
    for (size_t i = 0; i < inputs.size(); ++i) {
        BPU_TRY(opened, openSpec(specs[i], inputs, i, options));
        if (!specs[i].labels.empty() && i == 0) {
            BPU_TRY(labels, readLabels(specs[i].labels, *opened.source));
            opened.source = withLabels(std::move(opened.source), std::move(labels));
        }
        if (!feeds.empty() && opened.source->size() != feeds.front().source->size())
            return Error{"data.count", inputs[i].name, fmt::format("has {}, but input {} has {}; give every input as many", countText(opened.source->size(), "sample"),
                                                                   inputs[0].name, countText(feeds.front().source->size(), "sample"))};
        notes.insert(notes.end(), opened.notes.begin(), opened.notes.end());
        if (std::string note = unscaled(specs[i]); !note.empty())
            notes.push_back(std::move(note));
        feeds.push_back({inputs[i], std::move(opened.source), specs[i].preprocess});
    }
    auto dataset = std::make_shared<JoinedDataset>(std::move(feeds), isBatched(inputs));
    for (std::string& note : notes)
        dataset->addNote(std::move(note));
    if (!specs.front().classNames.empty())
        dataset->setClassNames(specs.front().classNames);
    return dataset;
}

} // namespace bpu::data
