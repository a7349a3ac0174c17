// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The layers of a comparison as rows, the order and filter over them, and what stands alone as rows of its own.
#pragma once

#include "passes/compare/compare.h"
#include "views/theme/theme.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

namespace bpu::views {

using ComparisonPtr = std::shared_ptr<const passes::Comparison>;

class LayerModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Mark, Number, Layer, Operator, Similarity, L1, L2, MaxError, Sqnr, ColumnCount };
    /// SortRole: what is compared, worse numbers below better ones; not-a-numbers are the worst. BelowRole: whether the layer
    /// is below the limit.
    enum Role { SortRole = Qt::UserRole, BelowRole };

    explicit LayerModel(const Theme& theme, QObject* parent = nullptr);

    void setComparison(ComparisonPtr comparison);
    void setLimit(double limit);
    const passes::LayerComparison& layer(int row) const { return m_comparison->layers[static_cast<size_t>(row)]; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString text(int row, int column) const;
    QVariant sortKey(int row, int column) const;
    bool isBelow(int row) const { return !(layer(row).metrics.cosine >= m_limit); }

    const Theme& m_theme;
    ComparisonPtr m_comparison;
    double m_limit = 0.99;
};

/// Words that must all occur in name or operator, and only layers below the limit when asked for.
class LayerFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit LayerFilter(QObject* parent = nullptr);
    void setWords(const QString& text);
    void setOnlyBelow(bool only);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QStringList m_words;
    bool m_onlyBelow = false;
};

/// What was not compared: model, node, why.
class AloneModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Model, Node, Reason, ColumnCount };

    explicit AloneModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
    /// titles: what the user calls A and B.
    void setComparison(ComparisonPtr comparison, const QString& titleA, const QString& titleB);
    const passes::Unmatched& at(int row) const { return m_comparison->unmatched[static_cast<size_t>(row)]; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    ComparisonPtr m_comparison;
    QString m_titles[2];
};

} // namespace bpu::views
