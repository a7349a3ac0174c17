// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/match.h"

#include "passes/compare/layer_units.h"
#include "passes/fuse/plan.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace bpu::passes {
namespace {

using By = LayerMatch::By;
using Reason = Unmatched::Reason;

/// Both lists of units, and who has found whom.
class Matcher {
public:
    Matcher(const ir::Graph& a, const ir::Graph& b)
        : m_a(a), m_b(b), m_units{layerUnits(a, b.stage()), layerUnits(b, a.stage())}, m_unitOf{indexUnits(a, m_units[0]), indexUnits(b, m_units[1])},
          m_partner{std::vector<int>(m_units[0].size(), kNone), std::vector<int>(m_units[1].size(), kNone)}, m_by(m_units[0].size())
    {
    }

    LayerMatches run()
    {
        matchNames();
        matchKeys(By::Origin, [](const LayerUnit& unit) { return unit.origin; });
        matchKeys(By::Scope, [](const LayerUnit& unit) { return unit.isInner ? std::string() : unit.place; });
        matchKeys(By::Scope, [](const LayerUnit& unit) { return unit.isInner ? std::string() : unit.loosePlace; });
        matchOutputs();
        stepOverBatchNorms(0);
        stepOverBatchNorms(1);
        return result();
    }

private:
    static constexpr int kNone = -1;

    static std::vector<int> indexUnits(const ir::Graph& graph, const std::vector<LayerUnit>& units)
    {
        std::vector<int> index(graph.valueIdBound(), kNone);
        for (size_t i = 0; i < units.size(); ++i)
            index[units[i].value.index] = static_cast<int>(i);
        return index;
    }

    const ir::Graph& graph(int side) const { return side == 0 ? m_a : m_b; }
    LayerUnit& unit(int side, int i) { return m_units[side][static_cast<size_t>(i)]; }
    int& partner(int side, int i) { return m_partner[side][static_cast<size_t>(i)]; }

    void join(int a, int b, By by)
    {
        partner(0, a) = b;
        partner(1, b) = a;
        m_by[static_cast<size_t>(a)] = by;
    }

    void matchNames()
    {
        std::unordered_map<std::string_view, int> byName;
        for (size_t i = 0; i < m_units[1].size(); ++i)
            byName.emplace(m_b.value(m_units[1][i].value).name, static_cast<int>(i));
        for (size_t i = 0; i < m_units[0].size(); ++i) {
            const auto found = byName.find(m_a.value(m_units[0][i].value).name);
            if (found == byName.end())
                continue;
            const LayerUnit& other = unit(1, found->second);
            const LayerUnit& own = m_units[0][i];
            if ((!own.origin.empty() && own.origin == other.origin) || own.op == other.op)
                join(static_cast<int>(i), found->second, By::Name);
        }
    }

    using Groups = std::unordered_map<std::string, std::vector<int>>;
    template <typename Key>
    Groups groups(int side, Key key)
    {
        Groups byKey;
        for (size_t i = 0; i < m_units[side].size(); ++i)
            if (m_partner[side][i] == kNone)
                if (std::string text = key(m_units[side][i]); !text.empty())
                    byKey[std::move(text)].push_back(static_cast<int>(i));
        return byKey;
    }

    template <typename Key>
    void matchKeys(By by, Key key)
    {
        const Groups others = groups(1, key);
        for (const auto& [text, own] : groups(0, key)) {
            const auto found = others.find(text);
            if (found == others.end())
                continue;
            const bool isEven = found->second.size() == own.size();
            for (size_t i = 0; isEven && i < own.size(); ++i)
                join(own[i], found->second[i], by);
            if (!isEven)
                markAmbiguous(own, found->second);
        }
    }

    void markAmbiguous(const std::vector<int>& own, const std::vector<int>& others)
    {
        for (const int i : own)
            unit(0, i).rivals = {own.size(), others.size()};
        for (const int i : others)
            unit(1, i).rivals = {own.size(), others.size()};
    }

    void matchOutputs()
    {
        if (m_a.outputs().size() != m_b.outputs().size())
            return;
        for (size_t i = 0; i < m_a.outputs().size(); ++i) {
            const int a = m_unitOf[0][m_a.outputs()[i].index];
            const int b = m_unitOf[1][m_b.outputs()[i].index];
            if (a != kNone && b != kNone && partner(0, a) == kNone && partner(1, b) == kNone)
                join(a, b, By::Output);
        }
    }

