// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One finding in the inspector: sentence, found, allowed, what to do, and its buttons.
#pragma once

#include "views/theme/theme.h"
#include "views/widgets/finding_list.h"

#include <QWidget>

namespace bpu::views {

class FindingCard : public QWidget {
    Q_OBJECT
public:
    FindingCard(const Theme& theme, const FindingList& list, int index, QWidget* parent);

Q_SIGNALS:
    void applyClicked(int finding);
    void previewClicked(int finding);
    void ignoreClicked(int finding);
    void shapeClicked();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QLayout* facts(const FindingList& list, const Finding& finding);
    QLayout* buttons(const FindingList& list, const Finding& finding, int index);

    const Theme& m_theme;
    Severity m_severity;
};

} // namespace bpu::views
