// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/library.h"

#include <algorithm>
#include <utility>

namespace bpu::importer::torchscript {
namespace {

std::pair<std::string_view, std::string_view> split(std::string_view dotted)
{
    const size_t dot = dotted.rfind('.');
    if (dot == std::string_view::npos)
        return {{}, dotted};
    return {dotted.substr(0, dot), dotted.substr(dot + 1)};
}

Class::Form formOf(const Tree& tree, const Stmt& statement)
{
    if (!statement.a.isValid() || tree.items(tree[statement.a]).empty())
        return Class::Form::Plain;
    const std::string_view base = tree[tree.item(tree[statement.a], 0)].text;
    if (base == "Module")
        return Class::Form::Module;
    if (base == "NamedTuple")
        return Class::Form::NamedTuple;
    if (base == "Enum")
        return Class::Form::Enum;
    return base == "Interface" || base == "ModuleInterface" ? Class::Form::Interface : Class::Form::Plain;
}

} // namespace

Class Library::readClass(const Tree& tree, const Stmt& statement, std::string dotted)
{
    Class result;
    result.form = formOf(tree, statement);
    result.tree = &tree;
    for (const StmtId id : tree.statements(statement.body)) {
        const Stmt& s = tree[id];
        if (s.kind == StmtKind::Def) {
            result.methods.insert_or_assign(s.text, Function{dotted + "." + std::string(s.text), &tree, id});
            continue;
        }
        if ((s.kind != StmtKind::Annotated && s.kind != StmtKind::Assign) || tree[s.a].kind != ExprKind::Name)
            continue;
        const std::string_view field = tree[s.a].text;
        if (s.b.isValid())
            result.constants.insert_or_assign(field, s.b);
        if (s.kind == StmtKind::Annotated)
            result.fields.push_back(field);
    }
    result.name = std::move(dotted);
    return result;
}

void Library::index(Module& module, const std::string& dotted)
{
    const Tree& tree = module.tree;
    for (const StmtId id : tree.topLevel()) {
        const Stmt& s = tree[id];
        if (s.kind == StmtKind::Class)
            module.classes.insert_or_assign(s.text, readClass(tree, s, dotted + "." + std::string(s.text)));
        else if (s.kind == StmtKind::Def)
            module.functions.insert_or_assign(s.text, Function{dotted + "." + std::string(s.text), &tree, id});
    }
}

Result<Library::Module*> Library::module(std::string_view dotted)
{
    const std::string key(dotted);
    if (const auto known = m_modules.find(key); known != m_modules.end())
        return known->second.get();
    std::string entry = "code/" + key;
    std::ranges::replace(entry, '.', '/');
    entry += ".py";
    BPU_TRY(text, m_source(entry));
    std::unique_ptr<Module> made;
    if (text) {
        BPU_TRY(tree, parseSource(entry, *std::move(text)));
        made = std::make_unique<Module>(Module{std::move(tree), {}, {}});
        index(*made, key);
    }
    return m_modules.emplace(key, std::move(made)).first->second.get();
}

Result<const Class*> Library::findClass(const std::string& dotted)
{
    const auto [path, last] = split(dotted);
    BPU_TRY(found, module(path));
    if (!found)
        return static_cast<const Class*>(nullptr);
    const auto it = found->classes.find(last);
    return it == found->classes.end() ? nullptr : static_cast<const Class*>(&it->second);
}

Result<const Function*> Library::findFunction(const std::string& dotted)
{
    const auto [path, last] = split(dotted);
    BPU_TRY(found, module(path));
    if (!found)
        return static_cast<const Function*>(nullptr);
    const auto it = found->functions.find(last);
    return it == found->functions.end() ? nullptr : static_cast<const Function*>(&it->second);
}

std::string withoutMangling(std::string_view dotted)
{
    std::string result;
    while (!dotted.empty()) {
        const size_t dot = std::min(dotted.find('.'), dotted.size());
        const std::string_view part = dotted.substr(0, dot);
        dotted.remove_prefix(std::min(dot + 1, dotted.size()));
        if (part == "__torch__" || part.starts_with("___torch_mangle_"))
            continue;
        result += (result.empty() ? "" : ".") + std::string(part);
    }
    return result;
}

} // namespace bpu::importer::torchscript
