// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Changes of the element type. `to` has had many signatures; the device in them does not matter here.
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>

namespace bpu::importer::torchscript {
namespace {

Result<Value> castTo(OperatorCall& c, ir::DType dtype)
{
    if (dtype == ir::DType::Undefined || dtype == c.type("input").dtype())
        return c["input"];
    return c.emit("cast", {c.use("input")}, {{"to", std::string(ir::name(dtype))}});
}

Result<Value> to(OperatorCall& c)
{
    return castTo(c, dtypeOf(c["dtype"]));
}

Result<Value> typeAs(OperatorCall& c)
{
    return castTo(c, c.type("other").dtype());
}

/// x.float() and its kind; PyTorch 1.0 to 1.4 wrote _cast_Float.
Result<Value> asNamed(OperatorCall& c)
{
    using ir::DType;
    static constexpr std::pair<std::string_view, DType> kNames[] = {
        {"float", DType::Float32}, {"half", DType::Float16}, {"double", DType::Float64}, {"long", DType::Int64}, {"int", DType::Int32}, {"bool", DType::Bool},
        {"_cast_Float", DType::Float32}, {"_cast_Half", DType::Float16}, {"_cast_Double", DType::Float64}, {"_cast_Long", DType::Int64}, {"_cast_Int", DType::Int32},
        {"_cast_Byte", DType::UInt8}, {"_cast_Char", DType::Int8}};
    const auto* const found = std::ranges::find(kNames, c.name(), &std::pair<std::string_view, DType>::first);
    return castTo(c, found == std::end(kNames) ? DType::Undefined : found->second);
}

constexpr char kOne[] = "Tensor input";
constexpr char kOld[] = "Tensor input, bool non_blocking=False";

} // namespace

std::span<const OperatorEntry> castOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"to", "Tensor input, int dtype, bool non_blocking=False, bool copy=False, any memory_format=None", to},
        {"to", "Tensor input, any device=None, any dtype=None, bool non_blocking=False, bool copy=False, any memory_format=None", to},
        {"to", "Tensor input, Tensor other, bool non_blocking=False, bool copy=False, any memory_format=None", typeAs},
        {"to", "Tensor input, int? dtype=None, any layout=None, any device=None, any pin_memory=None, bool non_blocking=False, bool copy=False, any memory_format=None", to},
        {"to", "Tensor input, int dtype, any layout, any device, bool non_blocking=False, bool copy=False", to},
        {"type_as", "Tensor input, Tensor other", typeAs}, {"float", kOne, asNamed}, {"half", kOne, asNamed}, {"double", kOne, asNamed},
        {"long", kOne, asNamed}, {"int", kOne, asNamed}, {"bool", kOne, asNamed}, {"_cast_Float", kOld, asNamed}, {"_cast_Half", kOld, asNamed},
        {"_cast_Double", kOld, asNamed}, {"_cast_Long", kOld, asNamed}, {"_cast_Int", kOld, asNamed}, {"_cast_Byte", kOld, asNamed}, {"_cast_Char", kOld, asNamed},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript
