// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One node as the rules see it: sizes, geometry and place in the model, read on demand.
#pragma once

#include "core/ir/graph.h"
#include "passes/check_march/check_march.h"
#include "passes/fuse/plan.h"

#include <array>
#include <string>
#include <string_view>

namespace bpu::passes {

/// As what a node is judged; see docs/march-format.md.
enum class Role : uint8_t {
    Own,        ///< as what it is
    GlobalPool, ///< a mean over H and W as a pooling whose kernel is the input
    Mean,       ///< a pooling over the whole input as a mean over H and W
    Norm,       ///< a batch norm on its own as the 1x1 convolution that carries it out
};

/// A small list without allocation: the check reads a hundred thousand of them per second.
template <typename T, size_t N>
struct Few {
    std::array<T, N> items;
    size_t count = 0;
    bool overflow = false;

    void add(T item)
    {
        if (count < N)
            items[count++] = item;
        else
            overflow = true;
    }
    const T* begin() const { return items.data(); }
    const T* end() const { return items.data() + count; }
    bool empty() const { return count == 0; }
    const T& operator[](size_t i) const { return items[i]; }
};

/// What a subject has in one node.
struct Reading {
    enum class State : uint8_t { Known, Unknown, Absent };
    State state = State::Known;
    Few<double, 24> numbers;
    Few<std::string_view, 24> texts;
    std::string_view unknown; ///< what is not known: "input height"
    bool sourceOnly = false;  ///< unknown, and only the author's source could tell: no shape decides it

    bool overflow() const { return numbers.overflow || texts.overflow; }
    static Reading absent() { return {State::Absent, {}, {}, {}, false}; }
    static Reading notKnown(std::string_view what) { return {State::Unknown, {}, {}, what, false}; }
    static Reading notRecorded(std::string_view what) { return {State::Unknown, {}, {}, what, true}; }
    static Reading of(double number)
    {
        Reading r;
        r.numbers.add(number);
        return r;
    }
    static Reading of(std::string_view text)
    {
        Reading r;
        r.texts.add(text);
        return r;
    }
};

/// What fusion will make of the nodes: a layer is judged with what it takes in.
class Fusion {
public:
    explicit Fusion(const ir::Graph& graph);

    /// The run that the node belongs to; null for a node that stays on its own.
    const FusionChain* chainOf(NodeId node) const
    {
        const uint32_t chain = m_chainOf[node.index];
        return chain == kNone ? nullptr : &m_plan.chains[chain];
    }

private:
    static constexpr uint32_t kNone = 0xffffffffU;
    FusionPlan m_plan;
    std::vector<uint32_t> m_chainOf; ///< by node
};

struct Site {
    const ir::Graph& graph;
    const ir::Node& node;
    Role role = Role::Own;
    InputSource inputSource = InputSource::Ddr;
    const Fusion* fusion = nullptr; ///< null for what is no node of the graph

    Site as(Role other) const { return {graph, node, other, inputSource, fusion}; }
    const FusionChain* chain() const { return fusion ? fusion->chainOf(node.id) : nullptr; }
    /// Type of input i; null when it is absent.
    const ir::TensorType* inputType(size_t i) const
    {
        const ir::Value* value = graph.inputOf(node, i);
        return value ? &value->type : nullptr;
    }
};

/// The axes of a tensor of `rank` by letter: NCHW, NCDHW, NCW, NC. Empty past the end.
std::string_view axisLetter(int rank, int axis);
/// The dimension with that letter: kUnknownDim when unknown, kNoDim when the tensor has no such axis.
inline constexpr ir::Dim kNoDim = -2;
ir::Dim dimOf(const ir::TensorType& type, char letter);

/// Kernel, stride, ... per spatial axis, whatever the operator stores.
Reading kernelOf(const Site& site);
Reading strideOf(const Site& site);
Reading paddingOf(const Site& site);
Reading dilationOf(const Site& site);

bool isConv(std::string_view op);
bool isBatchNorm(std::string_view op);
/// The batch norm disappears into the layer before it.
bool isAbsorbed(const Site& site);
/// The node will be, or has been, merged with an add (sumin).
bool hasAddend(const Site& site);
/// The value leaves the model, at most through operators that disappear.
bool isModelOutput(const ir::Graph& graph, const ir::Value& value);
/// One scalar for all elements, known before the model runs.
bool isScalarConstant(const ir::Value& value);

} // namespace bpu::passes
