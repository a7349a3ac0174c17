// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The operators of torch, as tables: each row has a name, PyTorch's own signature, and what writes the node.
// To add an operator: one row in the table of its family, and a converter where none fits.
#pragma once

#include "core/import/torchscript/eval/evaluator.h"
#include "core/import/torchscript/eval/schema.h"

#include <span>

namespace bpu::importer::torchscript {

/// One call with its arguments in the order of the signature. Converters read first and emit last.
class OperatorCall {
public:
    OperatorCall(Evaluator& evaluator, std::string_view name, const Schema& schema, std::vector<Value> values)
        : m_evaluator(evaluator), m_name(name), m_schema(schema), m_values(std::move(values))
    {
    }

    Evaluator& evaluator() { return m_evaluator; }
    /// As it was called, "relu_" included.
    std::string_view name() const { return m_name; }
    const Value& operator[](std::string_view argument) const;
    bool isNone(std::string_view argument) const { return (*this)[argument].is(Kind::None); }

    /// Of an argument that is a tensor; unranked for anything else.
    ir::TensorType type(std::string_view argument) const;
    int rank(std::string_view argument) const { return type(argument).rank(); }
    /// Constant elements of a tensor argument; null when it is computed.
    const ir::Tensor* constant(std::string_view argument) const;
    /// A tensor as it is, a number as a constant of `like`'s dtype, as is a constant of no dimensions beside one that has any; invalid for None.
    ValueId use(std::string_view argument, std::string_view like = {});
    /// The tensors of a list; nothing when its length depends on data.
    std::optional<std::vector<ValueId>> useList(std::string_view argument);

    // Reads of attributes. What depends on data makes the call undecided, and emit() writes an opaque node instead.
    int64_t integer(std::string_view argument);
    double number(std::string_view argument);
    bool flag(std::string_view argument);
    std::string text(std::string_view argument);
    /// Of an argument that is PyTorch's number of one; `fallback` for None.
    ir::DType dtype(std::string_view argument, ir::DType fallback);
    /// A single number reads as `n` of them, as does a list of one; n = 0 leaves it as it is.
    std::vector<int64_t> integers(std::string_view argument, size_t n = 0);
    /// `dim` counted from the front where the rank is known.
    int64_t axis(std::string_view argument, int rank);
    std::vector<int64_t> axes(std::string_view argument, int rank);
    /// The numbers of a list as sizes; what depends on data, and -1, is an unknown dimension. Nothing when the length is unknown.
    std::optional<ir::Shape> sizes(std::string_view argument) const;
    bool isUndecided() const { return m_undecided; }
    void setUndecided() { m_undecided = true; }

    Result<Value> emit(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes = {});
    Result<std::vector<Value>> emitSeveral(std::string op, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results);
    /// The call as an operator that nobody knows, with its tensors as inputs.
    Result<Value> opaque(size_t results = 1);
    /// What is known of the first result even when the call is undecided or opaque.
    void setKnown(ir::TensorType type) { m_known = std::move(type); }
    ValueId id(const Value& tensor);
    /// The result is a window into the argument: in-place operators on it change the argument.
    void trackView(std::string_view argument, const Value& result, int64_t axis, int64_t start, int64_t step, bool dropsAxis);

private:
    size_t indexOf(std::string_view argument) const;
    Result<Value> emitUndecided();

    Evaluator& m_evaluator;
    std::string_view m_name;
    const Schema& m_schema;
    std::vector<Value> m_values;
    bool m_undecided = false;
    std::optional<ir::TensorType> m_known;
};

using Converter = Result<Value> (*)(OperatorCall&);

struct OperatorEntry {
    std::string_view name;      ///< "conv2d"; the in-place form "conv2d_" is found too
    std::string_view signature; ///< "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1"
    Converter convert;
    bool isOpaque = false;      ///< known by its result only: drawn and reported as unknown
};

/// Whether the tables can make a node of the graph of the operator, or of the one behind the in-place form.
bool hasRow(std::string_view name);
/// Runs the operator: by its table row, or as an opaque node. In-place forms give their first argument new content.
Result<Value> runOperator(Evaluator& evaluator, std::string_view name, Arguments arguments);

/// The call as an operator that nobody knows: a node with the tensors of `values` as inputs.
Result<Value> emitOpaque(Evaluator& evaluator, std::string_view name, const std::vector<Value>& values);

/// A constant of one value. Nothing when a size is unknown or it would be large.
std::optional<ir::Tensor> filled(ir::DType dtype, const ir::Shape& shape, double value);
/// The dtype of an argument `dtype`: PyTorch's number; Undefined for None and what the graph has no name for.
ir::DType dtypeOf(const Value& value);
/// The operator behind the in-place form: "add_" -> "add".
std::string_view outOfPlace(std::string_view name);

/// The author's spelling of a plain call: from the text in the source ("x.relu()", "F.relu(x)", "x + y"), else by custom.
std::string authorsForm(const std::string& name, std::string_view written);

// The families; rows of the same name are tried in order.
std::span<const OperatorEntry> convolutionOperators();
std::span<const OperatorEntry> normalizationOperators();
std::span<const OperatorEntry> activationOperators();
std::span<const OperatorEntry> arithmeticOperators();
std::span<const OperatorEntry> divisionOperators();
std::span<const OperatorEntry> poolingOperators();
std::span<const OperatorEntry> shapeOperators();
std::span<const OperatorEntry> cuttingOperators();
std::span<const OperatorEntry> indexingOperators();
std::span<const OperatorEntry> reductionOperators();
std::span<const OperatorEntry> creationOperators();
std::span<const OperatorEntry> rangeOperators();
std::span<const OperatorEntry> castOperators();
std::span<const OperatorEntry> resizeOperators();
std::span<const OperatorEntry> recurrentOperators();
std::span<const OperatorEntry> quantizedOperators();
std::span<const OperatorEntry> composedOperators();
std::span<const OperatorEntry> attentionOperators();
std::span<const OperatorEntry> opaqueOperators();

} // namespace bpu::importer::torchscript
