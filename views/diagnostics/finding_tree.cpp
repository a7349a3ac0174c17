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

static std::string keyOf(const Finding& finding)
{
    return finding.code + '\x1f' + std::to_string(finding.node.index) + '\x1f' + finding.message + '\x1f' + finding.found;
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
    std::unordered_map<std::string, int> seen;
    for (int i = 0; i < static_cast<int>(list->findings.size()); ++i) {
        if (!passes(*list, i, filter))
            continue;
        FindingRow row{.key = {}, .list = list, .index = i};
        row.key = keyOf(row.finding());
        if (const int copies = seen[row.key]++; copies > 0)
            row.key += '#' + std::to_string(copies);
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
    std::unordered_map<std::string, size_t> sizes;
    for (const FindingRow& row : rows)
        ++sizes[groupKey(row)];
    std::vector<FindingRow> out;
    std::unordered_map<std::string, size_t> places;
    for (FindingRow& row : rows) {
        const std::string key = groupKey(row);
        if (sizes[key] < smallest) {
            out.push_back(std::move(row));
            continue;
        }
        const auto [place, isNew] = places.emplace(key, out.size());
        if (isNew)
            out.push_back({.key = "group\x1f" + key, .list = row.list, .index = row.index, .isGroup = true, .severity = row.severity});
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
        return grouped(std::move(rows), 1, [](const FindingRow& row) { return row.finding().where; },
                       [](const FindingRow& group) { return QString::fromStdString(group.finding().where); });
    case GroupBy::Module: {
        const auto scopeOf = [](const FindingRow& row) {
            const ir::Node* node = row.list->graph ? row.list->graph->find(row.finding().node) : nullptr;
            return node ? node->scope : std::string();
        };
        return grouped(std::move(rows), 1, scopeOf, [&](const FindingRow& group) {
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
        return std::string(name(finding.severity)) + '\x1f' + finding.code + '\x1f' + finding.op + '\x1f' + finding.message + '\x1f' + finding.advice;
    };
    return grouped(foldConsequences(std::move(rows)), kSmallestGroup, sameStatement, nodesTitle);
}

} // namespace bpu::views
