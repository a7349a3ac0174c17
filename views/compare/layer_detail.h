// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One layer in full: both histograms and the figures of both sides.
#pragma once

#include "passes/compare/compare.h"
#include "views/theme/theme.h"

#include <QWidget>

class QGridLayout;
class QLabel;

namespace bpu::views {

class ElidedLabel;
class HistogramPlot;

class LayerDetail : public QWidget {
    Q_OBJECT

public:
    explicit LayerDetail(const Theme& theme, QWidget* parent = nullptr);

    /// titles: what the user calls A and B. Null clears it.
    void setLayer(const passes::LayerComparison* layer, const QString& titleA, const QString& titleB);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void addLegend();
    void clearRows();
    void addRow(const QString& what, const QStringList& numbers);
    void fill();

    const Theme& m_theme;
    passes::LayerComparison m_layer;
    bool m_hasLayer = false;
    QString m_titles[2];
    ElidedLabel* m_name;
    QLabel* m_shape;
    ElidedLabel* m_legend[2];
    HistogramPlot* m_plot;
    QWidget* m_body;
    QGridLayout* m_rows;
};

} // namespace bpu::views
