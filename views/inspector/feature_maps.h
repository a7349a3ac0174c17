// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pictures of an activation's channels in a grid, a row of numbers as a curve, ranges by channel as bars.
#pragma once

#include "passes/values/values.h"
#include "views/theme/theme.h"

#include <QImage>
#include <QList>
#include <QWidget>

namespace bpu::views {

/// Every channel a gray picture, as many in a row as fit; a click or Enter enlarges the one that is chosen.
class FeatureMaps : public QWidget {
    Q_OBJECT

public:
    FeatureMaps(const Theme& theme, const passes::TensorSummary& summary, QWidget* parent = nullptr);

    int count() const { return static_cast<int>(m_images.size()); }
    int current() const { return m_current; }
    QRect cellRect(int channel) const;
    const QImage& image(int channel) const { return m_images[channel]; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return {240, heightForWidth(240)}; }
    QSize minimumSizeHint() const override { return {80, 40}; }

Q_SIGNALS:
    void activated(int channel);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Grid {
        int columns = 1;
        QSize cell;
    };
    Grid grid(int width) const;

    const Theme& m_theme;
    QList<QImage> m_images;
    int m_current = 0;
};

/// Numbers in order as a curve with zero line; or low and high of every place as a bar.
class NumberPlot : public QWidget {
    Q_OBJECT

public:
    NumberPlot(const Theme& theme, const std::vector<float>& numbers, QWidget* parent = nullptr);
    NumberPlot(const Theme& theme, std::vector<passes::Range> ranges, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {220, 96}; }
    QSize minimumSizeHint() const override { return {100, 70}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    void findRange();
    QRectF plotRect() const;

    const Theme& m_theme;
    std::vector<passes::Range> m_ranges;
    bool m_isCurve;
    double m_low = 0;
    double m_high = 0;
};

} // namespace bpu::views
