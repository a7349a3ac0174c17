// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/finding_tree.h"

#include "core/ir/graph.h"

#include <QCoreApplication>

#include <algorithm>
#include <unordered_map>

namespace bpu::views {

/// Fewer equal findings than this stand on their own.
constexpr size_t kSmallestGroup = 3;

/// Texts one after the other as one number, where building the text itself took most of the time. FNV-1a, 64 bits.
class Key {
public:
    Key& add(std::string_view text)
    {
        for (const char c : text)
            mix(static_cast<unsigned char>(c));
        mix(0xff); // in no UTF-8, so that "ab", "c" and "a", "bc" differ
        return *this;
    }
    Key& add(uint64_t number)
    {
        for (int shift = 0; shift < 64; shift += 8)
            mix(static_cast<unsigned char>(number >> shift));
        return *this;
    }
    uint64_t value() const { return m_value; }

private:
    void mix(unsigned char byte) { m_value = (m_value ^ byte) * 0x100000001b3U; }
    uint64_t m_value = 0xcbf29ce484222325U;
};

static uint64_t keyOf(const Finding& finding)
{
    return Key().add(finding.code).add(uint64_t{finding.node.index}).add(finding.message).add(finding.found).value();
}

static bool contains(const std::string& text, const QString& part)
{
    return QString::fromStdString(text).contains(part, Qt::CaseInsensitive);
}

static bool passes(const FindingList& list, int index, const FindingFilter& filter)
{
    const Finding& finding = list.findings[static_cast<size_t>(index)];
    if (list.isIgnored(index) != filter.showIgnored || !filter.severities.contains(finding.severity))
        return false;
    if (filter.text.isEmpty())
        return true;
    for (const std::string* cell : {&finding.where, &finding.op, &finding.message, &finding.found, &finding.allowed,
                                    &finding.advice, &finding.otherMarch, &finding.code})
        if (contains(*cell, filter.text))
            return true;
    return false;
}

static std::vector<FindingRow> leafRows(const FindingListPtr& list, const FindingFilter& filter)
{
    std::vector<FindingRow> rows;
    std::unordered_map<uint64_t, uint64_t> seen;
    for (int i = 0; i < static_cast<int>(list->findings.size()); ++i) {
        if (!passes(*list, i, filter))
            continue;
        FindingRow row{.list = list, .index = i};
        row.key = keyOf(row.finding());
        if (const uint64_t copies = seen[row.key]++; copies > 0)
            row.key = Key().add(row.key).add(copies).value();
        row.severity = row.finding().severity;
        rows.push_back(std::move(row));
    }
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.severity > b.severity; });
    return rows;
}

/// Puts the rows whose key function agrees under one group row, where the first of them stood.
template <typename KeyOf, typename TitleOf>
static std::vector<FindingRow> grouped(std::vector<FindingRow> rows, size_t smallest, KeyOf groupKey, TitleOf title)
{
    std::vector<uint64_t> keys;
    std::unordered_map<uint64_t, size_t> sizes;
    for (const FindingRow& row : rows)
        ++sizes[keys.emplace_back(groupKey(row))];
    std::vector<FindingRow> out;
    std::unordered_map<uint64_t, size_t> places;
    for (size_t i = 0; i < rows.size(); ++i) {
        FindingRow& row = rows[i];
        const uint64_t key = keys[i];
        if (sizes[key] < smallest) {
            out.push_back(std::move(row));
            continue;
        }
        const auto [place, isNew] = places.emplace(key, out.size());
        if (isNew)
            out.push_back({.key = Key().add("group").add(key).value(), .list = row.list, .index = row.index, .isGroup = true, .severity = row.severity});
        FindingRow& group = out[place->second];
        group.severity = std::max(group.severity, row.severity);
        group.children.push_back(std::move(row));
    }
    for (FindingRow& group : out)
        if (group.isGroup)
            group.title = title(group);
    return out;
}

static QString nodesTitle(const FindingRow& group)
{
    std::set<NodeId> nodes;
    for (const FindingRow& child : group.children)
        nodes.insert(child.finding().node);
    const QString text = nodes.size() == 1 ? QString::fromStdString(group.finding().where) : QString();
    return text.isEmpty() ? QCoreApplication::translate("Findings", "%1 nodes").arg(nodes.size()) : text;
}

/// Consequences go under the first row about their cause; one without a visible cause stays where it is.
static std::vector<FindingRow> foldConsequences(std::vector<FindingRow> rows)
{
    std::unordered_map<NodeId, size_t> rootOfNode;
    for (size_t i = 0; i < rows.size(); ++i)
        if (!rows[i].finding().cause.isValid())
            rootOfNode.emplace(rows[i].finding().node, i);
    std::vector<bool> moved(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
        const NodeId cause = rows[i].finding().cause;
        const auto root = cause.isValid() ? rootOfNode.find(cause) : rootOfNode.end();
        if (root == rootOfNode.end() || root->second == i)
            continue;
        moved[i] = true;
        rows[root->second].children.push_back(rows[i]);
    }
    std::vector<FindingRow> out;
    for (size_t i = 0; i < rows.size(); ++i)
        if (!moved[i])
            out.push_back(std::move(rows[i]));
    return out;
}

std::vector<FindingRow> buildFindingRows(const FindingListPtr& list, GroupBy groupBy, const FindingFilter& filter)
{
    if (!list)
        return {};
    std::vector<FindingRow> rows = leafRows(list, filter);
    switch (groupBy) {
    case GroupBy::None: return rows;
    case GroupBy::Node:
        return grouped(std::move(rows), 1, [](const FindingRow& row) { return Key().add(row.finding().where).value(); },
                       [](const FindingRow& group) { return QString::fromStdString(group.finding().where); });
    case GroupBy::Module: {
        const auto scopeOf = [](const FindingRow& row) {
            const ir::Node* node = row.list->graph ? row.list->graph->find(row.finding().node) : nullptr;
            return node ? node->scope : std::string();
        };
        return grouped(std::move(rows), 1, [&](const FindingRow& row) { return Key().add(scopeOf(row)).value(); }, [&](const FindingRow& group) {
            const std::string scope = scopeOf(group);
            return scope.empty() ? QCoreApplication::translate("Findings", "top level") : QString::fromStdString(scope);
        });
    }
    case GroupBy::Cause: break;
    }
    const auto sameStatement = [](const FindingRow& row) {
        const Finding& finding = row.finding();
        // A root cause with consequences is not merged away.
        if (!row.children.empty())
            return row.key;
        return Key().add(static_cast<uint64_t>(finding.severity)).add(finding.code).add(finding.op).add(finding.message).add(finding.advice).value();
    };
    return grouped(foldConsequences(std::move(rows)), kSmallestGroup, sameStatement, nodesTitle);
}

} // namespace bpu::views
