// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The head of a docked panel: its name bold, small buttons at the right.
#pragma once

#include "views/theme/theme.h"

#include <QWidget>

class QHBoxLayout;
class QToolButton;

namespace bpu::views {

class PanelTitle : public QWidget {
    Q_OBJECT
public:
    PanelTitle(const Theme& theme, const QString& text, QWidget* parent = nullptr);

    /// tip: what it does, also its accessible name.
    QToolButton* addButton(const QIcon& icon, const QString& tip);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    QHBoxLayout* m_layout;
};

} // namespace bpu::views
