// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A qconfig says how the results and the weights of an operator are quantized; a set of them says which operator has which.
#pragma once

#include "core/ir/graph.h"
#include "core/quant/observer.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::quant {

/// One side of a qconfig: the attributes of a fake-quantize node.
struct FakeQuantConfig {
    std::string observer = "min_max";
    /// `type` is the grid; `channelAxis` is that of the node, decided where it is made.
    ObserverOptions options = {};
    /// How training moves the scale: fake_quant (the observer does), lsq (it is learned), pact (the threshold is learned).
    std::string kind = "fake_quant";
};

/// activation  nothing: the result keeps its 32 bits ("high-precision output")
/// weight      one scale per output channel
struct QConfig {
    std::optional<FakeQuantConfig> activation = FakeQuantConfig{};
    FakeQuantConfig weight = {};
};

/// The vendor's named qconfigs, of all marches: "default_qat_8bit_fake_quant_qconfig", ...
std::span<const std::string_view> qconfigNames();
std::optional<QConfig> namedQConfig(std::string_view name);
/// What is used where nothing is said: activations in qint8 by mse, weights by min_max, as the vendor's guide advises.
QConfig defaultQConfig();

/// What the four levels of a qconfig dictionary say. Nothing in place of a qconfig: what it matches stays in float.
using MaybeQConfig = std::optional<QConfig>;
struct QConfigSet {
    using Named = std::vector<std::pair<std::string, MaybeQConfig>>;
    MaybeQConfig global = defaultQConfig();
    Named moduleTypes = {};
    Named moduleNames = {};
    Named nodes = {};
};

/// One for each node, by NodeId: the vendor's priority, rising: global, module type, module name, node. A module's name
/// is that of everything inside it, the innermost named module wins; so is its type. A node that was fused has the
/// type of its first operator, and the names of all.
class QConfigs {
public:
    QConfigs(const ir::Graph& graph, const QConfigSet& set);

    const MaybeQConfig& of(NodeId node) const { return *m_of[node.index]; }
    /// It was named: by a module name that matches or by its own.
    bool isNamed(NodeId node) const { return m_named[node.index]; }
    /// Of a graph input: by its own name among `nodes`, else the global one.
    const MaybeQConfig& ofInput(std::string_view name) const;

private:
    const QConfigSet& m_set;
    std::vector<const MaybeQConfig*> m_of;
    std::vector<bool> m_named;
};

/// The attributes of a quant_stub or fake_quantize node: qtype, ch_axis, observer, and what differs from its defaults.
ir::Attributes attributesOf(const FakeQuantConfig& config, int channelAxis);
/// The inverse, with channelAxis in the options. Errors "quant.observer", "quant.option" with the node's name.
Result<FakeQuantConfig> fakeQuantOf(const ir::Node& node);

} // namespace bpu::quant
