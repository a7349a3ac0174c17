// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The classes and functions of an archive by their dotted name, parsed when first asked for.
#pragma once

#include "core/import/torchscript/syntax/parser.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bpu::importer::torchscript {

/// Where a function's body is.
struct Function {
    std::string name; ///< dotted; of a method: class and method
    const Tree* tree = nullptr;
    StmtId def;
};

struct Class {
    enum class Form : uint8_t { Plain, Module, NamedTuple, Enum, Interface };

    std::string name;
    Form form = Form::Plain;
    const Tree* tree = nullptr;
    std::unordered_map<std::string_view, Function> methods;
    std::unordered_map<std::string_view, ExprId> constants; ///< attributes with a value: Final ones, members of an Enum
    std::vector<std::string_view> fields;                   ///< annotated attributes in order
};

class Library {
public:
    /// The text of an entry such as "code/__torch__/net.py", without the archive's root folder.
    using Source = std::function<Result<std::optional<std::string>>(const std::string& entry)>;

    explicit Library(Source source) : m_source(std::move(source)) {}

    /// Null when the archive has none. Error of the parser or of the source. The pointers live as long as the library.
    Result<const Class*> findClass(const std::string& dotted);
    Result<const Function*> findFunction(const std::string& dotted);

private:
    struct Module {
        Tree tree;
        std::unordered_map<std::string_view, Class> classes;
        std::unordered_map<std::string_view, Function> functions;
    };
    Result<Module*> module(std::string_view dotted);
    static void index(Module& module, const std::string& dotted);
    static Class readClass(const Tree& tree, const Stmt& statement, std::string dotted);

    Source m_source;
    std::unordered_map<std::string, std::unique_ptr<Module>> m_modules;
};

/// "__torch__.torch.nn.modules.conv.___torch_mangle_1.Conv2d" -> "torch.nn.modules.conv.Conv2d".
std::string withoutMangling(std::string_view dotted);

} // namespace bpu::importer::torchscript
