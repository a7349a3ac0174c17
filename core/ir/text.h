// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The graph as text: tests write graphs in it, golden files compare it, people read it.
//
//     graph net(%x: f32[1,3,8,8]) stage fused {
//         @w: f32[4,3,3,3]                              zeros
//         @b: f32[4] = [0.5, 1, -2, 0]                  listed values
//         @g: f32[4] = fill 1                           one value
//         @r: f32[4,3,3,3] = random 7                   uniform in [-1, 1) from a seed
//         @q: i8[2,3] qint8 [0.5,0.25] axis 0 = fill 1  values on a grid: type, scales, channel axis
//         %c: f32[1,4,8,8] = conv2d(%x, @w, @b) {kernel_size=[3,3], padding=[1,1,1,1]} scope "layer1.conv"
//         %y = relu(%c) origin "torch.nn.ReLU" name "act"
//         %a, %i = topk(%y, _) {k=5, largest=true}      _ is an absent optional input
//         return %y, %a
//     }
//
// Types of results may be left out when parsing (ops::inferTypes fills them); print() always writes them.
// Names other than [A-Za-z0-9_./:-]+ are quoted: %"a b". Attribute values: 3, 0.5, true, "text", [1,2],
// [0.5,1.0], ["a"], tensor f32[2] = [1,2]. Numbers with a '.' or an exponent are doubles. '#' starts a comment.
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <string>
#include <string_view>

namespace bpu::ir {

/// Error "text.syntax" with line and what was expected.
Result<Graph> parse(std::string_view text);

/// Deterministic. Constants of up to 16 elements are listed, larger ones printed as "= hash 0123456789abcdef"
/// (which parse reads as zeros). parse(print(g)) prints the same again but for large constants.
std::string print(const Graph& graph);

/// One attribute value as print() writes it; for inspectors and reports.
std::string text(const Attribute& attribute);

} // namespace bpu::ir
