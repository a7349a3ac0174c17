// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The bar over the graph that says what went wrong, with Copy and close; never a modal box. The newest sentence
// replaces the one before.
#pragma once

#include "views/theme/theme.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace bpu::views {

class MessageBar : public QWidget {
    Q_OBJECT

public:
    explicit MessageBar(const Theme& theme, QWidget* parent = nullptr);

    /// action: text of one more button, for the cure ("Reload"); empty for none.
    void showMessage(Severity severity, const QString& text, const QString& action = {});
    QString text() const;

Q_SIGNALS:
    void actionTriggered();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    Severity m_severity = Severity::Error;
    QLabel* m_text;
    QPushButton* m_action;
};

} // namespace bpu::views
