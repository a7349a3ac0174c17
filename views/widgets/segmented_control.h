// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A row of joined choices of which one is on: view switch, Color by, Group by.
#pragma once

#include "views/theme/theme.h"

#include <QAbstractButton>
#include <QList>

namespace bpu::views {

class Segment;

class SegmentedControl : public QWidget {
    Q_OBJECT

public:
    /// name: what the choice is about, read out before the chosen segment ("Color by").
    SegmentedControl(const Theme& theme, const QString& name, QWidget* parent = nullptr);

    /// Returns its index. icon: a name of resources/icons, or empty.
    int addSegment(const QString& text, QLatin1StringView icon = {});
    void setSegmentEnabled(int index, bool enabled, const QString& toolTip = {});
    /// Where the room is short only the chosen segment keeps its text; the others need icons.
    void setCompact(bool compact);
    /// Does not emit.
    void setCurrent(int index);
    int current() const;
    int count() const { return static_cast<int>(m_segments.size()); }

Q_SIGNALS:
    /// By the user.
    void chosen(int index);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    const Theme& m_theme;
    QList<Segment*> m_segments;
};

/// One choice; painted, so that it looks the same in both themes at every scale.
class Segment : public QAbstractButton {
    Q_OBJECT

public:
    Segment(const Theme& theme, const QString& text, QLatin1StringView icon, QWidget* parent);
    QSize sizeHint() const override;
    void setCompact(bool compact);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void checkStateSet() override { updateGeometry(); }
    bool event(QEvent* event) override;

private:
    bool hasText() const { return !m_compact || isChecked() || m_icon.isNull(); }
    QFont font(bool bold) const;

    const Theme& m_theme;
    QIcon m_icon;
    QIcon m_accentIcon;
    bool m_compact = false;
};

} // namespace bpu::views
