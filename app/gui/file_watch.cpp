// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/file_watch.h"

#include <QFileInfo>

namespace bpu::gui {

constexpr int kQuietMs = 300;

FileWatch::FileWatch(QObject* parent) : QObject(parent)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(kQuietMs);
    const auto touched = [this] {
        m_pending = stamp();
        m_timer.start();
    };
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, touched);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, touched);
    connect(&m_timer, &QTimer::timeout, this, &FileWatch::settle);
}

void FileWatch::setPath(const QString& path)
{
    if (!m_watcher.files().isEmpty())
        m_watcher.removePaths(m_watcher.files());
    if (!m_watcher.directories().isEmpty())
        m_watcher.removePaths(m_watcher.directories());
    m_timer.stop();
    m_path = path;
    m_known = stamp();
    watchAgain();
}

FileWatch::Stamp FileWatch::stamp() const
{
    const QFileInfo info(m_path);
    return info.exists() ? Stamp{info.lastModified(), info.size()} : Stamp{};
}

/// A file that was replaced is a new file: its watch is gone, the folder's stays.
void FileWatch::watchAgain()
{
    if (m_path.isEmpty())
        return;
    const QFileInfo info(m_path);
    if (info.exists() && !m_watcher.files().contains(m_path))
        m_watcher.addPath(m_path);
    if (!m_watcher.directories().contains(info.absolutePath()))
        m_watcher.addPath(info.absolutePath());
}

void FileWatch::settle()
{
    watchAgain();
    const Stamp now = stamp();
    if (now != m_pending) {
        m_pending = now;
        m_timer.start();
        return;
    }
    if (now.size < 0 || now == m_known)
        return;
    m_known = now;
    Q_EMIT fileChanged(m_path);
}

} // namespace bpu::gui
