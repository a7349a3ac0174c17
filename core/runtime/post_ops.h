// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What oneDNN applies as it writes a result: the addition onto it, the activation.
#pragma once

#include "core/runtime/onednn.h"

namespace bpu::runtime {

/// An activation as oneDNN computes it; `algorithm` undef where it has none.
struct Eltwise {
    dnnl::algorithm algorithm = dnnl::algorithm::undef;
    float alpha = 0;
    float beta = 0;
};
/// Of relu, relu6, clamp, sigmoid, silu, hard_swish, ..., by operator and attributes.
Eltwise eltwiseOf(const ir::Node& node);

/// The addend and the activation of a fused node, or of the tail.
Result<dnnl::primitive_attr> postOps(const Site& site);

} // namespace bpu::runtime
