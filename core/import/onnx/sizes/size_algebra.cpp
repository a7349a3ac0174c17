// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/sizes/size_algebra.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::importer {
namespace {

/// Beyond these an expression gets a name of its own: no model may make them grow without end.
constexpr size_t kMostFactors = 12;
constexpr size_t kMostSummands = 12;

/// As ONNX computes with int64: around the corner, and never undefined.
int64_t wrappedSum(int64_t a, int64_t b)
{
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

int64_t wrappedProduct(int64_t a, int64_t b)
{
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

} // namespace

Size SizeAlgebra::intern(int64_t factor, Atoms atoms)
{
    if (factor == 0)
        atoms.clear();
    std::ranges::sort(atoms);
    const auto [found, isNew] = m_ids.try_emplace({factor, atoms}, static_cast<Size>(m_terms.size()));
    if (isNew) {
        const bool isLength = factor >= 0 && std::ranges::all_of(atoms, [this](uint32_t atom) { return m_atomIsLength[atom]; });
        m_terms.push_back({factor, std::move(atoms), isLength});
    }
    return found->second;
}

Size SizeAlgebra::number(int64_t value)
{
    return intern(value, {});
}

Size SizeAlgebra::unknown(const std::string& name, bool isLength)
{
    const auto [found, isNew] = m_atomIds.try_emplace(name, static_cast<uint32_t>(m_atomIsLength.size()));
    if (isNew)
        m_atomIsLength.push_back(isLength);
    return intern(1, {found->second});
}

std::optional<int64_t> SizeAlgebra::numberOf(Size size) const
{
    const Term& term = m_terms[size];
    return term.atoms.empty() ? std::optional(term.factor) : std::nullopt;
}

std::string SizeAlgebra::text(Size size) const
{
    return fmt::format("{}*{}", m_terms[size].factor, fmt::join(m_terms[size].atoms, "*"));
}

void SizeAlgebra::addTo(Sum& sum, const Term& term) const
{
    const auto inner = term.atoms.size() == 1 ? m_sums.find(term.atoms.front()) : m_sums.end();
    if (inner == m_sums.end()) {
        int64_t& own = sum[term.atoms];
        own = wrappedSum(own, term.factor);
        return;
    }
    for (const auto& [atoms, factor] : inner->second) {
        int64_t& own = sum[atoms];
        own = wrappedSum(own, wrappedProduct(factor, term.factor));
    }
}

Size SizeAlgebra::sum(Size a, Size b)
{
    Sum sum;
    addTo(sum, m_terms[a]);
    addTo(sum, m_terms[b]);
    std::erase_if(sum, [](const auto& summand) { return summand.second == 0; });
    if (sum.empty())
        return number(0);
    if (sum.size() == 1)
        return intern(sum.begin()->second, sum.begin()->first);
    const bool isLength = m_terms[a].isLength && m_terms[b].isLength;
    if (sum.size() > kMostSummands)
        return unknown(fmt::format("{}+{}", std::min(a, b), std::max(a, b)), isLength);
    std::string name = "sum";
    for (const auto& [atoms, factor] : sum)
        name += fmt::format(" {}*{}", factor, fmt::join(atoms, "*"));
    const Size result = unknown(name, isLength);
    m_sums.insert_or_assign(m_terms[result].atoms.front(), std::move(sum));
    return result;
}

Size SizeAlgebra::product(Size a, Size b)
{
    int64_t factor = 0;
    Atoms atoms = m_terms[a].atoms;
    atoms.insert(atoms.end(), m_terms[b].atoms.begin(), m_terms[b].atoms.end());
    if (__builtin_mul_overflow(m_terms[a].factor, m_terms[b].factor, &factor) || atoms.size() > kMostFactors)
        return unknown(fmt::format("{}*{}", std::min(a, b), std::max(a, b)), m_terms[a].isLength && m_terms[b].isLength);
    return intern(factor, std::move(atoms));
}

std::optional<Size> SizeAlgebra::exactQuotient(Size a, Size b)
{
    const Term& over = m_terms[a];
    const Term& under = m_terms[b];
    if (under.factor <= 0 || over.factor % under.factor != 0 || !std::ranges::includes(over.atoms, under.atoms))
        return std::nullopt;
    Atoms rest;
    std::ranges::set_difference(over.atoms, under.atoms, std::back_inserter(rest));
    return intern(over.factor / under.factor, std::move(rest));
}

Size SizeAlgebra::quotient(Size a, Size b)
{
    if (const auto exact = exactQuotient(a, b))
        return *exact;
    const auto over = numberOf(a);
    const auto under = numberOf(b);
    if (over && under && *over >= 0 && *under > 0)
        return number(*over / *under);
    return unknown(fmt::format("({})/({})", text(a), text(b)), m_terms[a].isLength && m_terms[b].isLength);
}

} // namespace bpu::importer
