// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The rows of the diagnostics: a tree view whose columns share the width that there is.
#pragma once

#include "views/diagnostics/findings_delegate.h"
#include "views/diagnostics/findings_model.h"

#include <QTreeView>

namespace bpu::views {

class FindingsTable : public QTreeView {
    Q_OBJECT

public:
    FindingsTable(const Theme& theme, FindingsModel* model, QWidget* parent = nullptr);

Q_SIGNALS:
    void fixClicked(const QModelIndex& index);
    /// Enter, Space, Delete on the current row.
    void activatedByKey();
    void previewWanted();
    void ignoreWanted();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fitColumns();
    int wantedWidth(int column) const;

    const Theme& m_theme;
    bool m_widthsByHand = false; ///< the user dragged a border: widths are his from then on
    bool m_fitting = false;
};

} // namespace bpu::views
