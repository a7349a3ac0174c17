// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/choose_row.h"

#include "core/ops/op_spec.h"

#include <algorithm>

namespace bpu::passes {
namespace {

/// Operators that are another spelling of a listed one.
constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
    {"reshape", "torch.Tensor.reshape"},     {"flatten", "torch.Tensor.reshape"},      {"squeeze", "torch.Tensor.reshape"},
    {"unsqueeze", "torch.Tensor.reshape"},   {"select", "torch.Tensor.__getitem__"},   {"slice", "torch.Tensor.__getitem__"},
    {"index_select", "torch.Tensor.__getitem__"}, {"expand", "torch.Tensor.expand"},   {"tile", "torch.Tensor.repeat"},
    {"chunk", "torch.split"},
};

size_t movedAxes(const ir::Node& node)
{
    const std::vector<int64_t> dims = node.attributes.integers("dims");
    size_t moved = 0;
    for (size_t i = 0; i < dims.size(); ++i)
        moved += dims[i] != static_cast<int64_t>(i);
    return moved;
}

/// A slice that takes everything, as exporters write it for a size that may differ but does not.
bool takesAll(const Site& site)
{
    const ir::TensorType* from = site.inputType(0);
    const ir::Value* to = site.graph.outputOf(site.node);
    const std::vector<int64_t> steps = site.node.attributes.integers("steps");
    return from && to && from->isStatic() && from->shape() == to->type.shape() && std::ranges::all_of(steps, [](int64_t step) { return step > 0; });
}

std::string_view padRow(const Site& site)
{
    const std::vector<int64_t> padding = site.node.attributes.integers("padding");
    bool lastTwo = padding.size() == 8;
    for (size_t i = 0; lastTwo && i < 8; ++i)
        lastTwo = i % 4 >= 2 || padding[i] == 0;
    const std::string_view mode = site.node.attributes.text("mode", "constant");
    if (lastTwo && mode == "constant")
        return site.node.attributes.number("value") == 0 ? "torch.nn.ZeroPad2d" : "torch.nn.ConstantPad2d";
    return lastTwo && mode == "replicate" ? "torch.nn.ReplicationPad2d" : "torch.nn.functional.pad";
}

/// The operator takes the mean of every channel's whole picture.
bool isGlobalMean(const Site& site)
{
    const ir::Node& node = site.node;
    if (node.op == "mean") {
        std::vector<int64_t> dims = node.attributes.integers("dim");
        for (int64_t& dim : dims)
            dim += dim < 0 ? 4 : 0;
        std::ranges::sort(dims);
        const ir::TensorType* type = site.inputType(0);
        return type && type->rank() == 4 && dims == std::vector<int64_t>{2, 3};
    }
    if (node.op == "adaptive_avg_pool2d") {
        const std::vector<int64_t> size = node.attributes.integers("output_size");
        return !size.empty() && std::ranges::all_of(size, [](int64_t n) { return n == 1; });
    }
    const ir::TensorType* type = site.inputType(0);
    const std::vector<int64_t> kernel = node.attributes.integers("kernel_size");
    if (node.op != "avg_pool2d" || !type || type->rank() != 4 || kernel.size() != 2)
        return false;
    const Reading padding = paddingOf(site);
    return kernel[0] == type->dim(2) && kernel[1] == type->dim(3) && padding.state == Reading::State::Known &&
           std::all_of(padding.numbers.begin(), padding.numbers.end(), [](double p) { return p == 0; });
}

bool waitsForSizes(const Site& site)
{
    constexpr std::string_view kTorch = "torch.";
    const ir::Graph& graph = site.graph;
    return site.node.op.starts_with(kTorch) && ops::find(std::string_view(site.node.op).substr(kTorch.size()))
        && std::ranges::any_of(graph.inputs(), [&](ValueId id) { return !graph.value(id).type.isStatic(); });
}

/// A table is judged as the function that it holds.
const ops::OpSpec& specOf(const ir::Node& node)
{
    const ops::OpSpec* function = node.op == "table" ? ops::find(node.attributes.text("function")) : nullptr;
    return function ? *function : *ops::find(node.op);
}

class Chooser {
public:
    Chooser(const Site& site, const Rules& rules) : m_site(site), m_rules(rules), m_spec(specOf(site.node)) {}

    Choice run()
    {
        const ir::Node& node = m_site.node;
        if (isAside(node) || m_spec.transparent || isAbsorbed(m_site) || (node.op == "permute" && movedAxes(node) == 0) || (node.op == "slice" && takesAll(m_site)))
            return m_choice;
        m_choice.kind = Choice::Kind::NotListed;
        if (!addOrigin())
            addOwnRow();
        if (isGlobalMean(m_site))
            addMeans();
        return m_choice;
    }

private:
    /// Of a graph with quantization: a fake-quantize node says where a grid is and runs nowhere, a requantize node is the compiler's, and what is left to the CPU
    /// is no matter of the march.
    bool isAside(const ir::Node& node) const
    {
        const bool isQuantization = m_site.graph.stage() == ir::Stage::Qat || m_site.graph.stage() == ir::Stage::Quantized;
        return isQuantization && (node.op == "fake_quantize" || node.op == "requantize" || node.attributes.text("device") == "cpu");
    }
    void add(std::string_view name, Role role = Role::Own)
    {
        const RowRules* row = m_rules.find(name);
        const auto same = [&](const Candidate& c) { return c.row == row; };
        if (!row || std::any_of(m_choice.candidates.begin(), m_choice.candidates.end(), same))
            return;
        const bool named = std::ranges::find(m_spec.torch, name) != m_spec.torch.end() || (!m_site.node.origins.empty() && m_site.node.origins.front().what == name);
        m_choice.candidates.add({row, role, !named});
        m_choice.kind = Choice::Kind::Listed;
    }
    bool addOrigin()
    {
        if (m_site.node.origins.empty())
            return false;
        const std::string& what = m_site.node.origins.front().what;
        add(what);
        // The function is listed for the fused form only; by itself it is the module.
        if (what == "torch.nn.functional.relu6" && m_choice.candidates.empty() && m_site.chain())
            add("torch.nn.functional.relu6(fused)");
        return !m_choice.candidates.empty();
    }
    void addOwnRow()
    {
        const ir::Node& node = m_site.node;
        for (const auto& [op, row] : kSpellings) {
            if (node.op == op)
                return add(row);
        }
        if (node.op == "permute")
            return movedAxes(node) == 2 ? add("torch.Tensor.transpose") : void();
        if (node.op == "pad")
            return add(padRow(m_site));
        for (const std::string_view name : m_spec.torch) {
            add(name);
            if (!m_choice.candidates.empty())
                break;
        }
        if (node.op == "clamp" && node.attributes.number("min", 1) == 0 && node.attributes.number("max") == 6)
            add("torch.nn.ReLU6");
    }
    void addMeans()
    {
        add("torch.nn.AvgPool2d", m_site.node.op == "avg_pool2d" ? Role::Own : Role::GlobalPool);
        add("torch.mean", m_site.node.op == "mean" ? Role::Own : Role::Mean);
        add("torch.nn.AdaptiveAvgPool2d");
    }

    const Site& m_site;
    const Rules& m_rules;
    const ops::OpSpec& m_spec;
    Choice m_choice;
};

} // namespace

Choice chooseRow(const Site& site, const Rules& rules)
{
    if (!ops::find(site.node.op)) {
        Choice choice;
        choice.kind = waitsForSizes(site) ? Choice::Kind::Waits : Choice::Kind::Opaque;
        return choice;
    }
    return Chooser(site, rules).run();
}

} // namespace bpu::passes
