// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The half of the parser that reads statements: the simple ones in parser.cpp, those with a block in blocks.cpp.
#pragma once

#include "core/import/torchscript/syntax/expressions.h"

namespace bpu::importer::torchscript {

class StatementParser : public ExpressionParser {
public:
    using ExpressionParser::ExpressionParser;

    /// The whole source.
    Result<void> file();

private:
    /// One compound statement, an empty line, or one simple statement.
    Result<void> line(std::vector<StmtId>& into);
    Result<StmtId> statement();
    Result<StmtId> simple(Stmt s);
    Result<StmtId> assignment(Stmt s);
    Result<Range> body();
    Result<Stmt> importLine(Stmt s);
    Result<Stmt> classDef(Stmt s);
    Result<Stmt> def(Stmt s);
    Result<Range> parameters();
    Result<Parameter> parameter();
    Result<Stmt> ifElse(Stmt s);
    Result<Stmt> forLoop(Stmt s);
    Result<Stmt> withBlock(Stmt s);
    Result<std::string_view> dottedName();
    Result<void> endOfLine();
};

} // namespace bpu::importer::torchscript
