// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/op_spec.h"

#include <array>
#include <unordered_map>

namespace bpu::ops {

#define BPU_OP(function) const OpSpec& function();
#include "core/ops/registry.def"
#undef BPU_OP

std::string_view name(Family family)
{
    static constexpr std::array<std::string_view, 9> kNames{"conv", "norm", "act", "pool", "arith", "shape", "attn", "quant", "opaque"};
    return kNames[static_cast<size_t>(family)];
}

const std::vector<const OpSpec*>& all()
{
    static const std::vector<const OpSpec*> specs{
#define BPU_OP(function) &function(),
#include "core/ops/registry.def"
#undef BPU_OP
    };
    return specs;
}

const OpSpec* find(std::string_view op)
{
    static const auto index = [] {
        std::unordered_map<std::string_view, const OpSpec*> byName;
        for (const OpSpec* spec : all())
            byName.emplace(spec->name, spec);
        return byName;
    }();
    const auto found = index.find(op);
    return found == index.end() ? nullptr : found->second;
}

} // namespace bpu::ops
