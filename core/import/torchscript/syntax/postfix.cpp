// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What stands behind a value: attributes, indices, calls.
#include "core/import/torchscript/syntax/expressions.h"

namespace bpu::importer::torchscript {

Result<ExprId> ExpressionParser::postfix()
{
    const Token first = m_token;
    BPU_TRY(value, primary());
    while (true) {
        if (at(".")) {
            BPU_CHECK(advance());
            Expr expr = of(ExprKind::Attribute, first);
            BPU_TRY(attribute, identifier("the name of an attribute"));
            expr.text = attribute;
            BPU_TRY(next, add(expr, std::span(&value, 1)));
            value = next;
        } else if (at("[")) {
            BPU_TRY(next, subscript(value, first));
            value = next;
        } else if (at("(")) {
            BPU_TRY(next, call(value, first));
            value = next;
        } else {
            return value;
        }
    }
}

Result<ExprId> ExpressionParser::index()
{
    const Token first = m_token;
    ExprId parts[3];
    bool isSlice = false;
    for (size_t i = 0; i < 3; ++i) {
        if (!at(":") && !at(",") && !at("]")) {
            BPU_TRY(part, expression());
            parts[i] = part;
        }
        BPU_TRY(goesOn, i < 2 ? accept(":") : Result<bool>(false));
        isSlice = isSlice || goesOn;
        if (!goesOn)
            break;
    }
    if (isSlice)
        return add(of(ExprKind::Slice, first), parts);
    return parts[0].isValid() ? Result<ExprId>(parts[0]) : unexpected("an index");
}

Result<ExprId> ExpressionParser::subscript(ExprId object, const Token& place)
{
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    BPU_CHECK(advance());
    std::vector<ExprId> items{object};
    do {
        BPU_TRY(item, index());
        items.push_back(item);
        BPU_TRY(goesOn, accept(","));
        if (!goesOn)
            break;
    } while (!at("]"));
    BPU_CHECK(expect("]"));
    return add(of(ExprKind::Subscript, place), items);
}

Result<ExprId> ExpressionParser::argument()
{
    const Token first = m_token;
    BPU_TRY(isDouble, accept("**"));
    if (isDouble) {
        BPU_TRY(value, expression());
        return add(ExprKind::Keyword, first, {value});
    }
    BPU_TRY(value, starOrExpression());
    if (!at("=") || m_tree[value].kind != ExprKind::Name)
        return value;
    Expr expr = of(ExprKind::Keyword, first);
    expr.text = m_tree[value].text;
    BPU_CHECK(advance());
    BPU_TRY(given, expression());
    return add(expr, std::span(&given, 1));
}

Result<ExprId> ExpressionParser::call(ExprId callee, const Token& place)
{
    const Level level(m_depth);
    BPU_CHECK(checkDepth());
    Expr expr = of(ExprKind::Call, place);
    expr.offset = m_token.offset; // of "(": a function's name is printed without its place in the source
    BPU_CHECK(advance());
    std::vector<ExprId> items{callee};
    while (!at(")")) {
        BPU_TRY(item, argument());
        items.push_back(item);
        BPU_TRY(goesOn, accept(","));
        if (!goesOn)
            break;
    }
    BPU_CHECK(expect(")"));
    return add(expr, items);
}

} // namespace bpu::importer::torchscript
