// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/modules/module_tree.h"

#include "core/ops/op_spec.h"

#include <unordered_map>

namespace bpu::views {

namespace {

class Builder {
public:
    explicit Builder(const ir::Graph& graph) : m_graph(graph), m_tree(std::make_shared<ModuleTree>())
    {
        m_tree->root = std::make_unique<ModuleEntry>();
        m_tree->root->name = QString::fromStdString(graph.name().empty() ? std::string("model") : graph.name());
        m_tree->root->isModule = true;
        m_modules.emplace(std::string(), m_tree->root.get());
        m_tree->entryOfNode.resize(graph.nodeIdBound());
    }

    std::shared_ptr<ModuleTree> build()
    {
        for (const NodeId id : m_graph.order())
            addNode(m_graph.node(id));
        finish(*m_tree->root);
        return std::move(m_tree);
    }

private:
    ModuleEntry& module(const std::string& scope)
    {
        if (const auto found = m_modules.find(scope); found != m_modules.end())
            return *found->second;
        const size_t dot = scope.rfind('.');
        ModuleEntry& parent = module(dot == std::string::npos ? std::string() : scope.substr(0, dot));
        ModuleEntry& entry = add(parent);
        entry.name = QString::fromStdString(dot == std::string::npos ? scope : scope.substr(dot + 1));
        entry.scope = scope;
        entry.isModule = true;
        if (const auto type = m_graph.moduleTypes().find(scope); type != m_graph.moduleTypes().end())
            entry.op = QString::fromStdString(type->second);
        m_modules.emplace(scope, &entry);
        return entry;
    }

    static ModuleEntry& add(ModuleEntry& parent)
    {
        parent.children.push_back(std::make_unique<ModuleEntry>());
        parent.children.back()->parent = &parent;
        return *parent.children.back();
    }

    void addNode(const ir::Node& node)
    {
        ModuleEntry& entry = add(module(node.scope));
        entry.name = shortName(node);
        entry.scope = node.scope;
        entry.op = QString::fromStdString(ops::title(node));
        entry.nodes.push_back(node.id);
    }

    /// Without the scope in front and the exporter's slashes: "/layer1/conv1/Conv" in "layer1.conv1" -> "Conv".
    static QString shortName(const ir::Node& node)
    {
        const size_t cut = node.name.rfind('/');
        if (cut != std::string::npos && cut + 1 < node.name.size())
            return QString::fromStdString(node.name.substr(cut + 1));
        if (!node.scope.empty() && node.name.starts_with(node.scope + "."))
            return QString::fromStdString(node.name.substr(node.scope.size() + 1));
        return QString::fromStdString(node.name);
    }

    /// A module of operator uses that all read the same becomes a leaf.
    static void foldUses(ModuleEntry& entry)
    {
        if (!entry.parent || entry.children.empty())
            return;
        for (const auto& child : entry.children)
            if (child->isModule || child->op != entry.children.front()->op)
                return;
        entry.op = entry.children.front()->op;
        if (entry.children.size() > 1)
            entry.op += QStringLiteral(" ×%1").arg(entry.children.size());
        for (const auto& child : entry.children)
            entry.nodes.insert(entry.nodes.end(), child->nodes.begin(), child->nodes.end());
        entry.isModule = false;
        entry.children.clear();
    }

    void finish(ModuleEntry& entry)
    {
        foldUses(entry);
        entry.firstNode = static_cast<int>(m_tree->nodes.size());
        for (const NodeId id : entry.nodes) {
            m_tree->nodes.push_back(id);
            m_tree->entryOfNode[id.index] = &entry;
        }
        for (size_t i = 0; i < entry.children.size(); ++i) {
            entry.children[i]->row = static_cast<int>(i);
            finish(*entry.children[i]);
        }
        entry.lastNode = static_cast<int>(m_tree->nodes.size());
        entry.operators = static_cast<size_t>(entry.lastNode - entry.firstNode);
    }

    const ir::Graph& m_graph;
    std::shared_ptr<ModuleTree> m_tree;
    std::unordered_map<std::string, ModuleEntry*> m_modules;
};

} // namespace

ModuleTreePtr buildModuleTree(const ir::Graph& graph)
{
    return Builder(graph).build();
}

} // namespace bpu::views
