// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/findings_model.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace bpu::views {

struct FindingsModel::Entry {
    FindingRow row; ///< its children are taken over into `children`
    Entry* parent = nullptr;
    int position = 0;
    Entries children;

    void renumber()
    {
        for (size_t i = 0; i < children.size(); ++i)
            children[i]->position = static_cast<int>(i);
    }
};

static QString q(const std::string& text)
{
    return QString::fromStdString(text);
}

FindingsModel::FindingsModel(QObject* parent) : QAbstractItemModel(parent), m_root(std::make_unique<Entry>()) {}

FindingsModel::~FindingsModel() = default;

void FindingsModel::setFindings(FindingListPtr list)
{
    m_list = std::move(list);
    rebuild();
    Q_EMIT headerDataChanged(Qt::Horizontal, Other, Other);
}

void FindingsModel::setGroupBy(GroupBy groupBy)
{
    m_groupBy = groupBy;
    rebuild();
}

void FindingsModel::setFilter(const FindingFilter& filter)
{
    m_filter = filter;
    rebuild();
}

void FindingsModel::rebuild()
{
    update(*m_root, buildFindingRows(m_list, m_groupBy, m_filter));
}

std::unique_ptr<FindingsModel::Entry> FindingsModel::makeEntry(Entry* parent, FindingRow row)
{
    auto entry = std::make_unique<Entry>();
    entry->parent = parent;
    std::vector<FindingRow> children = std::move(row.children);
    row.children.clear();
    entry->row = std::move(row);
    for (FindingRow& child : children)
        entry->children.push_back(makeEntry(entry.get(), std::move(child)));
    entry->renumber();
    return entry;
}

/// Positions (in `ranks`) of a longest rising subsequence: the rows that need not move. O(n log n).
static std::vector<size_t> longestRising(const std::vector<size_t>& ranks)
{
    std::vector<size_t> tails;
    std::vector<size_t> before(ranks.size());
    for (size_t i = 0; i < ranks.size(); ++i) {
        const auto at = std::lower_bound(tails.begin(), tails.end(), ranks[i], [&](size_t a, size_t rank) { return ranks[a] < rank; });
        before[i] = at == tails.begin() ? i : *(at - 1);
        if (at == tails.end())
            tails.push_back(i);
        else
            *at = i;
    }
    std::vector<size_t> chain;
    for (size_t i = tails.empty() ? 0 : tails.back(), left = tails.size(); left > 0; --left, i = before[i])
        chain.push_back(i);
    return chain;
}

void FindingsModel::removeMissing(Entry& parent, const std::vector<FindingRow>& next)
{
    if (parent.children.empty())
        return;
    std::unordered_map<uint64_t, size_t> rankOf;
    for (size_t i = 0; i < next.size(); ++i)
        rankOf.emplace(next[i].key, i);
    std::vector<size_t> ranks;
    std::vector<size_t> places;
    for (size_t i = 0; i < parent.children.size(); ++i)
        if (const auto rank = rankOf.find(parent.children[i]->row.key); rank != rankOf.end()) {
            ranks.push_back(rank->second);
            places.push_back(i);
        }
    std::vector<bool> keep(parent.children.size());
    for (const size_t i : longestRising(ranks))
        keep[places[i]] = true;

    for (size_t end = parent.children.size(); end > 0;) {
        if (keep[end - 1]) {
            --end;
            continue;
        }
        size_t begin = end - 1;
        while (begin > 0 && !keep[begin - 1])
            --begin;
        beginRemoveRows(indexOf(parent), static_cast<int>(begin), static_cast<int>(end) - 1);
        parent.children.erase(parent.children.begin() + static_cast<std::ptrdiff_t>(begin),
                              parent.children.begin() + static_cast<std::ptrdiff_t>(end));
        parent.renumber();
        endRemoveRows();
        end = begin;
    }
}

