// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The two small questions of the diagnostics. Neither blocks the window; both delete themselves.
#pragma once

#include "views/widgets/finding_list.h"

#include <QDialog>
#include <QList>

namespace bpu::views {

/// Lists the fixes with a check box each; one undo step.
class FixListDialog : public QDialog {
    Q_OBJECT
public:
    FixListDialog(const FindingList& list, const QList<int>& findings, QWidget* parent);

Q_SIGNALS:
    void chosen(const QList<int>& findings);
};

/// Why a finding is ignored; the reason is never empty.
class ReasonDialog : public QDialog {
    Q_OBJECT
public:
    ReasonDialog(const QString& title, QWidget* parent);

Q_SIGNALS:
    void chosen(const QString& reason);
};

} // namespace bpu::views
