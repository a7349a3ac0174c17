// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/theme/style_sheet.h"

#include <QFile>

namespace bpu::views {

QString styleSheet(const Colors& colors)
{
    QFile file(QStringLiteral(":/themes/style.qss"));
    const bool opened = file.open(QIODevice::ReadOnly);
    BPU_ASSERT(opened);
    QString sheet = QString::fromUtf8(file.readAll());
    for (size_t i = 0; i < kTokenCount; ++i)
        sheet.replace(QStringLiteral("@%1@").arg(name(static_cast<Token>(i))), colors[i].name());
    return sheet;
}

} // namespace bpu::views