    /// The unit of the batch norm that alone reads this result; kNone where there is none.
    int batchNormAfter(int side, const LayerUnit& layer) const
    {
        const ir::Value& value = graph(side).value(layer.value);
        if (!isFusionBase(graph(side).node(layer.node)) || !value.hasOneUse() || value.users.empty())
            return kNone;
        const ir::Node& user = graph(side).node(value.users.front().node);
        return user.op.starts_with("batch_norm") ? m_unitOf[side][user.output().index] : kNone;
    }

    /// `side` has batch norms that the other side has in its weights: their results are the layers to compare.
    void stepOverBatchNorms(int side)
    {
        for (size_t i = 0; i < m_units[side].size(); ++i) {
            const int layer = static_cast<int>(i);
            const int other = partner(side, layer);
            const int norm = other == kNone ? kNone : batchNormAfter(side, unit(side, layer));
            if (norm == kNone || partner(side, norm) != kNone || batchNormAfter(1 - side, unit(1 - side, other)) != kNone)
                continue;
            const By by = m_by[static_cast<size_t>(side == 0 ? layer : other)];
            partner(side, layer) = kNone;
            unit(side, layer).isFolded = true;
            join(side == 0 ? norm : other, side == 0 ? other : norm, by);
        }
    }

    /// Origin -> node of the other side that was fused from it and more.
    std::unordered_map<std::string, NodeId> insides(int side) const
    {
        std::unordered_map<std::string, NodeId> inside;
        for (const NodeId id : graph(side).order()) {
            const auto& origins = graph(side).node(id).origins;
            for (size_t i = 0; i + 1 < origins.size(); ++i)
                if (std::string key = originKey(origins[i], 0); !key.empty())
                    inside.emplace(std::move(key), id);
        }
        return inside;
    }

    Unmatched explain(int side, const LayerUnit& layer, const std::unordered_map<std::string, NodeId>& inside) const
    {
        const char other = side == 0 ? 'B' : 'A';
        Unmatched alone{.inA = side == 0, .node = layer.node, .value = layer.value, .reason = Reason::Alone, .text = {}};
        if (layer.isFolded) {
            alone.reason = Reason::Folded;
            alone.text = fmt::format("has its batch norm folded into the weights in {}", other);
        } else if (const auto found = inside.find(layer.origin); found != inside.end()) {
            alone.reason = Reason::Inside;
            alone.text = fmt::format("is part of {} in {}", graph(1 - side).node(found->second).name, other);
        } else if (layer.isInner) {
            alone.reason = Reason::Inside;
            alone.text = fmt::format("is part of a fused layer in {}", other);
        } else if (layer.rivals.first > 0) {
            alone.reason = Reason::Ambiguous;
            alone.text = fmt::format("is one of {} alike in A, but {} in B", layer.rivals.first, layer.rivals.second);
        } else {
            alone.text = fmt::format("has no counterpart of its name, origin or module path in {}", other);
        }
        return alone;
    }

    LayerMatches result()
    {
        LayerMatches matches;
        for (size_t i = 0; i < m_units[0].size(); ++i)
            if (const int b = m_partner[0][i]; b != kNone)
                matches.layers.push_back({m_units[0][i].node, unit(1, b).node, m_units[0][i].shown, unit(1, b).shown, m_by[i]});
        for (const int side : {0, 1}) {
            const auto inside = insides(1 - side);
            for (size_t i = 0; i < m_units[side].size(); ++i)
                if (m_partner[side][i] == kNone)
                    matches.unmatched.push_back(explain(side, m_units[side][i], inside));
        }
        return matches;
    }

    const ir::Graph& m_a;
    const ir::Graph& m_b;
    std::vector<LayerUnit> m_units[2];
    std::vector<int> m_unitOf[2];  ///< by value
    std::vector<int> m_partner[2]; ///< by unit: the unit of the other side
    std::vector<By> m_by;          ///< by unit of A
};

} // namespace

LayerMatches matchLayers(const ir::Graph& a, const ir::Graph& b)
{
    return Matcher(a, b).run();
}

} // namespace bpu::passes
