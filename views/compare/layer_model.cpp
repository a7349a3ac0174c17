// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/compare/layer_model.h"

#include "passes/compare/report.h"
#include "views/theme/marks.h"

#include <algorithm>
#include <cmath>

namespace bpu::views {

static QString fromUtf8(const std::string& text)
{
    return QString::fromStdString(text);
}

LayerModel::LayerModel(const Theme& theme, QObject* parent) : QAbstractTableModel(parent), m_theme(theme) {}

void LayerModel::setComparison(ComparisonPtr comparison)
{
    beginResetModel();
    m_comparison = std::move(comparison);
    endResetModel();
}

void LayerModel::setLimit(double limit)
{
    m_limit = limit;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int LayerModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_comparison ? 0 : static_cast<int>(m_comparison->layers.size());
}

int LayerModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString LayerModel::text(int row, int column) const
{
    const passes::LayerComparison& shown = layer(row);
    const passes::LayerMetrics& m = shown.metrics;
    switch (column) {
    case Number: return QString::number(row + 1);
    case Layer: return fromUtf8(shown.name);
    case Operator: return fromUtf8(shown.title);
    case Similarity: return fromUtf8(passes::similarityText(m.cosine));
    case L1: return fromUtf8(passes::errorText(m.l1));
    case L2: return fromUtf8(passes::errorText(m.l2));
    case MaxError: return fromUtf8(passes::errorText(m.maxError));
    case Sqnr: return fromUtf8(passes::sqnrText(m.sqnrDb));
    default: return {};
    }
}

QVariant LayerModel::sortKey(int row, int column) const
{
    const passes::LayerMetrics& m = layer(row).metrics;
    const auto good = [](double x) { return std::isnan(x) ? -INFINITY : x; };
    const auto bad = [](double x) { return std::isnan(x) ? INFINITY : x; };
    switch (column) {
    case Number: return row;
    case Mark:
    case Similarity: return good(m.cosine);
    case L1: return bad(m.l1);
    case L2: return bad(m.l2);
    case MaxError: return bad(m.maxError);
    case Sqnr: return good(m.sqnrDb);
    default: return text(row, column);
    }
}

QVariant LayerModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole: return text(index.row(), column);
    case Qt::DecorationRole: return column == Mark && isBelow(index.row()) ? QVariant(markIcon(Severity::Warning, m_theme)) : QVariant();
    case Qt::TextAlignmentRole: return static_cast<int>((column == Number || column >= Similarity ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::FontRole: return column == Number || column >= Similarity ? m_theme.monoFont() : m_theme.bodyFont();
    case Qt::ForegroundRole: return column == Number || column == Operator ? QVariant(m_theme.color(Token::Muted)) : QVariant();
    case Qt::ToolTipRole:
        return column == Layer ? tr("%1, in B %2, matched by %3").arg(fromUtf8(layer(index.row()).name), fromUtf8(layer(index.row()).nameB),
                                                                     fromUtf8(std::string(passes::word(layer(index.row()).match.by))))
                               : text(index.row(), column);
    case Qt::AccessibleTextRole: return column == Mark ? (isBelow(index.row()) ? tr("below the limit") : QString()) : text(index.row(), column);
    case SortRole: return sortKey(index.row(), column);
    case BelowRole: return isBelow(index.row());
    default: return {};
    }
}

QVariant LayerModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const bool isNumber = section == Number || section >= Similarity;
    switch (role) {
    case Qt::DisplayRole: {
        const QString titles[] = {QString(), tr("#"), tr("Layer"), tr("Operator"), tr("Similarity"), tr("L1"), tr("L2"), tr("Max error"), tr("SQNR, dB")};
        return titles[section];
    }
    case Qt::ToolTipRole: {
        const QString tips[] = {tr("Below the limit"), tr("Place in the execution order"), tr("Name in A"), tr("Operator of B: it says what fused"),
                                tr("Cosine similarity; 1 is equal up to a factor"), tr("Mean of |a - b|"), tr("Root of the mean of (a - b)²"),
                                tr("Largest |a - b|"), tr("10 log10(sum of a² / sum of (a - b)²); inf when equal")};
        return tips[section];
    }
    case Qt::TextAlignmentRole: return static_cast<int>((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    // The first click shows the worst.
    case Qt::InitialSortOrderRole: return section == L1 || section == L2 || section == MaxError ? Qt::DescendingOrder : Qt::AscendingOrder;
    default: return {};
    }
}

LayerFilter::LayerFilter(QObject* parent) : QSortFilterProxyModel(parent)
{
    setSortRole(LayerModel::SortRole);
    setSortCaseSensitivity(Qt::CaseInsensitive);
}

void LayerFilter::setWords(const QString& text)
{
    m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

void LayerFilter::setOnlyBelow(bool only)
{
    m_onlyBelow = only;
    invalidateFilter();
}

bool LayerFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const QAbstractItemModel& model = *sourceModel();
    if (m_onlyBelow && !model.index(row, 0, parent).data(LayerModel::BelowRole).toBool())
        return false;
    const QString text = model.index(row, LayerModel::Layer, parent).data().toString() + QLatin1Char(' ') + model.index(row, LayerModel::Operator, parent).data().toString();
    return std::ranges::all_of(m_words, [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

void AloneModel::setComparison(ComparisonPtr comparison, const QString& titleA, const QString& titleB)
{
    beginResetModel();
    m_comparison = std::move(comparison);
    m_titles[0] = titleA;
    m_titles[1] = titleB;
    endResetModel();
}

int AloneModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_comparison ? 0 : static_cast<int>(m_comparison->unmatched.size());
}

int AloneModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant AloneModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid) || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const passes::Unmatched& alone = at(index.row());
    switch (index.column()) {
    case Model: return m_titles[alone.inA ? 0 : 1];
    case Node: return fromUtf8((alone.inA ? m_comparison->a : m_comparison->b)->node(alone.node).name);
    default: return fromUtf8(alone.text);
    }
}

QVariant AloneModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= ColumnCount)
        return {};
    const QString titles[] = {tr("Model"), tr("Node"), tr("Why it is not compared")};
    return titles[section];
}

} // namespace bpu::views
