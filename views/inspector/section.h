// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One section of the inspector: a head that folds, a grid of name and value below it.
#pragma once

#include "views/theme/theme.h"

#include <QWidget>

class QGridLayout;
class QLabel;
class QToolButton;

namespace bpu::views {

/// A wrapped, selectable, plain text; long dotted names break at their dots instead of widening the panel.
QLabel* textLabel(const QString& text, const QFont& font, const QColor& color, QWidget* parent);

class Section : public QWidget {
    Q_OBJECT
public:
    /// key: stable name under which the folded state is remembered.
    Section(const Theme& theme, const QString& key, const QString& title, const QString& note, QWidget* parent);

    void setFolded(bool folded);
    static constexpr int kNoMark = -2;
    static constexpr int kTick = -1;
    /// Name, then values in mono. mark: a Severity as a number, kTick or kNoMark.
    void addRow(const QStringList& cells, int mark = kNoMark, const QString& toolTip = {});
    /// The second cell is a link; `target` comes back in linkActivated. An empty target is plain text.
    void addLinkRow(const QString& name, const QString& text, const QString& target, const QStringList& cells);
    void addText(const QString& text);
    void addWidget(QWidget* widget);

Q_SIGNALS:
    void foldedChanged(const QString& key, bool folded);
    void linkActivated(const QString& target);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void addCells(const QStringList& cells, int row, int column);

    const Theme& m_theme;
    QString m_key;
    QToolButton* m_head;
    QWidget* m_body;
    QGridLayout* m_grid;
};

} // namespace bpu::views
