// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A residual network and its drawing as one column, for tests and benchmarks of what shows drawings:
// known geometry that no layout engine decides.
#pragma once

#include "core/ir/graph.h"
#include "core/ir/text.h"
#include "core/layout/diagram.h"
#include "core/ops/op_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>

namespace bpu::test {

/// `blocks` residual blocks of conv, batch norm, relu, conv, batch norm, add, relu (7 nodes each), then
/// avgpool, flatten, fc.
inline std::shared_ptr<const ir::Graph> residualNet(int blocks)
{
    std::string text = "graph resnet_cam(%x: f32[1,16,8,8]) {\n"
                       "@w: f32[16,16,3,3]\n@n: f32[16] = fill 1\n@l: f32[10,16]\n@lb: f32[10]\n";
    std::string in = "x";
    for (int i = 0; i < blocks; ++i) {
        const auto node = [&](std::string_view result, std::string_view op, std::string_view inputs, std::string_view extra, std::string_view what) {
            text += fmt::format("%{0}{1}: f32[1,16,8,8] = {2}({3}) {4} scope \"layer{5}.{6}.{0}\" origin \"{7}\" name \"layer{5}.{6}.{0}\"\n", result, i, op,
                                inputs, extra, i / 2 + 1, i % 2, what);
        };
        const std::string conv = "{kernel_size=[3,3], padding=[1,1,1,1]}";
        node("conv1_", "conv2d", fmt::format("%{}, @w, _", in), conv, "torch.nn.Conv2d");
        node("bn1_", "batch_norm2d", fmt::format("%conv1_{}, @n, @n, @n, @n", i), "", "torch.nn.BatchNorm2d");
        node("relu1_", "relu", fmt::format("%bn1_{}", i), "", "torch.nn.ReLU");
        node("conv2_", "conv2d", fmt::format("%relu1_{}, @w, _", i), conv, "torch.nn.Conv2d");
        node("bn2_", "batch_norm2d", fmt::format("%conv2_{}, @n, @n, @n, @n", i), "", "torch.nn.BatchNorm2d");
        node("add_", "add", fmt::format("%bn2_{}, %{}", i, in), "", "torch.add");
        node("relu2_", "relu", fmt::format("%add_{}", i), "", "torch.nn.ReLU");
        in = fmt::format("relu2_{}", i);
    }
    text += fmt::format("%p: f32[1,16,1,1] = avg_pool2d(%{}) {{kernel_size=[8,8], stride=[8,8]}} scope \"avgpool\" origin \"torch.nn.AvgPool2d\" name \"avgpool\"\n"
                        "%f: f32[1,16] = flatten(%p) {{start_dim=1}} origin \"torch.flatten\" name \"flatten\"\n"
                        "%y: f32[1,10] = linear(%f, @l, @lb) scope \"fc\" origin \"torch.nn.Linear\" name \"fc\"\nreturn %y }}\n",
                        in);
    Result<ir::Graph> graph = ir::parse(text);
    if (!graph)
        throw std::runtime_error(graph.error().text());
    return std::make_shared<const ir::Graph>(std::move(*graph));
}

inline layout::Item itemAt(layout::ItemKind kind, std::string scope, layout::Rect rect)
{
    layout::Item item;
    item.kind = kind;
    item.scope = std::move(scope);
    item.rect = rect;
    return item;
}

inline layout::Row textRow(std::string title, layout::Rect rect, std::string name = {}, std::string attributes = {})
{
    layout::Row row;
    row.title = std::move(title);
    row.name = std::move(name);
    row.attributes = std::move(attributes);
    row.rect = rect;
    return row;
}

/// Convolution, its batch norm and its addition share a card; one column at x = 0, 230 wide. Scopes named in
/// `collapsed` ("layer1.0") become one item.
inline std::shared_ptr<const layout::Diagram> columnDiagram(const ir::Graph& graph, const std::vector<std::string>& collapsed = {})
{
    constexpr double kWidth = 230;
    constexpr double kGap = 30;
    auto diagram = std::make_shared<layout::Diagram>();
    diagram->m_itemOfNode.assign(graph.nodeIdBound(), -1);
    double y = 0;
    const auto finish = [&](layout::Item item) {
        y += item.rect.height;
        diagram->items.push_back(std::move(item));
    };
    const auto pill = [&](layout::ItemKind kind, ValueId value) {
        layout::Item item = itemAt(kind, {}, {65, y, 100, 24});
        item.value = value;
        item.rows.push_back(textRow(graph.value(value).name, item.rect));
        finish(std::move(item));
    };
    const auto moduleOf = [&](const ir::Node& node) -> std::string {
        for (const std::string& scope : collapsed)
            if (node.scope.starts_with(scope + "."))
                return scope;
        return {};
    };
    for (const ValueId input : graph.inputs())
        pill(layout::ItemKind::Input, input);
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        if (const std::string scope = moduleOf(node); !scope.empty()) {
            if (diagram->items.empty() || diagram->items.back().scope != scope || diagram->items.back().kind != layout::ItemKind::Module) {
                y += kGap;
                layout::Item item = itemAt(layout::ItemKind::Module, scope, {0, y, kWidth, 39});
                item.rows.push_back(textRow(scope, item.rect, "BasicBlock", "7 operators, 0.29 MMAC"));
                finish(std::move(item));
            }
            diagram->items.back().nodes.push_back(id);
            diagram->m_itemOfNode[id.index] = static_cast<int>(diagram->items.size()) - 1;
            continue;
        }
        const bool joins = (node.op == "batch_norm2d" || node.op == "add") && diagram->items.back().kind == layout::ItemKind::Card;
        layout::Row row{.node = id, .title = ops::title(node), .name = std::string(ir::lastPart(node.name)),
                        .attributes = ops::summary(graph, node), .family = ops::familyOf(node), .rect = {}};
        const double height = row.attributes.empty() ? 24 : 39;
        if (!joins) {
            y += kGap;
            const size_t dot = node.scope.rfind('.');
            finish(itemAt(layout::ItemKind::Card, dot == std::string::npos ? "" : node.scope.substr(0, dot), {0, y, kWidth, 0}));
        }
        layout::Item& item = diagram->items.back();
        row.rect = {0, y, kWidth, height};
        item.rect.height += height;
        item.nodes.push_back(id);
        item.rows.push_back(std::move(row));
        y += height;
        diagram->m_itemOfNode[id.index] = static_cast<int>(diagram->items.size()) - 1;
    }
    for (const ValueId output : graph.outputs()) {
        y += kGap;
        pill(layout::ItemKind::Output, output);
    }
    const auto connect = [&](const ir::Value& value, int from, int to) {
        if (from == to || from < 0 || to < 0)
            return;
        const layout::Rect a = diagram->items[static_cast<size_t>(from)].rect;
        const layout::Rect b = diagram->items[static_cast<size_t>(to)].rect;
        layout::Edge edge{.value = value.id, .from = static_cast<uint32_t>(from), .to = static_cast<uint32_t>(to), .path = {}, .label = {}, .labelAt = {}};
        for (const ir::Dim dim : value.type.shape())
            edge.label += (edge.label.empty() ? "" : "×") + std::to_string(dim);
        const double x = kWidth / 2;
        if (to == from + 1) {
            edge.path = {{x, a.bottom()}, {x, a.bottom() + 8}, {x, b.y - 8}, {x, b.y}};
            edge.labelAt = {x + 9, (a.bottom() + b.y) / 2};
        } else {
            const double side = kWidth + 50;
            edge.path = {{x + 40, a.bottom()}, {x + 60, a.bottom() + 20}, {side, a.bottom()}, {side, a.bottom() + 50}, {side, a.bottom() + 60},
                         {side, b.bottom() - 40}, {side, b.bottom() - 30}, {side, b.bottom() - 12}, {side - 10, b.bottom() - 12}, {kWidth, b.bottom() - 12}};
            edge.labelAt = {side + 8, (a.bottom() + b.bottom()) / 2};
        }
        diagram->edges.push_back(std::move(edge));
    };
    for (const ValueId input : graph.inputs())
        for (const ir::Use& use : graph.value(input).users)
            connect(graph.value(input), 0, diagram->itemOf(use.node));
    for (const NodeId id : graph.order())
        for (const ValueId result : graph.node(id).outputs) {
            for (const ir::Use& use : graph.value(result).users)
                connect(graph.value(result), diagram->itemOf(id), diagram->itemOf(use.node));
            if (graph.value(result).isGraphOutput())
                connect(graph.value(result), diagram->itemOf(id), static_cast<int>(diagram->items.size()) - 1);
        }
    std::map<std::string, layout::ScopeSpan> scopes;
    for (const layout::Item& item : diagram->items) {
        std::string scope = item.kind == layout::ItemKind::Card ? item.scope : item.scope.substr(0, item.scope.find('.'));
        for (; !scope.empty(); scope = scope.find('.') == std::string::npos ? "" : scope.substr(0, scope.rfind('.'))) {
            const int depth = static_cast<int>(std::ranges::count(scope, '.'));
            const auto [it, added] = scopes.emplace(scope, layout::ScopeSpan{scope, depth, item.rect.y, item.rect.bottom()});
            it->second.bottom = item.rect.bottom();
        }
    }
    for (const auto& [scope, span] : scopes)
        diagram->scopes.push_back(span);
    diagram->bounds = {0, 0, kWidth + 120, y};
    return diagram;
}

} // namespace bpu::test
