// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The bottom dock: a row of tabs that also holds the controls of the tab on show, and a fold button.
#pragma once

#include "views/theme/theme.h"

#include <QWidget>

class QHBoxLayout;
class QStackedWidget;
class QTabBar;
class QToolButton;

namespace bpu::gui {

class BottomPane : public QWidget {
    Q_OBJECT
public:
    explicit BottomPane(const views::Theme& theme, QWidget* parent = nullptr);

    static constexpr int kFoldedHeight = 34;
    /// controls: shown in the tab row while the page is; may be null.
    int addPage(QWidget* page, const QString& title, QWidget* controls = nullptr);
    void setNote(int index, const QString& title, const QString& note);
    void show(int index);
    int current() const;
    bool isFolded() const { return m_folded; }
    void setFolded(bool folded);

Q_SIGNALS:
    void foldedChanged(bool folded);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const views::Theme& m_theme;
    QTabBar* m_tabs;
    QHBoxLayout* m_row;
    QStackedWidget* m_pages;
    QToolButton* m_fold;
    QList<QWidget*> m_controls;
    bool m_folded = false;
};

} // namespace bpu::gui
