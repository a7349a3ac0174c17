// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which files were open, with their last result; and where the samples are. Kept in the settings.
#pragma once

#include "views/start/start_page.h"

#include <QObject>
#include <QSettings>

namespace bpu::gui {

class RecentFiles : public QObject {
    Q_OBJECT
public:
    explicit RecentFiles(QSettings& settings, QObject* parent = nullptr) : QObject(parent), m_settings(settings) {}

    /// Puts the file on top; an empty result keeps the one before.
    void note(const QString& path, const QString& result);
    void clear();
    /// Files that still exist, newest first.
    std::vector<views::StartEntry> entries() const;

Q_SIGNALS:
    void changed();

private:
    QSettings& m_settings;
};

/// The samples folder beside the program, where it is installed, or in the source tree; empty when there is none.
QString samplesFolder();
std::vector<views::StartEntry> samples();

} // namespace bpu::gui
