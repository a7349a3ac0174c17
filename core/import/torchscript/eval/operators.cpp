// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/operators.h"

#include "core/import/torchscript/eval/host.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

struct Row {
    Schema schema;
    Converter convert;
};
using Table = std::unordered_map<std::string_view, std::vector<Row>>;

const Table& table()
{
    static const Table kTable = [] {
        Table rows;
        for (const auto family : {convolutionOperators(), normalizationOperators(), activationOperators(), arithmeticOperators(), divisionOperators(), poolingOperators(),
                                  shapeOperators(), indexingOperators(), reductionOperators(), creationOperators(), rangeOperators(), castOperators(),
                                  resizeOperators(), recurrentOperators(), quantizedOperators()})
            for (const OperatorEntry& entry : family)
                rows[entry.name].push_back({Schema(entry.signature), entry.convert});
        return rows;
    }();
    return kTable;
}

void collectTensors(Evaluator& evaluator, const Value& value, std::vector<ValueId>& ids)
{
    if (value.is(Kind::Tensor) || (!value.isKnown() && value.sharedCell()))
        ids.push_back(evaluator.builder().use(value.sharedCell()));
    if (value.isSequence() && value.isKnown())
        for (const Value& item : value.items())
            collectTensors(evaluator, item, ids);
}

/// A name with a namespace keeps it: "quantized.conv2d"; PyTorch's own get theirs.
std::string opaqueName(std::string_view name)
{
    return name.find('.') == std::string_view::npos ? fmt::format("torch.{}", outOfPlace(name)) : std::string(name);
}

Result<Value> emitOpaque(Evaluator& evaluator, std::string_view name, const std::vector<Value>& values)
{
    std::vector<ValueId> ids;
    for (const Value& value : values)
        collectTensors(evaluator, value, ids);
    BPU_TRY(results, evaluator.emit(opaqueName(name), name, std::move(ids), {}, 1));
    return results.front();
}

bool isWhole(const View& view, const ir::TensorType& base)
{
    return view.offset == 0 && view.shape == base.shape() && std::ranges::all_of(view.strides, [](int64_t stride) { return stride > 0; });
}

/// `part` written into `base` where the view says.
std::optional<ir::Tensor> writeInto(const ir::Tensor& base, const View& view, const ir::Tensor& part)
{
    const size_t width = ir::byteSize(base.dtype());
    if (part.dtype() != base.dtype() || part.shape() != view.shape || width == 0 || part.elementCount() > (1 << 22))
        return std::nullopt;
    Bytes bytes = Bytes::copyOf(base.bytes());
    auto* const out = const_cast<std::byte*>(bytes.span().data()); // our own copy
    std::vector<int64_t> index(view.shape.size());
    for (int64_t i = 0; i < part.elementCount(); ++i) {
        int64_t at = view.offset;
        for (size_t d = 0; d < index.size(); ++d)
            at += index[d] * view.strides[d];
        std::memcpy(out + static_cast<size_t>(at) * width, part.bytes().data() + static_cast<size_t>(i) * width, width);
        for (size_t d = index.size(); d-- > 0 && ++index[d] == view.shape[d];)
            index[d] = 0;
    }
    return ir::Tensor(base.type(), std::move(bytes));
}

/// The tensor object `target` gets new content; so does the tensor that it is a window of.
Result<void> replaceContent(Evaluator& evaluator, const std::shared_ptr<Cell>& target, const Cell& content)
{
    GraphBuilder& builder = evaluator.builder();
    if (const std::optional<View> view = target->view) {
        const ir::TensorType type = builder.typeOf(*view->base);
        std::optional<ir::Tensor> written;
        if (view->base->constant && content.constant)
            written = writeInto(*view->base->constant, *view, *content.constant);
        if (isWhole(*view, type)) {
            builder.rebind(view->base, content);
        } else if (written) {
            Cell whole;
            whole.constant = std::move(written);
            builder.rebind(view->base, whole);
        } else {
            const auto part = std::make_shared<Cell>(content);
            BPU_TRY(results, evaluator.emit("torch.slice_scatter", "slice_scatter", {builder.use(view->base), builder.use(part)}, {}, 1));
            builder.emitter().editor().setType(results.front().cell().value, type);
            builder.rebind(view->base, results.front().cell());
        }
    }
    builder.rebind(target, content);
    return {};
}

