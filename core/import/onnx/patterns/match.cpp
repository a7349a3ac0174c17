// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/patterns/match.h"

#include "core/import/onnx/tensors.h"

#include <algorithm>
#include <cmath>

namespace bpu::importer {

bool near(double a, double b)
{
    return std::abs(a - b) <= 1e-3 * std::max(std::abs(a), std::abs(b));
}

Match::Match(ir::Rewriter& rewriter, Sizes& sizes) : m_rewriter(rewriter), m_sizes(sizes), m_place(rewriter.graph().nodeIdBound())
{
    uint32_t place = 0;
    for (const NodeId id : graph().order())
        m_place[id.index] = place++;
}

const ir::Node* Match::maker(ValueId value, std::string_view op) const
{
    const ir::Value* found = graph().find(value);
    const ir::Node* node = found ? graph().producerOf(*found) : nullptr;
    return node && node->op == op ? node : nullptr;
}

const ir::Tensor* Match::constant(ValueId value) const
{
    const ir::Value* found = graph().find(value);
    return found && found->isConstant() ? &*found->constant : nullptr;
}

std::optional<double> Match::scalar(ValueId value) const
{
    const ir::Tensor* tensor = constant(value);
    if (!tensor || tensor->elementCount() < 1 || tensor->elementCount() > 16 || tensor->dtype() == ir::DType::String)
        return std::nullopt;
    const double first = tensor->number(0);
    for (int64_t i = 1; i < tensor->elementCount(); ++i)
        if (tensor->number(i) != first)
            return std::nullopt;
    return tensor->dtype() == ir::DType::Float32 ? decimal(static_cast<float>(first)) : first;
}

bool Match::isScalar(ValueId value, double wanted) const
{
    const auto found = scalar(value);
    return found && (wanted == 0 ? *found == 0 : near(*found, wanted));
}

ValueId Match::besideScalar(const ir::Node& node, double wanted) const
{
    if (isScalar(node.input(1), wanted))
        return node.input(0);
    return isScalar(node.input(0), wanted) ? node.input(1) : ValueId{};
}

void Match::collect(ValueId value, Product& product, int depth) const
{
    if (const auto number = scalar(value)) {
        product.scale *= *number;
        return;
    }
    const ir::Value* found = graph().find(value);
    const ir::Node* node = found && found->hasOneUse() && !found->isGraphOutput() ? graph().producerOf(*found) : nullptr;
    if (node && depth < 6 && (node->op == "mul" || node->op == "div" || node->op == "pow" || node->op == "square"))
        collect(*node, product, depth + 1);
    else
        product.factors.push_back(value);
}

void Match::collect(const ir::Node& node, Product& product, int depth) const
{
    const double number = node.op == "pow" || node.op == "div" ? scalar(node.input(1)).value_or(0) : 2;
    if (node.op == "mul") {
        product.nodes.push_back(node.id);
        collect(node.input(0), product, depth);
        collect(node.input(1), product, depth);
    } else if (node.op == "div" && number != 0) {
        product.nodes.push_back(node.id);
        product.scale /= number;
        collect(node.input(0), product, depth);
    } else if ((node.op == "pow" || node.op == "square") && (number == 2 || number == 3)) {
        product.nodes.push_back(node.id);
        product.factors.insert(product.factors.end(), number == 2 ? 2 : 3, node.input(0));
    } else {
        product.factors.push_back(node.output());
    }
}

Product Match::product(const ir::Node& node) const
{
    Product product;
    collect(node, product, 0);
    return product;
}

bool Match::replace(std::vector<NodeId> group, const ir::Node& anchor, std::string op, std::vector<ValueId> inputs, ir::Attributes attributes)
{
    const NodeId last = anchor.id;
    std::erase(group, last);
    std::ranges::sort(group, {}, [this](NodeId id) { return m_place[id.index]; });
    group.erase(std::ranges::unique(group).begin(), group.end());
    group.push_back(last);
    for (const NodeId id : group) {
        if (id == last)
            continue;
        for (const ValueId output : graph().node(id).outputs) {
            const ir::Value& value = graph().value(output);
            const bool inside = std::ranges::all_of(value.users, [&](const ir::Use& use) { return std::ranges::find(group, use.node) != group.end(); });
            if (!inside || value.isGraphOutput())
                return false;
        }
    }
    const uint32_t place = m_place[last.index];
    ir::NodeSpec spec{.op = std::move(op), .name = graph().node(last).name, .inputs = std::move(inputs), .attributes = std::move(attributes)};
    const std::string name = spec.name;
    const NodeId made = m_rewriter.fuse(group, std::move(spec));
    m_rewriter.renameNode(made, name); // free again now that the anchor is gone
    m_place.resize(std::max<size_t>(m_place.size(), made.index + 1));
    m_place[made.index] = place;
    return true;
}

} // namespace bpu::importer
