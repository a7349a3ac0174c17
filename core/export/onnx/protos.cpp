// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/onnx/protos.h"

#include <algorithm>
#include <array>
#include <onnx/onnx_pb.h>
#include <utility>

namespace bpu::exporter {
namespace {

using ir::DType;

constexpr std::array<std::pair<DType, int>, 16> kTypes = {{
    {DType::Float32, onnx::TensorProto::FLOAT}, {DType::Float16, onnx::TensorProto::FLOAT16}, {DType::BFloat16, onnx::TensorProto::BFLOAT16},
    {DType::Float64, onnx::TensorProto::DOUBLE}, {DType::Int8, onnx::TensorProto::INT8}, {DType::Int16, onnx::TensorProto::INT16},
    {DType::Int32, onnx::TensorProto::INT32}, {DType::Int64, onnx::TensorProto::INT64}, {DType::UInt8, onnx::TensorProto::UINT8},
    {DType::UInt16, onnx::TensorProto::UINT16}, {DType::UInt32, onnx::TensorProto::UINT32}, {DType::UInt64, onnx::TensorProto::UINT64},
    {DType::Bool, onnx::TensorProto::BOOL}, {DType::String, onnx::TensorProto::STRING}, {DType::Complex64, onnx::TensorProto::COMPLEX64},
    {DType::Complex128, onnx::TensorProto::COMPLEX128},
}};

/// "values.3" gives "values" where a list of tensors or graphs was taken apart; else the name itself.
std::string_view listName(const std::string& name, const ir::Attribute& value)
{
    const size_t dot = name.rfind('.');
    const bool wasListed = std::holds_alternative<ir::Tensor>(value) || std::holds_alternative<ir::GraphPtr>(value);
    const bool isCounted = dot != std::string::npos && dot + 1 < name.size() && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
    return wasListed && isCounted ? std::string_view(name).substr(0, dot) : std::string_view(name);
}

struct AttributeFiller {
    onnx::AttributeProto& proto;
    const BodyWriter& writeBody;
    bool isListed;

    Result<void> operator()(int64_t v) const { return set(onnx::AttributeProto::INT, [&] { proto.set_i(v); }); }
    Result<void> operator()(bool v) const { return set(onnx::AttributeProto::INT, [&] { proto.set_i(v ? 1 : 0); }); }
    Result<void> operator()(double v) const { return set(onnx::AttributeProto::FLOAT, [&] { proto.set_f(static_cast<float>(v)); }); }
    Result<void> operator()(const std::string& v) const { return set(onnx::AttributeProto::STRING, [&] { proto.set_s(v); }); }
    Result<void> operator()(const std::vector<int64_t>& v) const
    {
        return set(onnx::AttributeProto::INTS, [&] { proto.mutable_ints()->Add(v.begin(), v.end()); });
    }
    Result<void> operator()(const std::vector<double>& v) const { return set(onnx::AttributeProto::FLOATS, [&] { proto.mutable_floats()->Add(v.begin(), v.end()); }); }
    Result<void> operator()(const std::vector<std::string>& v) const
    {
        return set(onnx::AttributeProto::STRINGS, [&] { proto.mutable_strings()->Add(v.begin(), v.end()); });
    }
    Result<void> operator()(const ir::Tensor& v) const
    {
        proto.set_type(isListed ? onnx::AttributeProto::TENSORS : onnx::AttributeProto::TENSOR);
        return fillTensor(isListed ? *proto.add_tensors() : *proto.mutable_t(), {}, v);
    }
    Result<void> operator()(const ir::GraphPtr& v) const
    {
        proto.set_type(isListed ? onnx::AttributeProto::GRAPHS : onnx::AttributeProto::GRAPH);
        return writeBody(isListed ? *proto.add_graphs() : *proto.mutable_g(), *v);
    }

    Result<void> set(onnx::AttributeProto::AttributeType type, auto fill) const
    {
        proto.set_type(type);
        fill();
        return {};
    }
};

} // namespace

int onnxType(DType dtype)
{
    const auto found = std::ranges::find(kTypes, dtype, &std::pair<DType, int>::first);
    return found == kTypes.end() ? 0 : found->second;
}

Result<void> fillTensor(onnx::TensorProto& proto, const std::string& name, const ir::Tensor& tensor)
{
    if (tensor.dtype() == DType::String)
        return Error{"onnx.text", name, "is a tensor of text, which is not kept when a model is opened; take it out of the model"};
    proto.set_name(name);
    proto.set_data_type(onnxType(tensor.dtype()));
    for (const ir::Dim dim : tensor.shape())
        proto.add_dims(dim);
    proto.set_raw_data(tensor.bytes().data(), tensor.bytes().size());
    return {};
}

void fillValueInfo(onnx::ValueInfoProto& proto, const std::string& name, const ir::TensorType& type)
{
    proto.set_name(name);
    auto& tensor = *proto.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnxType(type.dtype()));
    if (!type.hasRank())
        return;
    auto& shape = *tensor.mutable_shape();
    for (const ir::Dim dim : type.shape())
        if (auto& size = *shape.add_dim(); dim != ir::kUnknownDim)
            size.set_dim_value(dim);
}

Result<void> fillAttributes(onnx::NodeProto& node, const ir::Attributes& attributes, const BodyWriter& writeBody)
{
    for (const auto& [name, value] : attributes) {
        const std::string key(listName(name, value));
        const bool isListed = key.size() < name.size();
        const bool goesOn = isListed && node.attribute_size() > 0 && node.attribute(node.attribute_size() - 1).name() == key;
        auto& proto = goesOn ? *node.mutable_attribute(node.attribute_size() - 1) : *node.add_attribute();
        proto.set_name(key);
        BPU_CHECK(std::visit(AttributeFiller{proto, writeBody, isListed}, value));
    }
    return {};
}

} // namespace bpu::exporter
