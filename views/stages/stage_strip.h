// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The pipeline strip: Float > Fused > QAT > Quantized > Compiled as tabs. A tab shows the stage's mark,
// its name and one line of fact; the window fills the right side with undo, redo and the view switch.
#pragma once

#include "views/theme/theme.h"

#include <QAbstractButton>

class QHBoxLayout;

namespace bpu::views {

struct StageInfo {
    enum class State : uint8_t { NotMade, Made, OutOfDate, Running, Failed };
    State state = State::NotMade;
    QString fact;                           ///< "70 operators"
    QString alert;                          ///< follows the fact in the color of `severity`: "4 errors"
    Severity severity = Severity::Error;
    QString toolTip;                        ///< what the click does, or the sentence of the failure
};

class StageTab : public QAbstractButton {
    Q_OBJECT

public:
    StageTab(const Theme& theme, const QString& name, bool last, QWidget* parent);

    void setInfo(const StageInfo& info);
    /// underlined: one of the two of Compare; current: the one on screen.
    void setShown(bool current, bool underlined);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintState(QPainter& painter, const QRectF& rect) const;
    void updateNames();

    const Theme& m_theme;
    StageInfo m_info;
    bool m_last;
    bool m_current = false;
    bool m_underlined = false;
};

class StageStrip : public QWidget {
    Q_OBJECT

public:
    explicit StageStrip(const Theme& theme, QWidget* parent = nullptr);

    static constexpr int kCount = 5;
    void setStage(int index, const StageInfo& info);
    /// second: the other stage of Compare, or -1.
    void setCurrent(int index, int second = -1);
    int current() const { return m_current; }
    /// Widgets at the right end, in order.
    void addRight(QWidget* widget);

Q_SIGNALS:
    void stageClicked(int index);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    std::array<StageTab*, kCount> m_tabs{};
    QHBoxLayout* m_layout;
    int m_current = -1;
};

} // namespace bpu::views
