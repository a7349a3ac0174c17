// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/onednn.h"

#include "core/runtime/memory_pool.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace bpu::runtime {

const dnnl::engine& engine()
{
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

dnnl::stream& stream()
{
    thread_local dnnl::stream own(engine());
    return own;
}

static Dims rowMajor(const Dims& dims)
{
    Dims strides(dims.size(), 1);
    for (size_t i = dims.size(); i-- > 1;)
        strides[i - 1] = strides[i] * std::max<dnnl::memory::dim>(dims[i], 1);
    return strides;
}

dnnl::memory::desc plain(const Dims& dims)
{
    return {dims, dnnl::memory::data_type::f32, rowMajor(dims)};
}

dnnl::memory::desc anyOrder(const Dims& dims)
{
    return {dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any};
}

LayoutPtr layoutOf(const dnnl::memory::desc& desc)
{
    return desc == plain(desc.dims()) ? nullptr : std::make_shared<const Layout>(desc);
}

bool sameLayout(const LayoutPtr& a, const LayoutPtr& b)
{
    return a == b || (a && b && a->desc == b->desc);
}

size_t byteSize(const Layout& layout)
{
    return layout.desc.get_size();
}

bool isDense(const Layout& layout, int64_t elements)
{
    return layout.desc.get_size() == static_cast<size_t>(elements) * sizeof(float);
}

dnnl::memory::desc descOf(const Site& site, size_t i)
{
    return i < site.layouts.size() && site.layouts[i] ? site.layouts[i]->desc : plain(site.input(i).shape());
}

dnnl::memory memoryOf(const dnnl::memory::desc& desc, const Buffer& buffer)
{
    return {desc, engine(), buffer.data};
}

Result<void> reorder(const LayoutPtr& from, const LayoutPtr& to, const std::byte* source, std::byte* target)
{
    try {
        const Dims dims = (to ? to : from)->desc.dims();
        dnnl::memory a(from ? from->desc : plain(dims), engine(), const_cast<std::byte*>(source));
        dnnl::memory b(to ? to->desc : plain(dims), engine(), target);
        dnnl::reorder(a, b).execute(stream(), a, b);
        stream().wait();
    } catch (const dnnl::error& failure) {
        return Error{"runtime.operator", {}, failure.what(), ErrorKind::Machine};
    }
    return {};
}

dnnl::primitive_attr attributes()
{
    dnnl::primitive_attr made;
    made.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return made;
}

Run runOf(const ir::Node& node, dnnl::primitive primitive, std::vector<Argument> arguments)
{
    const dnnl::memory::desc scratch(*dnnl_primitive_desc_query_md(primitive.get_primitive_desc(), dnnl_query_scratchpad_md, 0));
    return [&node, primitive = std::move(primitive), arguments = std::move(arguments), scratch](const Call& call) -> Result<void> {
        try {
            std::unordered_map<int, dnnl::memory> operands;
            std::optional<PoolBlock> block;
            if (scratch.get_size() > 0)
                operands.emplace(DNNL_ARG_SCRATCHPAD, dnnl::memory(scratch, engine(), block.emplace(call.memory, scratch.get_size()).data()));
            for (const Argument& a : arguments) {
                const Buffer& buffer = a.operand >= 0 ? call.inputs[static_cast<size_t>(a.operand)] : call.outputs[static_cast<size_t>(-1 - a.operand)];
                operands.emplace(a.name, memoryOf(a.desc, buffer));
            }
            primitive.execute(stream(), operands);
            stream().wait();
        } catch (const dnnl::error& failure) {
            return cannotRun(node, failure.what());
        }
        return {};
    };
}

} // namespace bpu::runtime
