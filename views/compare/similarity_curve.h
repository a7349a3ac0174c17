// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The similarity of every layer in execution order, with the limit as a dashed line. The table beside it is
// its text form; Left and Right go from layer to layer.
#pragma once

#include "passes/compare/compare.h"
#include "views/theme/theme.h"

#include <QWidget>

namespace bpu::views {

using ComparisonPtr = std::shared_ptr<const passes::Comparison>;

class SimilarityCurve : public QWidget {
    Q_OBJECT

public:
    explicit SimilarityCurve(const Theme& theme, QWidget* parent = nullptr);

    void setComparison(ComparisonPtr comparison);
    void setLimit(double limit);
    /// Index of the layer, or -1. Does not emit.
    void setCurrent(int layer);
    int current() const { return m_current; }
    /// The layer whose point is nearest in x; -1 without layers.
    int layerAt(double x) const;
    /// Where the point of a layer is painted.
    QPointF pointOf(int layer) const;
    QSize sizeHint() const override { return {640, 190}; }
    QSize minimumSizeHint() const override { return {240, 110}; }

Q_SIGNALS:
    /// By the user.
    void picked(int layer);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    int count() const { return m_comparison ? static_cast<int>(m_comparison->layers.size()) : 0; }
    double similarity(int layer) const { return m_comparison->layers[static_cast<size_t>(layer)].metrics.cosine; }
    bool isBelow(int layer) const { return !(similarity(layer) >= m_limit); }
    QRectF plotRect() const;
    double yOf(double similarity) const;
    void findRange();
    void pick(int layer);
    void paintGrid(QPainter& painter, const QRectF& plot) const;
    void paintNames(QPainter& painter, const QRectF& plot) const;
    void paintLine(QPainter& painter, const QRectF& plot) const;
    void paintPoints(QPainter& painter) const;
    void paintCurrent(QPainter& painter, const QRectF& plot) const;

    const Theme& m_theme;
    ComparisonPtr m_comparison;
    double m_limit = 0.99;
    double m_low = 0.98;   ///< similarity at the lower edge; the upper is 1
    double m_step = 0.005; ///< between two grid lines
    int m_current = -1;
    int m_hovered = -1;
};

} // namespace bpu::views