std::optional<ir::Tensor> constantOf(const Value& value, ir::DType like)
{
    ir::DType dtype = value.is(Kind::Float) ? ir::DType::Float32 : value.is(Kind::Bool) ? ir::DType::Bool : ir::DType::Int64;
    if (ir::isFloat(like) || (ir::isInteger(like) && !value.is(Kind::Float)))
        dtype = like;
    return filled(dtype, {}, value.number());
}

} // namespace

std::string_view outOfPlace(std::string_view name)
{
    return name.size() > 1 && name.ends_with('_') && !name.ends_with("__") ? name.substr(0, name.size() - 1) : name;
}

size_t OperatorCall::indexOf(std::string_view argument) const
{
    const auto slot = std::ranges::find(m_schema.slots(), argument, &Slot::name);
    BPU_ASSERT(slot != m_schema.slots().end());
    return static_cast<size_t>(slot - m_schema.slots().begin());
}

const Value& OperatorCall::operator[](std::string_view argument) const
{
    return m_values[indexOf(argument)];
}

ir::TensorType OperatorCall::type(std::string_view argument) const
{
    const Value& value = (*this)[argument];
    return value.is(Kind::Tensor) ? m_evaluator.builder().typeOf(value.cell()) : ir::TensorType();
}

const ir::Tensor* OperatorCall::constant(std::string_view argument) const
{
    const Value& value = (*this)[argument];
    return value.is(Kind::Tensor) && value.cell().constant ? &*value.cell().constant : nullptr;
}

ValueId OperatorCall::id(const Value& tensor)
{
    if (!tensor.is(Kind::Tensor) && (tensor.isKnown() || !tensor.sharedCell()))
        return {};
    return m_evaluator.builder().use(tensor.sharedCell());
}

ValueId OperatorCall::use(std::string_view argument, std::string_view like)
{
    Value& value = m_values[indexOf(argument)];
    if (value.is(Kind::None))
        return {};
    if (value.isNumber() && value.isKnown()) {
        const auto tensor = constantOf(value, like.empty() ? ir::DType::Undefined : type(like).dtype());
        if (!tensor)
            return {};
        value = Value::tensor(*tensor, "scalar");
    }
    const ValueId found = id(value);
    if (!found.isValid())
        setUndecided();
    return found;
}

std::optional<std::vector<ValueId>> OperatorCall::useList(std::string_view argument)
{
    const Value& list = (*this)[argument];
    if (!list.isSequence() || !list.isKnown())
        return std::nullopt;
    std::vector<ValueId> ids;
    for (const Value& item : list.items()) {
        ids.push_back(id(item));
        if (!ids.back().isValid())
            return std::nullopt;
    }
    return ids;
}

int64_t OperatorCall::integer(std::string_view argument)
{
    const Value value = scalarOf((*this)[argument]);
    if (value.isNumber() && value.isKnown())
        return value.integer();
    setUndecided();
    return 0;
}

double OperatorCall::number(std::string_view argument)
{
    const Value value = scalarOf((*this)[argument]);
    if (value.isNumber() && value.isKnown())
        return value.number();
    setUndecided();
    return 0;
}

bool OperatorCall::flag(std::string_view argument)
{
    return integer(argument) != 0;
}

std::string OperatorCall::text(std::string_view argument)
{
    const Value& value = (*this)[argument];
    return value.is(Kind::String) && value.isKnown() ? value.text() : std::string();
}

