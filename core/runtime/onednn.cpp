// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/onednn.h"

#include "core/runtime/memory_pool.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

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

bool isStrided(const dnnl::memory::desc& desc)
{
    return desc.data.format_kind == dnnl_blocked && desc.data.format_desc.blocking.inner_nblks == 0;
}

dnnl::memory::desc strided(const Dims& dims, Dims strides)
{
    for (size_t i = dims.size(); i-- > 0;)
        if (dims[i] == 1)
            strides[i] = i + 1 < dims.size() ? strides[i + 1] * dims[i + 1] : 1;
    return {dims, dnnl::memory::data_type::f32, strides};
}

bool sameLayout(const LayoutPtr& a, const LayoutPtr& b)
{
    return a == b || (a && b && a->desc == b->desc && a->channelsLast == b->channelsLast);
}

size_t byteSize(const Layout& layout)
{
    return layout.channelsLast ? layout.channelsLast->bytes() : layout.desc.get_size();
}

bool isDense(const Layout& layout, int64_t elements)
{
    return layout.desc.get_size() == static_cast<size_t>(elements) * sizeof(float);
}

LayoutPtr denseLayout(const Site& site, size_t i, int64_t count)
{
    const LayoutPtr layout = i < site.layouts.size() ? site.layouts[i] : nullptr;
    return layout && isDense(*layout, count) ? layout : nullptr;
}

bool firstIsOutermost(const Layout& layout)
{
    const auto& data = layout.desc.data;
    for (int i = 0; i < data.format_desc.blocking.inner_nblks; ++i)
        if (data.format_desc.blocking.inner_idxs[i] == 0)
            return false;
    const auto& strides = data.format_desc.blocking.strides;
    return data.ndims > 0 && std::all_of(strides, strides + data.ndims, [&](dnnl_dim_t stride) { return stride <= strides[0]; });
}

dnnl::memory::desc descOf(const Site& site, size_t i)
{
    return i < site.layouts.size() && site.layouts[i] ? site.layouts[i]->desc : plain(site.input(i).shape());
}

dnnl::memory memoryOf(const dnnl::memory::desc& desc, const Buffer& buffer)
{
    return {desc, engine(), buffer.data};
}

Result<void> reorder(const LayoutPtr& from, const LayoutPtr& to, const std::byte* source, std::byte* target, const std::vector<float>& scales)
{
    if (to && to->channelsLast)
        to->channelsLast->gather(source, target);
    else if (from && from->channelsLast)
        from->channelsLast->scatter(source, target);
    if ((to && to->channelsLast) || (from && from->channelsLast))
        return {};
    try {
        const Dims dims = (to ? to : from)->desc.dims();
        dnnl::memory a(from ? from->desc : plain(dims), engine(), const_cast<std::byte*>(source));
        dnnl::memory b(to ? to->desc : plain(dims), engine(), target);
        dnnl::primitive_attr how;
        if (!scales.empty())
            how.set_output_scales(std::cmp_equal(scales.size(), dims[0]) ? 1 : 3, scales);
        dnnl::reorder(dnnl::reorder::primitive_desc(a, b, how)).execute(stream(), a, b);
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

namespace {

/// A primitive's operands as oneDNN wants them. Making one takes longer than a small convolution.
class Operands {
public:
    void add(int name, const dnnl::memory::desc& desc)
    {
        const dnnl::memory& memory = m_memories.emplace_back(desc, engine(), nullptr);
        m_arguments.push_back({name, memory.get()});
        m_at.push_back(nullptr);
    }
    void place(size_t i, std::byte* data)
    {
        if (m_at[i] != data)
            m_memories[i].set_data_handle(data);
        m_at[i] = data;
    }
    void execute(const dnnl::primitive& primitive) const
    {
        dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive.get(), stream().get(), static_cast<int>(m_arguments.size()), m_arguments.data()),
                                "the primitive cannot be executed");
        stream().wait();
    }

private:
    std::vector<dnnl::memory> m_memories;
    std::vector<dnnl_exec_arg_t> m_arguments;
    std::vector<std::byte*> m_at;
};

/// A primitive and the operands that no run uses now.
class Execution {
public:
    Execution(dnnl::primitive primitive, std::vector<Argument> arguments)
        : m_primitive(std::move(primitive)), m_arguments(std::move(arguments)),
          m_scratch(*dnnl_primitive_desc_query_md(m_primitive.get_primitive_desc(), dnnl_query_scratchpad_md, 0))
    {
    }

    void run(const Call& call)
    {
        std::unique_ptr<Operands> operands = take();
        for (size_t i = 0; i < m_arguments.size(); ++i) {
            const int at = m_arguments[i].operand;
            operands->place(i, at >= 0 ? call.inputs[static_cast<size_t>(at)].data : call.outputs[static_cast<size_t>(-1 - at)].data);
        }
        std::optional<PoolBlock> block;
        if (m_scratch.get_size() > 0)
            operands->place(m_arguments.size(), block.emplace(call.memory, m_scratch.get_size()).data());
        operands->execute(m_primitive);
        const std::scoped_lock lock(m_mutex);
        m_idle.push_back(std::move(operands));
    }

private:
    std::unique_ptr<Operands> take()
    {
        {
            const std::scoped_lock lock(m_mutex);
            if (!m_idle.empty()) {
                auto operands = std::move(m_idle.back());
                m_idle.pop_back();
                return operands;
            }
        }
        auto operands = std::make_unique<Operands>();
        for (const Argument& a : m_arguments)
            operands->add(a.name, a.desc);
        if (m_scratch.get_size() > 0)
            operands->add(DNNL_ARG_SCRATCHPAD, m_scratch);
        return operands;
    }

    dnnl::primitive m_primitive;
    std::vector<Argument> m_arguments;
    dnnl::memory::desc m_scratch;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Operands>> m_idle;
};

} // namespace

Run runOf(const ir::Node& node, dnnl::primitive primitive, std::vector<Argument> arguments)
{
    return [&node, execution = std::make_shared<Execution>(std::move(primitive), std::move(arguments))](const Call& call) -> Result<void> {
        try {
            execution->run(call);
        } catch (const dnnl::error& failure) {
            return cannotRun(node, failure.what());
        }
        return {};
    };
}

} // namespace bpu::runtime
