// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/source.h"
#include "core/ops/tensor_builder.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bpu::data {
namespace {

/// Items are the slices along the first dimension of one array, or the array itself.
class ArraySource : public Source {
public:
    ArraySource(ir::Tensor array, std::string name, size_t count, ir::Shape itemShape)
        : m_array(std::move(array)), m_name(std::move(name)), m_count(count), m_type(m_array.type().withShape(std::move(itemShape)))
    {
        m_info.text = fmt::format("{} of {}", countText(count, "sample"), m_name);
    }

    size_t size() const override { return m_count; }
    const DatasetInfo& info() const override { return m_info; }
    std::string nameOf(size_t i) const override { return fmt::format("{}[{}]", m_name, i); }
    Result<Item> at(size_t i) const override
    {
        const size_t each = m_count > 0 ? m_array.bytes().size() / m_count : 0;
        return Item{nameOf(i), ir::Tensor(m_type, m_array.storage().slice(i * each, each))};
    }

private:
    ir::Tensor m_array;
    std::string m_name;
    size_t m_count;
    ir::TensorType m_type;
    DatasetInfo m_info;
};

bool fits(const ir::Shape& shape, const ir::Shape& wanted)
{
    return std::ranges::equal(shape, wanted, [](ir::Dim a, ir::Dim b) { return b == ir::kUnknownDim || a == b; });
}

Error wrongShape(const std::string& where, const ir::TensorType& found, const WantedInput& input)
{
    return {"data.shape", where, fmt::format("is {}, input {} takes {}; reshape the array, or give the input its shape with --input", found.text(),
                                             input.name, input.type.text())};
}

bool isWhole(const ir::Tensor& array, int64_t i, ir::DType dtype)
{
    const double number = array.number(i);
    if (ir::isFloat(array.dtype()) && (std::trunc(number) != number || !(std::abs(number) < 0x1p63)))
        return false;
    return ops::holds(dtype, array.integer(i)) && (array.dtype() != ir::DType::UInt64 || number < 0x1p63 || dtype == ir::DType::UInt64);
}

} // namespace

std::string countText(size_t count, std::string_view noun)
{
    std::string digits = std::to_string(count);
    for (size_t at = digits.size(); at > 3;)
        digits.insert(at -= 3, ",");
    return fmt::format("{} {}{}", digits, noun, count == 1 ? "" : "s");
}

ir::Shape sampleShape(const WantedInput& input, bool isBatched)
{
    ir::Shape shape = input.type.shape();
    if (isBatched)
        shape[0] = 1;
    return shape;
}

Result<SourcePtr> openArray(ir::Tensor array, const std::string& name, const WantedInput& input, bool isBatched)
{
    const ir::Shape& shape = array.shape();
    ir::Shape item = sampleShape(input, isBatched);
    const bool isWholeItem = fits(shape, item) || (isBatched && fits(shape, ir::Shape(item.begin() + 1, item.end())));
    if (isWholeItem && !(isBatched && shape.size() == item.size()))
        return std::make_unique<ArraySource>(std::move(array), name, 1, shape);
    // Whole inputs of a graph that is not batched may be stacked in an array of one dimension more.
    const ir::Shape slice = isBatched ? ir::Shape(item.begin() + 1, item.end()) : item;
    if (shape.empty() || !fits(ir::Shape(shape.begin() + 1, shape.end()), slice))
        return wrongShape(name, array.type(), input);
    if (array.elementCount() == 0 && item != shape)
        return Error{"data.empty", name, fmt::format("holds no samples ({}); choose another file", array.type().text())};
    const auto count = static_cast<size_t>(shape[0]);
    ir::Shape each(shape.begin() + 1, shape.end());
    return std::make_unique<ArraySource>(std::move(array), name, count, std::move(each));
}

Result<ir::Tensor> convertItem(const Item& item, const WantedInput& input, bool isBatched)
{
    const ir::TensorType type = input.type.withShape(sampleShape(input, isBatched));
    const ir::DType dtype = type.dtype();
    if (!type.isStatic() || item.array.elementCount() != type.elementCount())
        return wrongShape(item.name, item.array.type(), input);
    if (item.array.dtype() == dtype)
        return item.array.reshaped(type.shape());
    if (!ops::isComputable(item.array.dtype()) || !ops::isComputable(dtype))
        return Error{"data.dtype", item.name, fmt::format("is {}, input {} takes {}; convert the data", item.array.type().text(), input.name, type.text())};
    int64_t at = 0;
    std::optional<ir::Tensor> converted = ops::buildTensor(type, [&](int64_t i) -> ops::MaybeScalar {
        at = i;
        if (ir::isFloat(dtype))
            return ops::Scalar{.number = item.array.number(i), .integer = 0};
        return isWhole(item.array, i, dtype) ? ops::MaybeScalar({.number = 0, .integer = item.array.integer(i)}) : std::nullopt;
    });
    if (!converted)
        return Error{"data.range", item.name, fmt::format("holds {} at element {}, which {} of input {} cannot; convert the data", item.array.number(at), at,
                                                          name(dtype), input.name)};
    return std::move(*converted);
}

} // namespace bpu::data
