// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A filter button of the diagnostics header: severity mark and count, "4 errors". On: findings of this
// severity are listed.
#pragma once

#include "views/theme/theme.h"

#include <QAbstractButton>

namespace bpu::views {

class SeverityToggle : public QAbstractButton {
    Q_OBJECT

public:
    SeverityToggle(Severity severity, const Theme& theme, QWidget* parent = nullptr);

    void setCount(size_t count);
    Severity severity() const { return m_severity; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Severity m_severity;
    const Theme& m_theme;
    size_t m_count = 0;
};

/// "1 error", "4 errors", "28 advice", "0 undecided".
QString countText(size_t count, Severity severity);

} // namespace bpu::views