std::vector<int64_t> OperatorCall::integers(std::string_view argument, size_t n)
{
    const Value& value = (*this)[argument];
    std::vector<int64_t> result;
    if (value.isSequence() && value.isKnown()) {
        for (const Value& item : value.items()) {
            const Value scalar = scalarOf(item);
            if (!scalar.isNumber() || !scalar.isKnown())
                setUndecided();
            else
                result.push_back(scalar.integer());
        }
    } else {
        result.push_back(integer(argument));
    }
    if (n > 0 && result.size() == 1)
        result.assign(n, result.front());
    if (n > 0 && result.size() != n) {
        setUndecided();
        result.assign(n, 1);
    }
    return result;
}

int64_t OperatorCall::axis(std::string_view argument, int rank)
{
    const int64_t value = integer(argument);
    return value < 0 && rank >= 0 ? value + rank : value;
}

std::vector<int64_t> OperatorCall::axes(std::string_view argument, int rank)
{
    std::vector<int64_t> result = integers(argument);
    for (int64_t& value : result)
        value += value < 0 && rank >= 0 ? rank : 0;
    return result;
}

Result<Value> OperatorCall::opaque(size_t results)
{
    BPU_TRY(first, emitOpaque(m_evaluator, m_name, m_values));
    return results == 1 ? first : Value::tuple(std::vector<Value>(results, Value::unknown(Kind::Unknown, first.sharedCell())));
}

Result<std::vector<Value>> OperatorCall::emitSeveral(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results)
{
    if (!m_undecided)
        return m_evaluator.emit(std::move(op), m_name, std::move(inputs), std::move(attributes), results);
    BPU_TRY(first, emitOpaque(m_evaluator, m_name, m_values));
    return std::vector<Value>(results, first);
}

Result<Value> OperatorCall::emit(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes)
{
    BPU_TRY(results, emitSeveral(std::move(op), std::move(inputs), std::move(attributes), 1));
    return results.front();
}

void OperatorCall::trackView(std::string_view argument, const Value& result, int64_t axis, int64_t start, int64_t step, bool dropsAxis)
{
    const std::shared_ptr<Cell> base = (*this)[argument].sharedCell();
    const ir::TensorType whole = type(argument);
    const ir::TensorType part = m_evaluator.builder().typeOf(result.cell());
    if (!whole.isStatic() || !part.isStatic() || axis < 0 || axis >= whole.rank() || start < 0)
        return;
    View view;
    if (base->view) {
        view = *base->view;
    } else {
        view.base = base;
        view.strides.assign(static_cast<size_t>(whole.rank()), 1);
        for (size_t i = view.strides.size(); i-- > 1;)
            view.strides[i - 1] = view.strides[i] * whole.shape()[i];
    }
    const auto at = static_cast<size_t>(axis);
    view.offset += start * view.strides[at];
    view.strides[at] *= step;
    if (dropsAxis)
        view.strides.erase(view.strides.begin() + axis);
    view.shape = part.shape();
    if (view.shape.size() == view.strides.size())
        result.cell().view = std::move(view);
}

bool hasRow(std::string_view name)
{
    return table().contains(name) || table().contains(outOfPlace(name));
}

Result<Value> runOperator(Evaluator& evaluator, std::string_view name, Arguments arguments)
{
    auto rows = table().find(name);
    if (rows == table().end())
        rows = table().find(outOfPlace(name));
    Value target = arguments.positional.empty() ? Value() : arguments.positional.front();
    const bool isInPlace = outOfPlace(name) != name && target.is(Kind::Tensor);
    std::optional<Value> result;
    if (rows != table().end()) {
        for (const Row& row : rows->second) {
            auto values = row.schema.bind(arguments);
            if (!values)
                continue;
            OperatorCall call(evaluator, name, row.schema, *std::move(values));
            BPU_TRY(made, row.convert(call));
            result = std::move(made);
            break;
        }
    }
    if (!result) {
        for (auto& [argument, value] : arguments.named)
            arguments.positional.push_back(std::move(value));
        BPU_TRY(made, emitOpaque(evaluator, name, arguments.positional));
        result = std::move(made);
    }
    if (!isInPlace || !result->is(Kind::Tensor))
        return *result;
    const Cell content = result->cell();
    BPU_CHECK(replaceContent(evaluator, target.sharedCell(), content));
    return target;
}

