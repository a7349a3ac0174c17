// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The first page: where to drop a model, what was open last, the samples.
#pragma once

#include "views/theme/theme.h"

#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace bpu::views {

/// One file of a list. result: "4 errors on Bernoulli2"; when: "today, 14:02".
struct StartEntry {
    QString path;
    QString name;
    QString detail;
    QString result;
    QString when;
};

class StartPage : public QWidget {
    Q_OBJECT
public:
    explicit StartPage(const Theme& theme, QWidget* parent = nullptr);

    void setRecent(const std::vector<StartEntry>& entries);
    void setSamples(const std::vector<StartEntry>& entries);

Q_SIGNALS:
    void openRequested();
    void fileChosen(const QString& path);
    void clearRecentRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* makeDropZone();
    QWidget* makeHints();

    const Theme& m_theme;
    class StartList* m_recent;
    StartList* m_samples;
    QString m_firstSample;
};

/// A titled list of files; each row is a button.
class StartList : public QWidget {
    Q_OBJECT
public:
    StartList(const Theme& theme, const QString& title, const QString& note, QLatin1StringView icon, QWidget* parent);
    void setEntries(const std::vector<StartEntry>& entries, const QString& emptyText);

Q_SIGNALS:
    void chosen(const QString& path);
    void noteClicked();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    QLatin1StringView m_icon;
    QVBoxLayout* m_rows;
};

} // namespace bpu::views
