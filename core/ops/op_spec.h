// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the program knows about one operator. One file per family makes the specs, one line per
// operator in registry.def lists them; the conventions of inputs and attributes are in docs/operators.md.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::ops {

/// Color families of the drawing, and the coarse kind of an operator.
enum class Family : uint8_t { Conv, Norm, Act, Pool, Arith, Shape, Attn, Quant, Opaque };
/// "conv", "norm", "act", "pool", "arith", "shape", "attn", "quant", "opaque".
std::string_view name(Family family);

/// The work of one node. Unknown dimensions give nothing.
struct Cost {
    int64_t macs = 0;         ///< multiply-accumulates
    int64_t ops = 0;          ///< other arithmetic operations (additions, comparisons, table lookups)
    int64_t readBytes = 0;    ///< inputs and parameters in their stored dtype
    int64_t writtenBytes = 0; ///< results in their stored dtype
};

using Types = std::vector<ir::TensorType>;

struct OpSpec {
    std::string_view name;                    ///< "conv2d"
    Family family = Family::Opaque;
    std::vector<std::string_view> torch = {}; ///< names in torch, the module form first: {"torch.nn.Conv2d", "torch.nn.functional.conv2d"}
    std::vector<std::string_view> onnx = {};  ///< ONNX operators that mean exactly this: {"Conv"} with a 2-d kernel
    std::vector<std::string_view> inputs = {};///< slot names: {"input", "weight", "bias", "addend"}; the last may repeat if variadic
    size_t minInputs = 1;
    bool variadic = false;                    ///< any number of inputs from minInputs on
    /// Types of the results. Unknown dimensions in, unknown dimensions out; an Error (code "op....") only
    /// for what can never run (a rank, a channel count that does not match, a negative size).
    Result<Types> (*inferTypes)(const ir::Graph&, const ir::Node&) = nullptr;
    /// Results for constant inputs, for folding; null when there is no kernel. Nothing when these inputs cannot be folded.
    std::optional<std::vector<ir::Tensor>> (*evaluate)(const ir::Graph&, const ir::Node&) = nullptr;
    /// Null: one operation per result element.
    Cost (*cost)(const ir::Graph&, const ir::Node&) = nullptr;
    /// The attribute line of a card: "3×3 s2 p1 64→128 g64"; null: none.
    std::string (*summary)(const ir::Graph&, const ir::Node&) = nullptr;
    /// Disappears from the deployed model (Identity, Dropout in eval form).
    bool transparent = false;
    /// A folded result shares the bytes of its input.
    bool isView = false;
};

/// Null for an opaque operator. Thread safe, about 20 ns.
const OpSpec* find(std::string_view op);
/// All of them in registry order.
const std::vector<const OpSpec*>& all();

Family familyOf(const ir::Node& node);
/// The operator in the author's words, short: "Conv2d", "torch.add" gives "add", "Conv2d + BatchNorm2d + ReLU" for a fused node.
/// From TorchScript the origin's own words; from ONNX the torch name of the IR operator; an opaque node's own name.
std::string title(const ir::Node& node);
/// The full name for findings: "torch.nn.Conv2d", or the origin of an opaque node.
std::string qualifiedName(const ir::Node& node);
/// OpSpec::summary, or empty; at most 64 characters.
std::string summary(const ir::Graph& graph, const ir::Node& node);
/// Nothing while a dimension it needs is unknown.
std::optional<Cost> cost(const ir::Graph& graph, const ir::Node& node);

/// Runs inferTypes over the nodes in execution order and stores the results; one opaque or undecidable node
/// leaves unknown types behind it. Declared types of the source file are kept where inference knows less.
/// Returns the first Error of a node whose inputs can never fit, with the node's name as `where`.
Result<ir::Graph> inferTypes(ir::Graph graph);

} // namespace bpu::ops
