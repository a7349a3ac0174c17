// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/kernel.h"

#include "core/ops/op_spec.h"
#include "core/runtime/integer/operands.h"

#include <fmt/format.h>
#include <unordered_map>

namespace bpu::runtime {

#define BPU_KERNEL(op, maker) Result<Kernel> maker(const Site&);
#include "core/runtime/makers.def"
#undef BPU_KERNEL

Result<Kernel> makeFolding(const Site& site);

const ir::TensorType& Site::input(size_t i) const
{
    static const ir::TensorType kNone;
    const ir::Value* value = graph.find(node.input(i));
    return value ? value->type : kNone;
}

const ir::TensorType& Site::output(size_t i) const
{
    return graph.value(node.outputs[i]).type;
}

const ir::Tensor* Site::constant(size_t i) const
{
    const ir::Value* value = graph.find(node.input(i));
    return value && value->constant ? &*value->constant : nullptr;
}

bool hasCount(const Site& site, size_t input, int64_t count)
{
    return !site.has(input) || site.input(input).elementCount() == count;
}

Error cannotRun(const ir::Node& node, std::string message)
{
    return {"runtime.operator", node.name, std::move(message)};
}

Error unknownOperator(const ir::Node& node)
{
    return cannotRun(node, fmt::format("{} is an operator that is not known; remove it or replace it to run the model", node.op));
}

std::span<const Maker> makersOf(std::string_view op)
{
    static const std::unordered_map<std::string_view, std::vector<Maker>> table = [] {
        std::unordered_map<std::string_view, std::vector<Maker>> made;
#define BPU_KERNEL(name, maker) made[#name].push_back(maker);
#include "core/runtime/makers.def"
#undef BPU_KERNEL
        return made;
    }();
    const auto found = table.find(op);
    return found == table.end() ? std::span<const Maker>() : found->second;
}

Result<Kernel> firstKernel(std::span<const Maker> makers, const Site& site)
{
    for (const Maker maker : makers) {
        Result<Kernel> kernel = maker(site);
        if (!kernel || kernel->run || kernel->isView)
            return kernel;
    }
    return Kernel{};
}

Result<Kernel> makeUnscaledKernel(const Site& site)
{
    BPU_TRY(kernel, firstKernel(makersOf(site.node.op), site));
    return kernel.run || kernel.isView ? Result<Kernel>(std::move(kernel)) : makeFolding(site);
}

Result<Kernel> makeKernel(const Site& site)
{
    return integer::isQuantized(site) ? integer::makeInteger(site) : makeUnscaledKernel(site);
}

} // namespace bpu::runtime
