// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Paints the cells of the diagnostics: marks, mono figures, the fix button. Nothing is a widget of its own.
#pragma once

#include "views/theme/theme.h"

#include <QStyledItemDelegate>

namespace bpu::views {

class FindingsDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit FindingsDelegate(const Theme& theme, QObject* parent = nullptr);

    static constexpr int kRowHeight = 25;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index) override;

Q_SIGNALS:
    void fixClicked(const QModelIndex& index);

private:
    void paintText(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintOther(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintButton(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;

    const Theme& m_theme;
};

} // namespace bpu::views