std::optional<ir::Tensor> filled(ir::DType dtype, const ir::Shape& shape, double value)
{
    const ir::TensorType type(dtype, shape);
    const int64_t count = type.elementCount();
    if (count < 0 || count > (1 << 22))
        return std::nullopt;
    const auto make = [&]<typename T>(T element) { return ir::Tensor::of(dtype, shape, std::vector<T>(static_cast<size_t>(count), element)); };
    switch (dtype) {
    case ir::DType::Float32: return make(static_cast<float>(value));
    case ir::DType::Float64: return make(value);
    case ir::DType::Int64: return make(static_cast<int64_t>(value));
    case ir::DType::Int32: return make(static_cast<int32_t>(value));
    case ir::DType::Bool:
    case ir::DType::UInt8: return make(static_cast<uint8_t>(value));
    case ir::DType::Int8: return make(static_cast<int8_t>(value));
    default: return std::nullopt;
    }
}

ir::DType dtypeOf(const Value& value)
{
    using ir::DType;
    static constexpr std::array<DType, 16> kNumbers{DType::UInt8, DType::Int8, DType::Int16, DType::Int32, DType::Int64, DType::Float16, DType::Float32,
        DType::Float64, DType::Undefined, DType::Complex64, DType::Complex128, DType::Bool, DType::Int8, DType::UInt8, DType::Int32, DType::BFloat16};
    if (!value.isNumber() || !value.isKnown() || value.integer() < 0 || value.integer() >= 16)
        return DType::Undefined;
    return kNumbers[static_cast<size_t>(value.integer())];
}

/// A trace has no source text but the innermost frame, "/usr/lib/torch/nn/functional.py(1457): relu": the function of
/// PyTorch that was called. Empty when that is the author's own.
static std::string formOfTrace(std::string_view written)
{
    const size_t end = written.find("): ");
    const size_t open = end == std::string_view::npos ? end : written.rfind('(', end);
    if (open == std::string_view::npos)
        return {};
    const std::string_view file = written.substr(0, open);
    std::string_view function = written.substr(end + 3);
    function = function.substr(0, function.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"));
    if (file.ends_with("/torch/nn/functional.py"))
        return fmt::format("torch.nn.functional.{}", function);
    if (file.ends_with("/quantized/modules/functional_modules.py"))
        return fmt::format("torch.nn.quantized.FloatFunctional.{}", function);
    return {};
}

std::string authorsForm(const std::string& name, std::string_view written)
{
    if (written.find("F." + name + "(") != std::string_view::npos || written.find("functional." + name + "(") != std::string_view::npos)
        return "torch.nn.functional." + name;
    if (std::string traced = formOfTrace(written); !traced.empty())
        return traced;
    static constexpr std::array<std::string_view, 22> kMethods{"view", "reshape", "permute", "transpose", "expand", "expand_as", "repeat", "contiguous", "size",
        "view_as", "masked_fill", "new_zeros", "fill", "copy", "to", "t", "type_as", "slice", "detach", "chunk", "float", "half"};
    if (name == "slice" || name == "select" || name == "index" || name == "__getitem__")
        return "torch.Tensor.__getitem__";
    static constexpr std::array<std::string_view, 12> kFunctional{"conv1d", "conv2d", "conv3d", "linear", "batch_norm", "layer_norm", "group_norm", "relu",
        "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "dropout"};
    const bool isMethod = !written.starts_with("torch.") && written.find("." + name + "(") != std::string_view::npos;
    if (isMethod || std::ranges::find(kMethods, name) != kMethods.end())
        return "torch.Tensor." + name;
    if (!written.starts_with("torch.") && std::ranges::find(kFunctional, name) != kFunctional.end() && name != "relu")
        return "torch.nn.functional." + name;
    return name.find('.') == std::string::npos ? "torch." + name : name;
}

} // namespace bpu::importer::torchscript