/// The rows that are new are taken out of `next`; true at their places.
std::vector<bool> FindingsModel::insertNew(Entry& parent, std::vector<FindingRow>& next)
{
    std::vector<bool> isNew(next.size());
    std::unordered_set<uint64_t> present;
    for (const auto& child : parent.children)
        present.insert(child->row.key);
    for (size_t begin = 0; begin < next.size();) {
        if (present.contains(next[begin].key)) {
            ++begin;
            continue;
        }
        size_t end = begin + 1;
        while (end < next.size() && !present.contains(next[end].key))
            ++end;
        beginInsertRows(indexOf(parent), static_cast<int>(begin), static_cast<int>(end) - 1);
        Entries fresh;
        for (size_t i = begin; i < end; ++i) {
            fresh.push_back(makeEntry(&parent, std::move(next[i])));
            isNew[i] = true;
        }
        parent.children.insert(parent.children.begin() + static_cast<std::ptrdiff_t>(begin),
                               std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
        parent.renumber();
        endInsertRows();
        begin = end;
    }
    return isNew;
}

void FindingsModel::update(Entry& parent, std::vector<FindingRow> next)
{
    removeMissing(parent, next);
    const std::vector<bool> isNew = insertNew(parent, next);
    for (size_t i = 0; i < next.size(); ++i) {
        if (isNew[i])
            continue;
        Entry& child = *parent.children[i];
        std::vector<FindingRow> below = std::move(next[i].children);
        next[i].children.clear();
        child.row = std::move(next[i]);
        update(child, std::move(below));
    }
    if (!next.empty())
        Q_EMIT dataChanged(index(0, 0, indexOf(parent)), index(static_cast<int>(next.size()) - 1, ColumnCount - 1, indexOf(parent)));
}

const FindingsModel::Entry* FindingsModel::entryOf(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<const Entry*>(index.internalPointer()) : m_root.get();
}

QModelIndex FindingsModel::indexOf(const Entry& entry, int column) const
{
    return entry.parent ? createIndex(entry.position, column, &entry) : QModelIndex();
}

QModelIndex FindingsModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, entryOf(parent)->children[static_cast<size_t>(row)].get());
}

QModelIndex FindingsModel::parent(const QModelIndex& index) const
{
    return index.isValid() ? indexOf(*entryOf(index)->parent) : QModelIndex();
}

int FindingsModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(entryOf(parent)->children.size());
}

int FindingsModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

/// What all rows below say, else nothing. Thousands may stand below: texts are compared as they are.
QString FindingsModel::groupText(const Entry& entry, int column) const
{
    const auto same = [&](std::string Finding::*cell) -> std::string {
        const std::string& first = entry.children.front()->row.finding().*cell;
        const auto differs = [&](const auto& child) { return child->row.finding().*cell != first; };
        return std::ranges::any_of(entry.children, differs) ? std::string() : first;
    };
    switch (column) {
    case Where: return entry.row.title;
    case Operator: return shortOperator(same(&Finding::op));
    case Message: {
        const std::string text = same(&Finding::message);
        return text.empty() ? tr("%1 findings").arg(entry.children.size()) : q(text);
    }
    case Found: return figureText(same(&Finding::found));
    case Allowed: return figureText(same(&Finding::allowed));
    case Advice: return q(same(&Finding::advice));
    case Other: return q(same(&Finding::otherMarch));
    case Fix: {
        const auto buttonOf = [](const Entry& child) {
            const passes::FixPlan* fix = child.row.list->fixOf(child.row.index);
            return fix ? std::string_view(fix->button) : std::string_view();
        };
        const std::string_view first = buttonOf(*entry.children.front());
        const bool isSame = std::ranges::all_of(entry.children, [&](const auto& child) { return buttonOf(*child) == first; });
        return first.empty() || !isSame ? QString() : tr("%1 %2").arg(q(std::string(first))).arg(entry.children.size());
    }
    default: return {};
    }
}

