// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One histogram as bars, and a second one over the same bins as an outline.
#pragma once

#include "passes/compare/metrics.h"
#include "views/theme/theme.h"

#include <QWidget>

namespace bpu::views {

class HistogramPlot : public QWidget {
    Q_OBJECT

public:
    explicit HistogramPlot(const Theme& theme, QWidget* parent = nullptr);

    /// `outline` may be empty; else it has the bins of `bars`. what: read out in front of the numbers.
    void setData(const QString& what, passes::Histogram bars, passes::Histogram outline = {});
    /// Whether heights are logarithms: where one bin holds most of the numbers, the rest would be invisible.
    bool isLogarithmic() const { return m_isLogarithmic; }
    QSize sizeHint() const override { return {220, 150}; }
    QSize minimumSizeHint() const override { return {120, 90}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRectF plotRect() const;
    double heightOf(uint64_t count) const;
    void paintBars(QPainter& painter, const QRectF& plot) const;
    void paintOutline(QPainter& painter, const QRectF& plot) const;
    void paintAxis(QPainter& painter, const QRectF& plot) const;
    int binAt(QPoint position) const;

    const Theme& m_theme;
    passes::Histogram m_bars;
    passes::Histogram m_outline;
    uint64_t m_most = 0;
    bool m_isLogarithmic = false;
};

/// A number of an axis or a table: four significant digits, "1.25e-05" where it needs it; "nan", "inf".
QString numberText(double number);

} // namespace bpu::views
