// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A combo box whose arrow is the theme's chevron: a style sheet cannot color one.
#pragma once

#include "views/theme/theme.h"

#include <QComboBox>

namespace bpu::views {

class ComboBox : public QComboBox {
    Q_OBJECT

public:
    explicit ComboBox(const Theme& theme, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
    void paintChevron(QPainter& painter) const;
    const Theme& theme() const { return m_theme; }

private:
    const Theme& m_theme;
};

/// The march and, muted, its board: both in the closed field, in two columns in the popup.
class MarchSelector : public ComboBox {
    Q_OBJECT

public:
    explicit MarchSelector(const Theme& theme, QWidget* parent = nullptr);

    void addMarch(const QString& title, const QString& board, const QString& name);
    /// The march's name of the current entry, "bayes".
    QString currentMarch() const;
    void setCurrentMarch(const QString& name);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }
    void showPopup() override;

Q_SIGNALS:
    /// By the user.
    void marchChosen(const QString& name);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString board(int row) const;
};

} // namespace bpu::views
