// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Arithmetic with sizes that have no number yet. Equal expressions get the same handle, so that a Reshape to
// "the input's own batch, then height times width" can be told from any other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bpu::importer {

/// A handle: the same number means the same size. Different ones may still turn out equal.
using Size = uint32_t;

class SizeAlgebra {
public:
    Size number(int64_t value);
    /// An unknown with a name. `isLength`: it can never be negative.
    Size unknown(const std::string& name, bool isLength);

    std::optional<int64_t> numberOf(Size size) const;
    /// Whether it is known to be zero or more.
    bool isLength(Size size) const { return m_terms[size].isLength; }

    Size sum(Size a, Size b);
    Size difference(Size a, Size b) { return sum(a, product(b, number(-1))); }
    Size product(Size a, Size b);
    /// Rounded down; of lengths.
    Size quotient(Size a, Size b);
    /// a / b where b divides a without knowing more: a number times a part of its factors.
    std::optional<Size> exactQuotient(Size a, Size b);

private:
    using Atoms = std::vector<uint32_t>; ///< sorted factors
    /// factor * atom * atom ...
    struct Term {
        int64_t factor = 0;
        Atoms atoms;
        bool isLength = true;
    };
    using Sum = std::map<Atoms, int64_t>;

    Size intern(int64_t factor, Atoms atoms);
    void addTo(Sum& sum, const Term& term) const;
    std::string text(Size size) const;

    std::vector<Term> m_terms;
    std::map<std::pair<int64_t, Atoms>, Size> m_ids;
    std::map<std::string, uint32_t> m_atomIds;
    std::vector<bool> m_atomIsLength;
    std::map<uint32_t, Sum> m_sums; ///< what an atom that stands for a sum consists of
};

} // namespace bpu::importer
