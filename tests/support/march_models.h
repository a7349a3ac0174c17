// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Small models for the rows of the operator tables: one operator, as an author would write it, that keeps
// every rule of every march that supports it. Weights are graph inputs, so that a huge one costs nothing.
#pragma once

#include "core/ir/graph.h"
#include "passes/check_march/check_march.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::test {

struct ModelInput {
    ir::Shape shape;
    ir::DType dtype = ir::DType::Float32;
    bool constant = false;
    bool absent = false;
    std::optional<ir::QType> quant = std::nullopt;
};

struct RowModel {
    std::string op;
    std::string origin;
    std::vector<ModelInput> inputs;
    ir::Attributes attributes;
    size_t results = 1;
    size_t dataInputs = 1;           ///< inputs that carry data, the others are parameters
    uint32_t readInside = 0;         ///< bit i: result i goes into another operator instead of out of the model
    std::optional<ir::DType> resultType = std::nullopt;
    bool afterConvolution = false;   ///< input 0 comes from a convolution
    passes::InputSource source = passes::InputSource::Ddr;

    ir::Shape& shape(size_t i = 0) { return inputs[i].shape; }
    const ir::Shape& shape(size_t i = 0) const { return inputs[i].shape; }
    bool isConv() const { return op.starts_with("conv"); }
    bool isTransposed() const { return op.starts_with("conv_transpose"); }
    bool hasWeight() const { return isConv() || op == "linear"; }
};

/// The model of a row of the tables; nothing when there is none for its name.
std::optional<RowModel> modelOfRow(std::string_view row);

struct BuiltModel {
    ir::Graph graph;
    NodeId node;
    bool runs = false; ///< the shapes fit; a model that breaks a rule may be one that nothing could run
};
BuiltModel build(const RowModel& model);

} // namespace bpu::test
