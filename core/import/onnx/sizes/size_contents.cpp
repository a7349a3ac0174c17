// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The integers that a model computes from the shapes of its tensors.
#include "core/import/onnx/sizes/sizes.h"

#include <algorithm>
#include <cmath>

namespace bpu::importer {
namespace {

constexpr int64_t kLongest = 64;

/// x[start], x[start + step], ... as ONNX Slice counts.
std::optional<std::vector<Size>> sliced(const std::vector<Size>& list, const ir::Attributes& attributes)
{
    const std::vector<int64_t> starts = attributes.integers("starts");
    const std::vector<int64_t> ends = attributes.integers("ends");
    const std::vector<int64_t> steps = attributes.integers("steps");
    if (starts.size() != 1 || ends.size() != 1 || (steps != std::vector<int64_t>{1} && !steps.empty()))
        return std::nullopt;
    const auto place = [&](int64_t index) { return std::clamp<int64_t>(index < 0 ? index + std::ssize(list) : index, 0, std::ssize(list)); };
    const int64_t first = place(starts[0]);
    return std::vector<Size>(list.begin() + first, list.begin() + std::max(first, place(ends[0])));
}

} // namespace

/// Operators of one number each: a, b broadcast.
std::optional<std::vector<Size>> Sizes::elementwise(const ir::Node& node)
{
    const auto a = contents(node.input(0));
    const auto b = contents(node.input(1));
    if (!a || !b || a->empty() || b->empty() || (a->size() != b->size() && a->size() != 1 && b->size() != 1))
        return std::nullopt;
    const auto isNegative = [this](Size size) { return m_algebra.numberOf(size).value_or(0) < 0; };
    const bool isFloat = ir::isFloat(type(node.output()).dtype());
    List list;
    for (size_t i = 0; i < std::max(a->size(), b->size()); ++i) {
        const Size x = (*a)[a->size() == 1 ? 0 : i];
        const Size y = (*b)[b->size() == 1 ? 0 : i];
        std::optional<Size> result;
        if (node.op == "add")
            result = m_algebra.sum(x, y);
        else if (node.op == "sub")
            result = m_algebra.difference(x, y);
        else if (node.op == "mul")
            result = m_algebra.product(x, y);
        else if (node.op == "div" && m_algebra.isLength(x) && m_algebra.isLength(y) && m_algebra.numberOf(y) != 0)
            result = isFloat ? m_algebra.exactQuotient(x, y) : m_algebra.quotient(x, y);
        else if (node.op == "eq" && x == y)
            result = m_algebra.number(1);
        else if (node.op == "eq" && m_algebra.numberOf(x) && m_algebra.numberOf(y))
            result = m_algebra.number(0);
        else if (node.op == "eq" && ((m_algebra.isLength(x) && isNegative(y)) || (m_algebra.isLength(y) && isNegative(x))))
            result = m_algebra.number(0); // no length is the -1 of "keep this dimension"
        if (!result)
            return std::nullopt;
        list.push_back(*result);
    }
    return list;
}

std::optional<std::vector<Size>> Sizes::contentsOf(const ir::Node& node)
{
    const auto x = contents(node.input(0));
    if (node.op == "shape" && type(node.input(0)).hasRank()) {
        const List dims = of(node.input(0));
        const auto place = [&](const char* name, int64_t fallback) {
            const int64_t at = node.attributes.integer(name, fallback);
            return std::clamp<int64_t>(at < 0 ? at + std::ssize(dims) : at, 0, std::ssize(dims));
        };
        const int64_t first = place("start", 0);
        return List(dims.begin() + first, dims.begin() + std::max(first, place("end", std::ssize(dims))));
    }
    if (node.op == "cat") {
        List list;
        for (const ValueId input : node.inputs) {
            const auto part = contents(input);
            const int64_t count = type(input).elementCount();
            if (!part && (count < 0 || count > kLongest || !ir::isInteger(type(input).dtype())))
                return std::nullopt;
            const List numbers = part ? *part : unknownContents(input, count);
            list.insert(list.end(), numbers.begin(), numbers.end());
        }
        return list;
    }
    if (node.op == "where") {
        const auto a = contents(node.input(1));
        const auto b = contents(node.input(2));
        if (!x || !a || !b || a->size() != x->size() || b->size() != x->size())
            return std::nullopt;
        List list;
        for (size_t i = 0; i < x->size(); ++i) {
            const auto chosen = m_algebra.numberOf((*x)[i]);
            if (!chosen)
                return std::nullopt;
            list.push_back(*chosen != 0 ? (*a)[i] : (*b)[i]);
        }
        return list;
    }
    if (!x)
        return std::nullopt;
    if (node.op == "select" || (node.op == "index_select" && node.inputs.size() == 2)) {
        const auto index = node.op == "select" ? std::optional(List{m_algebra.number(node.attributes.integer("index"))}) : contents(node.input(1));
        List list;
        for (size_t i = 0; index && i < index->size(); ++i) {
            const auto at = m_algebra.numberOf((*index)[i]);
            const int64_t place = at ? *at + (*at < 0 ? std::ssize(*x) : 0) : -1;
            if (place < 0 || place >= std::ssize(*x))
                return std::nullopt;
            list.push_back((*x)[static_cast<size_t>(place)]);
        }
        return index ? std::optional(list) : std::nullopt;
    }
    if (node.op == "slice" && node.inputs.size() == 1)
        return sliced(*x, node.attributes);
    // Integers of this size survive the way through float; a fraction never gets in.
    const bool isBool = type(node.output()).dtype() == ir::DType::Bool;
    if ((node.op == "cast" && !isBool) || node.op == "unsqueeze" || node.op == "squeeze" || node.op == "reshape" || node.op == "floor" || node.op == "ceil"
        || node.op == "identity" || node.op == "flatten")
        return x;
    return node.inputs.size() == 2 ? elementwise(node) : std::nullopt;
}

} // namespace bpu::importer
