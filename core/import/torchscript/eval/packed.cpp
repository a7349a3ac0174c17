// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/packed.h"

#include "core/import/torchscript/eval/host.h"

#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

constexpr char kClass[] = "__torch__.torch.classes.quantized.PackedParamsBase";

bool isTensorOrNone(const Value& value)
{
    return value.is(Kind::Tensor) || value.is(Kind::None);
}

bool isKnownTuple(const Value& value, size_t size)
{
    return value.isSequence() && value.isKnown() && value.items().size() == size;
}

/// [n, stride x n, padding x n, dilation x n, output padding x n, groups, transposed]
bool readConfiguration(const std::vector<int64_t>& numbers, Packed& packed)
{
    const size_t n = numbers.empty() || numbers[0] < 1 || numbers[0] > 3 ? 0 : static_cast<size_t>(numbers[0]);
    if (n == 0 || numbers.size() != 1 + 4 * n + 2)
        return false;
    const auto part = [&](size_t i) { return std::vector<int64_t>(numbers.begin() + static_cast<std::ptrdiff_t>(1 + i * n), numbers.begin() + static_cast<std::ptrdiff_t>(1 + (i + 1) * n)); };
    packed.stride = part(0);
    packed.padding = part(1);
    packed.dilation = part(2);
    packed.outputPadding = part(3);
    packed.groups = numbers[1 + 4 * n];
    packed.isTransposed = numbers[2 + 4 * n] != 0;
    return true;
}

std::optional<std::vector<int64_t>> integersOf(const Value& value)
{
    if (value.is(Kind::Tensor) && value.cell().constant && value.cell().constant->elementCount() < 64)
        return value.cell().constant->toInts();
    if (!value.isSequence() || !value.isKnown() || value.items().empty() || !value.items().front().is(Kind::Tensor))
        return value.isSequence() ? value.toInts() : std::nullopt;
    std::vector<int64_t> numbers; // of version 1: a tensor for each number
    for (const Value& item : value.items()) {
        const Value number = scalarOf(item);
        if (number.is(Kind::Tensor) && number.cell().constant && number.cell().constant->elementCount() == 1)
            numbers.push_back(number.cell().constant->integer(0));
        else if (number.isNumber() && number.isKnown())
            numbers.push_back(number.integer());
        else
            return std::nullopt;
    }
    return numbers;
}

/// (weight, bias, stride, padding, dilation, groups), the way before versions were written.
std::optional<Packed> unpackFirstVersion(const std::vector<Value>& items)
{
    Packed packed{.weight = items[0], .bias = items[1]};
    const auto stride = integersOf(items[2]);
    const auto padding = integersOf(items[3]);
    const auto dilation = integersOf(items[4]);
    const auto groups = integersOf(items[5]);
    if (!packed.weight.is(Kind::Tensor) || !isTensorOrNone(packed.bias) || !stride || !padding || !dilation || !groups || groups->size() != 1)
        return std::nullopt;
    packed.stride = *stride;
    packed.padding = *padding;
    packed.dilation = *dilation;
    packed.outputPadding.assign(packed.stride.size(), 0);
    packed.groups = groups->front();
    return packed;
}

} // namespace

Value toValue(const Packed& packed)
{
    auto object = std::make_shared<Object>();
    object->className = kClass;
    object->attributes = {{"weight", packed.weight}, {"bias", packed.bias}, {"stride", Value::ints(packed.stride)}, {"padding", Value::ints(packed.padding)},
                          {"output_padding", Value::ints(packed.outputPadding)}, {"dilation", Value::ints(packed.dilation)},
                          {"groups", Value::of(packed.groups)}, {"transposed", Value::of(packed.isTransposed)}};
    return Value::object(std::move(object));
}

std::optional<Packed> packedOf(const Value& value)
{
    if (!value.is(Kind::Object) || value.object().className != kClass)
        return std::nullopt;
    const auto& attributes = value.object().attributes;
    const auto ints = [&](const char* attribute) { return attributes.at(attribute).toInts().value_or(std::vector<int64_t>()); };
    return Packed{attributes.at("weight"), attributes.at("bias"), ints("stride"), ints("padding"), ints("output_padding"), ints("dilation"),
                  attributes.at("groups").integer(), attributes.at("transposed").flag()};
}

void nameParameters(const Packed& packed, std::string_view module)
{
    const auto rename = [&](const Value& tensor, const char* what) {
        if (tensor.is(Kind::Tensor))
            tensor.cell().name = module.empty() ? what : fmt::format("{}.{}", module, what);
    };
    rename(packed.weight, "weight");
    rename(packed.bias, "bias");
}

