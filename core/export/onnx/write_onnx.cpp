// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The model around the graph: versions, metadata, and the file. Weights beyond a size go beside it, since a message of
// protobuf ends at 2 GB.
#include "core/base/atomic_file.h"
#include "core/export/export.h"
#include "core/export/onnx/graph_writer.h"

#include <charconv>
#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <nlohmann/json.hpp>
#include <onnx/onnx_pb.h>
#include <span>

namespace bpu::exporter {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kSmallTensor = 1024; // bytes; sizes and scales stay in the model

/// "13, com.microsoft 1" -> {"", 13}, {"com.microsoft", 1}.
std::map<std::string, int64_t> opsetsOf(const ir::Graph& graph)
{
    std::map<std::string, int64_t> opsets;
    const auto fact = graph.facts().find("opset");
    std::string_view rest = fact == graph.facts().end() ? std::string_view() : std::string_view(fact->second);
    while (!rest.empty()) {
        const size_t comma = rest.find(", ");
        const std::string_view part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
        const size_t space = part.rfind(' ');
        const std::string_view number = space == std::string_view::npos ? part : part.substr(space + 1);
        int64_t version = 1;
        std::from_chars(number.data(), number.data() + number.size(), version);
        opsets.emplace(space == std::string_view::npos ? std::string_view() : part.substr(0, space), version);
    }
    return opsets;
}

/// The version of the format that came with an opset.
int64_t irVersion(int64_t opset)
{
    return opset < 12 ? 6 : opset < 15 ? 7 : 8;
}

void addMetadata(onnx::ModelProto& model, const std::string& key, const std::string& value)
{
    auto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
}

std::string scalesText(const std::map<std::string, ir::QuantParams>& scales)
{
    auto json = nlohmann::ordered_json::object();
    for (const auto& [tensor, grid] : scales)
        json[tensor] = {{"qtype", std::string(name(grid.type))}, {"axis", grid.channelAxis}, {"scales", grid.scales}};
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

class AtomicStream : public google::protobuf::io::CopyingOutputStream {
public:
    explicit AtomicStream(AtomicFile& file) : m_file(file) {}
    bool Write(const void* data, int size) override { return m_file.write({static_cast<const std::byte*>(data), static_cast<size_t>(size)}); }

private:
    AtomicFile& m_file;
};

/// Moves the large initializers into a file beside the model.
Result<void> moveWeights(onnx::GraphProto& graph, AtomicFile& data, const std::string& location)
{
    static constexpr std::byte kZeros[kAlignment] = {};
    size_t offset = 0;
    for (auto& tensor : *graph.mutable_initializer()) {
        const std::string& bytes = tensor.raw_data();
        if (bytes.size() < kSmallTensor)
            continue;
        const size_t gap = (kAlignment - offset % kAlignment) % kAlignment;
        if (!data.write(std::span(kZeros).first(gap)) || !data.write(std::as_bytes(std::span(bytes))))
            return data.commit();
        const auto add = [&](const char* key, const std::string& value) {
            auto& entry = *tensor.add_external_data();
            entry.set_key(key);
            entry.set_value(value);
        };
        add("location", location);
        add("offset", std::to_string(offset + gap));
        add("length", std::to_string(bytes.size()));
        offset += gap + bytes.size();
        tensor.set_data_location(onnx::TensorProto::EXTERNAL);
        tensor.clear_raw_data();
    }
    return data.commit();
}

Result<void> save(onnx::ModelProto& model, const std::filesystem::path& path, int64_t largestInline)
{
    int64_t bytes = 0;
    for (const auto& tensor : model.graph().initializer())
        bytes += static_cast<int64_t>(tensor.raw_data().size());
    if (bytes > largestInline) {
        std::filesystem::path beside = path;
        beside += ".data";
        BPU_TRY(data, AtomicFile::create(beside));
        BPU_CHECK(moveWeights(*model.mutable_graph(), data, beside.filename().string()));
    }
    BPU_TRY(file, AtomicFile::create(path));
    AtomicStream stream(file);
    {
        google::protobuf::io::CopyingOutputStreamAdaptor adaptor(&stream);
        const bool isWritten = model.SerializeToZeroCopyStream(&adaptor) && adaptor.Flush();
        if (!isWritten && !file.hasFailed())
            return Error{"onnx.size", path.string(), "would need more than 2 GB besides its weights, which the format does not hold; split the model"};
    }
    return file.commit();
}

} // namespace

Result<void> writeOnnx(const ir::Graph& graph, const std::filesystem::path& path, const OnnxOptions& options)
{
    if (options.opset < kFirstOnnxOpset || options.opset > kLastOnnxOpset)
        return Error{"onnx.opset", path.string(), fmt::format("cannot be written at opset {}; choose one from {} to {}", options.opset, kFirstOnnxOpset, kLastOnnxOpset)};
    constexpr int64_t kPerChannel = 13; // QuantizeLinear has an axis from here on
    ModelState state{.opset = options.opset, .grids = options.opset < kPerChannel ? GridForm::Scales : GridForm::Qdq, .fileOpsets = opsetsOf(graph)};
    onnx::ModelProto model;
    if (auto written = GraphWriter(state, graph, *model.mutable_graph()).write(); !written)
        return Error{written.error().code, path.string(), written.error().message, written.error().kind};
    model.set_ir_version(irVersion(options.opset));
    model.set_producer_name("bpu-workbench");
    model.add_opset_import()->set_version(options.opset);
    for (const auto& [domain, version] : state.domains) {
        auto& import = *model.add_opset_import();
        import.set_domain(domain);
        import.set_version(version);
    }
    addMetadata(model, "bpu.stage", std::string(name(graph.stage())));
    if (const auto march = graph.facts().find("march"); march != graph.facts().end())
        addMetadata(model, "bpu.march", march->second);
    if (!state.scales.empty())
        addMetadata(model, "bpu.scales", scalesText(state.scales));
    return save(model, path, options.largestInline);
}

} // namespace bpu::exporter
