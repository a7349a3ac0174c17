// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Tells when the open file changed on disk: written in place, or replaced by a rename as exporters and
// editors do. A burst of writes is one signal, sent when the file has been quiet for a moment.
#pragma once

#include <QDateTime>
#include <QFileSystemWatcher>
#include <QObject>
#include <QString>
#include <QTimer>

namespace bpu::gui {

class FileWatch : public QObject {
    Q_OBJECT
public:
    explicit FileWatch(QObject* parent = nullptr);

    /// Watches `path` from its present content on; an empty path watches nothing.
    void setPath(const QString& path);
    /// How long the file has to be quiet.
    void setQuietMs(int milliseconds) { m_timer.setInterval(milliseconds); }

Q_SIGNALS:
    void fileChanged(const QString& path);

private:
    struct Stamp {
        QDateTime time;
        qint64 size = -1;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    Stamp stamp() const;
    void settle();
    void watchAgain();

    QString m_path;
    Stamp m_known;   ///< the content that is open
    Stamp m_pending; ///< the content at the last change
    QFileSystemWatcher m_watcher;
    QTimer m_timer;
};

} // namespace bpu::gui
