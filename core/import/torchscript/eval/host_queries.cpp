// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Questions about tensors that their type answers, and about the machine.
#include "core/import/torchscript/eval/host.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

using Answer = Result<std::optional<Value>>;

std::optional<Value> some(Value value)
{
    return std::optional<Value>(std::move(value));
}

const Value& at(const Arguments& given, size_t i)
{
    static const Value kUnknown{};
    return i < given.positional.size() ? given.positional[i] : kUnknown;
}

Value dimension(ir::Dim size)
{
    return size == ir::kUnknownDim ? Value::unknown(Kind::Int) : Value::of(size);
}

ir::TensorType typeOf(Evaluator& evaluator, const Arguments& given)
{
    return at(given, 0).is(Kind::Tensor) ? evaluator.builder().typeOf(at(given, 0).cell()) : ir::TensorType();
}

Answer size(Evaluator& evaluator, const Arguments& given)
{
    const ir::TensorType type = typeOf(evaluator, given);
    if (given.positional.size() > 1) {
        const Value axis = scalarOf(at(given, 1));
        return some(axis.isNumber() && axis.isKnown() ? dimension(type.dim(static_cast<int>(axis.integer()))) : Value::unknown(Kind::Int));
    }
    if (!type.hasRank())
        return some(Value::unknown(Kind::List));
    std::vector<Value> sizes;
    for (const ir::Dim dim : type.shape())
        sizes.push_back(dimension(dim));
    return some(Value::list(std::move(sizes)));
}

Answer rank(Evaluator& evaluator, const Arguments& given)
{
    const ir::TensorType type = typeOf(evaluator, given);
    return some(type.hasRank() ? Value::of(int64_t{type.rank()}) : Value::unknown(Kind::Int));
}

Answer elements(Evaluator& evaluator, const Arguments& given)
{
    return some(dimension(typeOf(evaluator, given).elementCount()));
}

/// PyTorch's number of the dtype; the inverse of dtypeOf.
Answer dtype(Evaluator& evaluator, const Arguments& given)
{
    using ir::DType;
    static constexpr std::pair<DType, int64_t> kNumbers[] = {{DType::UInt8, 0}, {DType::Int8, 1}, {DType::Int16, 2}, {DType::Int32, 3}, {DType::Int64, 4},
        {DType::Float16, 5}, {DType::Float32, 6}, {DType::Float64, 7}, {DType::Complex64, 9}, {DType::Complex128, 10}, {DType::Bool, 11}, {DType::BFloat16, 15}};
    const DType own = typeOf(evaluator, given).dtype();
    const auto* const found = std::ranges::find(kNumbers, own, &std::pair<DType, int64_t>::first);
    return some(found == std::end(kNumbers) ? Value::unknown(Kind::Int) : Value::of(found->second));
}

Answer isFloating(Evaluator& evaluator, const Arguments& given)
{
    const ir::DType own = typeOf(evaluator, given).dtype();
    return some(own == ir::DType::Undefined ? Value::unknown(Kind::Bool) : Value::of(ir::isFloat(own)));
}

Answer no(Evaluator&, const Arguments&)
{
    return some(Value::of(false));
}

Answer yes(Evaluator&, const Arguments&)
{
    return some(Value::of(true));
}

Answer nothing(Evaluator&, const Arguments&)
{
    return some(Value::none());
}

Answer device(Evaluator&, const Arguments&)
{
    return some(Value::dotted("cpu"));
}

Answer first(Evaluator&, const Arguments& given)
{
    return some(at(given, 0));
}

/// item(), and the implicit conversions of a tensor to a number.
template <Kind K>
Answer item(Evaluator&, const Arguments& given)
{
    const Value value = scalarOf(at(given, 0));
    if (value.isNumber())
        return some(value.boxed(false));
    return some(Value::unknown(K, value.is(Kind::Tensor) ? value.sharedCell() : nullptr));
}

/// `is` asks for None only.
template <bool Is>
Answer identity(Evaluator& evaluator, const Arguments& given)
{
    const Value& a = at(given, 0);
    const Value& b = at(given, 1);
    if (a.is(Kind::Unknown) || b.is(Kind::Unknown))
        return some(Value::unknown(Kind::Bool));
    if (a.is(Kind::None) || b.is(Kind::None))
        return some(Value::of((a.kind() == b.kind()) == Is));
    if (a.is(Kind::Object) && a.object().isEnum) {
        BPU_TRY(same, equal(evaluator, a, b));
        return some(Value::of(same.value_or(false) == Is));
    }
    return some(Value::of(a.isSame(b) == Is));
}

/// Of the type named second: only for what an Optional or a Union was refined to.
Answer isInstance(Evaluator&, const Arguments& given)
{
    const Value& value = at(given, 0);
    const Value& type = at(given, 1);
    if (value.is(Kind::Unknown) || !type.is(Kind::Name) || !type.isKnown())
        return some(Value::unknown(Kind::Bool));
    const std::string& wanted = type.text();
    if (value.is(Kind::Object))
        return some(Value::of(value.object().className == wanted));
    return some(Value::of(wanted == name(value.kind()) || (wanted == "NoneType" && value.is(Kind::None))));
}

Answer hasAttribute(Evaluator&, const Arguments& given)
{
    if (!at(given, 0).is(Kind::Object) || !at(given, 1).is(Kind::String))
        return some(Value::unknown(Kind::Bool));
    return some(Value::of(at(given, 0).object().attributes.contains(at(given, 1).text())));
}

} // namespace

std::span<const HostEntry> hostQueries()
{
    static constexpr HostEntry kEntries[] = {
        {"size", size}, {"prim.shape", size}, {"dim", rank}, {"prim.ndim", rank}, {"numel", elements}, {"prim.dtype", dtype}, {"is_floating_point", isFloating},
        {"is_complex", no}, {"prim.requires_grad", yes}, {"prim.is_cuda", no}, {"prim.is_quantized", no}, {"prim.is_nested", no}, {"prim.is_sparse", no},
        {"prim.is_mkldnn", no}, {"prim.is_mps", no}, {"prim.is_meta", no}, {"is_grad_enabled", yes}, {"is_autocast_enabled", no}, {"is_autocast_cpu_enabled", no},
        {"is_scripting", yes}, {"is_contiguous", yes}, {"set_grad_enabled", nothing}, {"warn", nothing}, {"builtin.print", nothing}, {"prim.Print", nothing},
        {"manual_seed", nothing}, {"device", device}, {"prim.device", device}, {"prim.layout", nothing}, {"prim.unchecked_unwrap_optional", first},
        {"_unwrap_optional", first}, {"item", item<Kind::Unknown>}, {"Int", item<Kind::Int>}, {"IntImplicit", item<Kind::Int>}, {"Float", item<Kind::Float>},
        {"FloatImplicit", item<Kind::Float>}, {"Bool", item<Kind::Bool>}, {"ScalarImplicit", item<Kind::Unknown>}, {"__is__", identity<true>},
        {"__isnot__", identity<false>}, {"builtin.isinstance", isInstance}, {"prim.isinstance", isInstance}, {"builtin.hasattr", hasAttribute},
    };
    return kEntries;
}

} // namespace bpu::importer::torchscript