QString FindingsModel::text(const Entry& entry, int column) const
{
    if (entry.row.isGroup)
        return groupText(entry, column);
    const Finding& finding = entry.row.finding();
    const auto orDash = [](const std::string& cell) { return cell.empty() ? QStringLiteral("–") : figureText(cell); };
    switch (column) {
    case Where: return finding.where.empty() ? tr("model") : q(finding.where);
    case Operator: return shortOperator(finding.op);
    case Message: return q(finding.message);
    case Found: return orDash(finding.found);
    case Allowed: return orDash(finding.allowed);
    case Advice: return q(finding.advice);
    case Other: return q(finding.otherMarch);
    case Fix: break;
    default: return {};
    }
    if (entry.row.list->isIgnored(entry.row.index))
        return tr("ignored: %1").arg(q(entry.row.list->ignoredReason(entry.row.index)));
    if (const passes::FixPlan* fix = entry.row.list->fixOf(entry.row.index))
        return q(fix->button);
    if (finding.severity == Severity::Undecided)
        return tr("Set shape…");
    const ir::Node* cause = entry.row.list->graph ? entry.row.list->graph->find(finding.cause) : nullptr;
    return cause ? tr("with %1").arg(q(cause->name)) : QString();
}

QVariant FindingsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Entry& entry = *entryOf(index);
    switch (role) {
    case Qt::DisplayRole: return index.column() == Mark ? QVariant() : text(entry, index.column());
    case Qt::ToolTipRole: {
        const Finding& finding = entry.row.finding();
        const QString cell = text(entry, index.column()); // what the column may have cut
        const bool hasRule = index.column() == Message && !entry.row.isGroup && !finding.rule.empty();
        return hasRule ? QString(cell + QLatin1Char('\n') + q(finding.rule)) : cell;
    }
    case Qt::AccessibleTextRole:
        return tr("%1: %2, %3").arg(q(std::string(name(entry.row.severity))), text(entry, Where), text(entry, Message));
    case SeverityRole: return static_cast<int>(entry.row.severity);
    case IndexRole: return entry.row.index;
    case GroupRole: return entry.row.isGroup;
    case NodesRole: {
        std::set<quint32> nodes;
        // A cause is one node to look at; what follows from it has rows of its own.
        for (const int finding : entry.row.isGroup ? findingsOf(index) : QList<int>{entry.row.index})
            if (const NodeId node = entry.row.list->findings[static_cast<size_t>(finding)].node; node.isValid())
                nodes.insert(node.index);
        return QVariant::fromValue(QList<quint32>(nodes.begin(), nodes.end()));
    }
    case HasFixRole: {
        if (entry.row.isGroup)
            return !groupText(entry, Fix).isEmpty();
        const bool canSetShape = entry.row.finding().severity == Severity::Undecided;
        return !entry.row.list->isIgnored(entry.row.index) && (canSetShape || entry.row.list->fixOf(entry.row.index) != nullptr);
    }
    default: return {};
    }
}

QVariant FindingsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Where: return tr("Where");
    case Operator: return tr("Operator");
    case Message: return tr("Finding");
    case Found: return tr("Found");
    case Allowed: return tr("Allowed");
    case Advice: return tr("What to do");
    case Other: return m_list && !m_list->otherMarch.isEmpty() ? tr("On %1").arg(m_list->otherMarch) : tr("Elsewhere");
    case Fix: return tr("Fix");
    default: return QString();
    }
}

QList<int> FindingsModel::findingsOf(const QModelIndex& index) const
{
    QList<int> found;
    const std::function<void(const Entry&)> collect = [&](const Entry& entry) {
        if (entry.parent && !entry.row.isGroup)
            found.append(entry.row.index);
        for (const auto& child : entry.children)
            collect(*child);
    };
    collect(*entryOf(index));
    return found;
}

QModelIndexList FindingsModel::leaves() const
{
    QModelIndexList found;
    const std::function<void(const Entry&)> collect = [&](const Entry& entry) {
        if (entry.parent && !entry.row.isGroup)
            found.append(indexOf(entry));
        for (const auto& child : entry.children)
            collect(*child);
    };
    collect(*m_root);
    return found;
}

QModelIndex FindingsModel::indexOf(int finding) const
{
    for (const QModelIndex& leaf : leaves())
        if (entryOf(leaf)->row.index == finding)
            return leaf;
    return {};
}

QModelIndex FindingsModel::indexOfNode(NodeId node) const
{
    for (const QModelIndex& leaf : leaves())
        if (entryOf(leaf)->row.finding().node == node)
            return leaf;
    return {};
}

} // namespace bpu::views