std::optional<Packed> unpackState(const Value& state)
{
    if (!state.isSequence() || !state.isKnown())
        return std::nullopt;
    const std::vector<Value>& items = state.items();
    if (isKnownTuple(state, 2) && items[0].is(Kind::Tensor) && isTensorOrNone(items[1]))
        return Packed{.weight = items[0], .bias = items[1]};
    if (isKnownTuple(state, 6) && items[0].is(Kind::Tensor))
        return unpackFirstVersion(items);
    if (!isKnownTuple(state, 3) || !items[1].isSequence() || !items[2].isSequence() || !items[1].isKnown() || !items[2].isKnown())
        return std::nullopt;
    Packed packed;
    if (items[0].is(Kind::String) && items[1].items().size() >= 2 && !items[2].items().empty()) { // ("2", [configuration, weight], [bias])
        const auto numbers = integersOf(items[1].items()[0]);
        packed.weight = items[1].items()[1];
        packed.bias = items[2].items()[0];
        if (!numbers || !readConfiguration(*numbers, packed))
            return std::nullopt;
    } else if (items[2].items().size() >= 3) { // (3, configuration, [None, weight, bias])
        const auto numbers = integersOf(items[1]);
        packed.weight = items[2].items()[1];
        packed.bias = items[2].items()[2];
        if (!numbers || !readConfiguration(*numbers, packed))
            return std::nullopt;
    }
    if (!packed.weight.is(Kind::Tensor) || !isTensorOrNone(packed.bias))
        return std::nullopt;
    return packed;
}

namespace {

using Answer = Result<std::optional<Value>>;

Answer pack(Evaluator& evaluator, Packed packed)
{
    nameParameters(packed, evaluator.scope());
    return std::optional(toValue(packed));
}

/// (weight, bias, stride, padding, [output_padding,] dilation, groups)
Answer packConvolution(Evaluator& evaluator, const Arguments& given, bool isTransposed)
{
    const auto& items = given.positional;
    const size_t tail = isTransposed ? 7 : 6;
    if (items.size() != tail || !items[0].is(Kind::Tensor) || !isTensorOrNone(items[1]))
        return std::optional<Value>();
    Packed packed{.weight = items[0], .bias = items[1], .isTransposed = isTransposed};
    const auto stride = items[2].toInts();
    const auto padding = items[3].toInts();
    const auto outputPadding = isTransposed ? items[4].toInts() : std::vector<int64_t>();
    const auto dilation = items[tail - 2].toInts();
    if (!stride || !padding || !outputPadding || !dilation || !items[tail - 1].is(Kind::Int) || !items[tail - 1].isKnown())
        return std::optional<Value>();
    packed.stride = *stride;
    packed.padding = *padding;
    packed.outputPadding = isTransposed ? *outputPadding : std::vector<int64_t>(stride->size(), 0);
    packed.dilation = *dilation;
    packed.groups = items[tail - 1].integer();
    return pack(evaluator, std::move(packed));
}

Answer convPrepack(Evaluator& evaluator, const Arguments& given)
{
    return packConvolution(evaluator, given, false);
}

Answer convTransposePrepack(Evaluator& evaluator, const Arguments& given)
{
    return packConvolution(evaluator, given, true);
}

Answer linearPrepack(Evaluator& evaluator, const Arguments& given)
{
    const auto& items = given.positional;
    if (items.empty() || !items[0].is(Kind::Tensor))
        return std::optional<Value>();
    return pack(evaluator, {.weight = items[0], .bias = items.size() > 1 ? items[1] : Value::none()});
}

/// (weight, bias)
Answer unpack(Evaluator&, const Arguments& given)
{
    const auto packed = given.positional.empty() ? std::nullopt : packedOf(given.positional[0]);
    if (!packed)
        return std::optional<Value>();
    return std::optional(Value::tuple({packed->weight, packed->bias}));
}

} // namespace

std::span<const HostEntry> hostPacking()
{
    static constexpr HostEntry kRows[] = {
        {"quantized.conv1d_prepack", convPrepack},
        {"quantized.conv1d_unpack", unpack},
        {"quantized.conv2d_prepack", convPrepack},
        {"quantized.conv2d_unpack", unpack},
        {"quantized.conv3d_prepack", convPrepack},
        {"quantized.conv3d_unpack", unpack},
        {"quantized.conv_prepack", convPrepack},
        {"quantized.conv_transpose1d_prepack", convTransposePrepack},
        {"quantized.conv_transpose2d_prepack", convTransposePrepack},
        {"quantized.conv_transpose3d_prepack", convTransposePrepack},
        {"quantized.conv_unpack", unpack},
        {"quantized.linear_prepack", linearPrepack},
        {"quantized.linear_prepack_fp16", linearPrepack},
        {"quantized.linear_unpack", unpack},
        {"quantized.linear_unpack_fp16", unpack},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript
