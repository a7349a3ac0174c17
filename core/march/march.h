// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A march is the target architecture of a board: its operator rules as data, read from
// resources/march/<name>.json. No march is known by name here; the folder is the list.
#pragma once

#include "core/base/error.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bpu::march {

enum class Support : uint8_t { Yes, No, Refer, Unspecified };

/// What a constraint demands; see docs/march-format.md for every subject.
enum class ConstraintKind : uint8_t { Range, Enum, Forbid, Rank, Position, Relation, PrecisionRisk, Info };
std::string_view name(ConstraintKind kind);

struct Constraint {
    ConstraintKind kind = ConstraintKind::Info;
    std::string subject;                 ///< "kernel", "input.H*W", "operand"
    std::optional<double> min;           ///< inclusive unless exclusiveMin
    std::optional<double> max;
    bool exclusiveMin = false;
    bool exclusiveMax = false;
    std::string minExpr;                 ///< a bound that depends on other attributes: "stride"
    std::string maxExpr;                 ///< "(kernel_h - 1) / 2"
    std::vector<std::string> values;
    std::string when;                    ///< condition; empty = always
    std::string referTo;                 ///< rules of another row that apply under `when`
    std::string text;                    ///< the rule as a sentence
    std::string reading;                 ///< how an ambiguous source was read; may be empty
};

/// One row of the operator tables.
struct Row {
    std::string name;                    ///< "torch.nn.Conv2d"
    std::string family;
    Support support = Support::No;
    std::string referTo;                 ///< for Support::Refer
    std::vector<std::string> inputs;     ///< accepted dtypes; empty = not stated
    std::vector<std::string> outputs;    ///< produced dtypes; {"same_as_input"} for that
    std::vector<std::string> weight;
    std::vector<std::string> bias;
    std::unordered_map<std::string, std::vector<std::string>> namedInputs;
    std::unordered_map<std::string, std::vector<std::string>> namedOutputs;
    std::vector<std::string> eagerReplacement; ///< modules to use instead in eager mode
    std::vector<Constraint> constraints;
    std::string note;
};

/// A function use that eager mode wants replaced by a module.
struct EagerReplacement {
    std::vector<std::string> floatOperators;
    std::string replacement;
};

/// How networks are quantized for a march.
struct Quantization {
    std::vector<std::string> activations = {}; ///< fixed-point types that a qconfig may give activations: "qint8", "qint16"
    bool sharedCatScale = false;               ///< all inputs and the result of cat have one scale
    std::vector<std::string> qconfigs = {};    ///< named qconfigs that exist for it
};

class March {
public:
    /// Parses a march file. Errors: "march.json" (with byte position), "march.field", "march.refer" (unknown or cyclic refer_to).
    static Result<March> parse(std::string_view json, std::string_view fileName);

    const std::string& name() const { return m_name; }   ///< "bayes", the value of --march
    const std::string& title() const { return m_title; } ///< "Bayes"
    const std::string& board() const { return m_board; } ///< "RDK Ultra"
    const std::vector<Row>& rows() const { return m_rows; }
    const std::vector<Constraint>& defaultConstraints() const { return m_defaultConstraints; }
    /// Rules of the whole model, such as those of its input source.
    const std::vector<Constraint>& modelConstraints() const { return m_modelConstraints; }
    const std::vector<EagerReplacement>& eagerReplacements() const { return m_eagerReplacements; }
    const Quantization& quantization() const { return m_quantization; }
    /// Not listed -> nearest listed replacement as advice: "torch.nn.Hardswish" -> "torch.nn.SiLU".
    const std::unordered_map<std::string, std::string>& nearest() const { return m_nearest; }
    /// The row of that name as printed; null when not listed.
    const Row* find(std::string_view name) const;
    /// The row whose rules apply: refer_to followed to its end.
    const Row& resolve(const Row& row) const;

private:
    std::optional<Error> indexRows();

    std::string m_name;
    std::string m_title;
    std::string m_board;
    std::vector<Row> m_rows;
    std::vector<Constraint> m_defaultConstraints;
    std::vector<Constraint> m_modelConstraints;
    std::vector<EagerReplacement> m_eagerReplacements;
    Quantization m_quantization;
    std::unordered_map<std::string, std::string> m_nearest;
    std::unordered_map<std::string, size_t> m_index;
};

using MarchPtr = std::shared_ptr<const March>;

/// Every march compiled into the program (resources/march/*.json), by name. Parsed once, thread safe.
const std::vector<MarchPtr>& all();
/// Null when there is none of that name.
MarchPtr find(std::string_view name);

} // namespace bpu::march
