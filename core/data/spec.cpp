// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/spec.h"

#include "core/data/json_fields.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace bpu::data {
namespace {

using nlohmann::json;

constexpr const char* kCode = "data.spec";
constexpr std::string_view kRandom = "random:";
constexpr const char* kFileInFolder = "data.json";
constexpr int64_t kMaxCount = 10'000'000;

std::optional<uint64_t> wholeNumber(std::string_view text)
{
    uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// "random:COUNT[:SEED]"
Result<DataSpec> readRandom(const std::string& text)
{
    const std::string_view rest = std::string_view(text).substr(kRandom.size());
    const size_t colon = rest.find(':');
    const std::optional<uint64_t> count = wholeNumber(rest.substr(0, colon));
    const std::optional<uint64_t> seed = colon == std::string_view::npos ? std::optional<uint64_t>(0) : wholeNumber(rest.substr(colon + 1));
    if (!count || *count == 0 || *count > static_cast<uint64_t>(kMaxCount) || !seed)
        return Error{kCode, text, "cannot be read; write random:COUNT or random:COUNT:SEED with a count up to 10,000,000, for example random:10:1"};
    return DataSpec{.kind = Kind::Random, .count = *count, .seed = *seed};
}

Result<void> readPreprocess(const JsonFields& fields, const std::string& where, DataSpec& spec)
{
    BPU_TRY(object, fields.object("preprocess"));
    if (!object)
        return {};
    BPU_TRY(preprocess, parsePreprocess(object->dump(), where));
    spec.preprocess = std::move(preprocess);
    spec.hasPreprocess = true;
    return {};
}

Result<void> readRawForm(const JsonFields& fields, DataSpec& spec)
{
    BPU_TRY(dtype, fields.choice("dtype", {"float32", "uint8", "int8"}));
    BPU_TRY(layout, fields.choice("layout", {"NCHW", "NHWC"}));
    BPU_TRY(color, fields.choice("color", {"nv12"}));
    if (spec.kind != Kind::Raw && (dtype || layout || color))
        return fields.error("\"dtype\", \"layout\" and \"color\" of the data are for \"kind\": \"raw\"; those that the network takes belong into \"preprocess\"");
    if (dtype)
        spec.raw.dtype = *dtype == "float32" ? ir::DType::Float32 : *dtype == "uint8" ? ir::DType::UInt8 : ir::DType::Int8;
    spec.raw.layout = layout.value_or("");
    spec.raw.isNv12 = color.has_value();
    return {};
}

Result<void> readClasses(const JsonFields& fields, DataSpec& spec)
{
    const json* list = fields.find("classes");
    if (!list)
        return {};
    if (!list->is_array() || !std::ranges::all_of(*list, [](const json& name) { return name.is_string(); }))
        return fields.error("\"classes\" has to be a list of names in quotes");
    spec.classNames = list->get<std::vector<std::string>>();
    return {};
}

Result<Kind> kindNamed(const std::string& name)
{
    if (name == "idx")
        return Kind::Idx;
    if (name == "images")
        return Kind::Images;
    if (name == "npy")
        return Kind::Npy;
    if (name == "npz")
        return Kind::Npz;
    return name == "raw" ? Kind::Raw : Kind::Random;
}

/// `folder` is where the JSON lies.
Result<DataSpec> readObject(const json& object, const std::filesystem::path& folder, const std::string& where)
{
    const JsonFields fields(object, kCode, where);
    BPU_CHECK(fields.only({"kind", "path", "labels", "classes", "split", "preprocess", "dtype", "layout", "color", "count", "seed"}));
    DataSpec spec;
    BPU_TRY(path, fields.text("path"));
    BPU_TRY(labels, fields.text("labels"));
    spec.path = folder / path.value_or(".");
    if (labels)
        spec.labels = folder / *labels;
    BPU_TRY(kind, fields.choice("kind", {"idx", "images", "npy", "npz", "raw", "random"}));
    BPU_TRY(known, kind ? kindNamed(*kind) : recognizeKind(spec.path));
    spec.kind = known;
    BPU_TRY(split, fields.choice("split", {"test", "train"}));
    spec.split = split.value_or("");
    BPU_TRY(count, fields.integer("count", 1, kMaxCount));
    BPU_TRY(seed, fields.integer("seed", 0, std::numeric_limits<int64_t>::max()));
    if (spec.kind == Kind::Random && !count)
        return fields.error("\"kind\": \"random\" needs a \"count\"");
    spec.count = static_cast<size_t>(count.value_or(0));
    spec.seed = static_cast<uint64_t>(seed.value_or(0));
    BPU_CHECK(readClasses(fields, spec));
    BPU_CHECK(readRawForm(fields, spec));
    BPU_CHECK(readPreprocess(fields, where, spec));
    return spec;
}

struct JsonFile {
    json object;
    std::filesystem::path path;
};

Result<JsonFile> readJson(const std::filesystem::path& path)
{
    BPU_TRY(file, readFile(path));
    const std::string_view text(reinterpret_cast<const char*>(file.span().data()), file.size());
    BPU_TRY(object, JsonFields::parse(text, kCode, path.string()));
    return JsonFile{std::move(object), path};
}

/// The JSON file that a text names, itself or as data.json in a folder; empty when it is none.
std::filesystem::path jsonBehind(const std::string& text)
{
    const std::filesystem::path path(text);
    if (path.extension() == ".json")
        return path;
    return std::filesystem::is_regular_file(path / kFileInFolder) ? path / kFileInFolder : std::filesystem::path();
}

/// One text for one input, or one for all of them.
Result<DataSpec> readText(const std::string& text)
{
    if (text.starts_with(kRandom))
        return readRandom(text);
    if (const std::filesystem::path path = jsonBehind(text); !path.empty()) {
        BPU_TRY(file, readJson(path));
        return readObject(file.object, path.parent_path(), path.string());
    }
    BPU_TRY(kind, recognizeKind(text));
    return DataSpec{.kind = kind, .path = text};
}

std::string namesOf(const std::vector<WantedInput>& inputs)
{
    std::string names;
    for (const WantedInput& input : inputs)
        names += (names.empty() ? "" : ", ") + input.name;
    return names;
}

/// {"inputs": {"NAME": {...}}}
Result<std::vector<DataSpec>> readInputs(const JsonFile& file, const std::vector<WantedInput>& inputs)
{
    const JsonFields fields(file.object, kCode, file.path.string());
    BPU_CHECK(fields.only({"inputs"}));
    BPU_TRY(object, fields.object("inputs"));
    for (const auto& [name, value] : object->items())
        if (std::ranges::find(inputs, name, &WantedInput::name) == inputs.end())
            return Error{"data.input", file.path.string(), fmt::format("\"{}\" is no input of the model; its inputs are {}", name, namesOf(inputs))};
    std::vector<DataSpec> specs;
    for (const WantedInput& input : inputs) {
        const json* of = JsonFields(*object, kCode, file.path.string()).find(input.name.c_str());
        if (!of || !of->is_object())
            return Error{"data.input", file.path.string(), fmt::format("\"inputs\" has no object for {}; add one", input.name)};
        BPU_TRY(spec, readObject(*of, file.path.parent_path(), file.path.string()));
        specs.push_back(std::move(spec));
    }
    return specs;
}

/// One text for several inputs: JSON with "inputs", a folder with one folder per input, or the same for each.
Result<std::vector<DataSpec>> readForAll(const std::string& text, const std::vector<WantedInput>& inputs)
{
    if (const std::filesystem::path path = jsonBehind(text); !text.starts_with(kRandom) && !path.empty()) {
        BPU_TRY(file, readJson(path));
        if (file.object.contains("inputs"))
            return readInputs(file, inputs);
    }
    std::vector<DataSpec> specs;
    const bool hasFolders = inputs.size() > 1 && std::ranges::all_of(inputs, [&](const WantedInput& input) { return std::filesystem::is_directory(std::filesystem::path(text) / input.name); });
    for (const WantedInput& input : inputs) {
        BPU_TRY(spec, readText(hasFolders ? (std::filesystem::path(text) / input.name).string() : text));
        specs.push_back(std::move(spec));
    }
    if (inputs.size() > 1 && !hasFolders && specs.front().kind != Kind::Random && specs.front().kind != Kind::Npz)
        return Error{"data.input", text, fmt::format("is data for one input, the model has {}: {}; write --data NAME=PATH for each", inputs.size(), namesOf(inputs))};
    return specs;
}

/// "NAME=TEXT", where NAME has to be an input; other texts may hold '=' as any path may.
Result<std::vector<DataSpec>> readByName(const std::vector<std::string>& texts, const std::vector<WantedInput>& inputs)
{
    std::vector<std::string> ofInput(inputs.size());
    for (const std::string& text : texts) {
        const auto named = std::ranges::find_if(inputs, [&](const WantedInput& input) { return text.starts_with(input.name + "="); });
        if (named == inputs.end())
            return Error{"data.input", text, fmt::format("does not say which input it is for; write NAME={} with one of {}", text, namesOf(inputs))};
        std::string& place = ofInput[static_cast<size_t>(named - inputs.begin())];
        if (!place.empty())
            return Error{"data.input", text, "input " + named->name + " is given data twice; give it once"};
        place = text.substr(named->name.size() + 1);
    }
    std::vector<DataSpec> specs;
    for (size_t i = 0; i < inputs.size(); ++i) {
        if (ofInput[i].empty())
            return Error{"data.input", inputs[i].name, fmt::format("this input has no data; add --data {}=PATH", inputs[i].name)};
        BPU_TRY(spec, readText(ofInput[i]));
        specs.push_back(std::move(spec));
    }
    return specs;
}

/// The preprocess of --preprocess: an object of its own, or a data file that has one.
Result<Preprocess> readPreprocessFile(const std::filesystem::path& path)
{
    BPU_TRY(file, readJson(path));
    const auto inner = file.object.find("preprocess");
    return parsePreprocess(inner == file.object.end() ? file.object.dump() : inner->dump(), path.string());
}

} // namespace

Result<std::vector<DataSpec>> readSpecs(const std::vector<std::string>& texts, const std::vector<WantedInput>& inputs, const OpenOptions& options)
{
    if (texts.empty())
        return Error{kCode, "--data", "is missing; name a file or folder, or random:10"};
    const bool isNamed = texts.size() > 1 || std::ranges::any_of(inputs, [&](const WantedInput& input) { return texts.front().starts_with(input.name + "="); });
    BPU_TRY(specs, isNamed ? readByName(texts, inputs) : readForAll(texts.front(), inputs));
    for (DataSpec& spec : specs) {
        if (spec.split.empty())
            spec.split = options.split;
        if (!options.labels.empty())
            spec.labels = options.labels;
        if (!options.preprocess.empty()) {
            BPU_TRY(preprocess, readPreprocessFile(options.preprocess));
            spec.preprocess = std::move(preprocess);
            spec.hasPreprocess = true;
        }
    }
    return std::move(specs);
}

} // namespace bpu::data
