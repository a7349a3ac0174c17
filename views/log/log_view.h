// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What happened, a line each with its time. And the jobs: what runs, what ended, how to stop it.
#pragma once

#include "views/theme/theme.h"

#include <QAbstractTableModel>
#include <QPlainTextEdit>
#include <QString>
#include <QTreeView>

#include <vector>

namespace bpu::views {

class LogView : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit LogView(const Theme& theme, QWidget* parent = nullptr);
    void append(const QString& line);
};

/// One job as the list shows it.
struct JobRow {
    enum class State { Waiting, Running, Done, Failed, Stopped };
    quint64 id = 0;
    QString name;
    State state = State::Waiting;
    double fraction = 0;
    QString step;
    QString message;
    qint64 elapsedMs = 0;
    bool isActive() const { return state == State::Waiting || state == State::Running; }
};

/// "31 of 54, 40 s left", "1.2 s", or the sentence of a failed job.
QString jobText(const JobRow& job);

class JobsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Progress, Result, Action, ColumnCount };
    explicit JobsModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// Rows keep their place as long as the jobs only change or are added and removed.
    void setJobs(const std::vector<JobRow>& jobs);
    const JobRow& job(int row) const { return m_jobs[static_cast<size_t>(row)]; }
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_jobs.size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<JobRow> m_jobs;
};

class JobsView : public QTreeView {
    Q_OBJECT
public:
    explicit JobsView(const Theme& theme, QWidget* parent = nullptr);
    void setJobs(const std::vector<JobRow>& jobs) { m_model->setJobs(jobs); }

Q_SIGNALS:
    void stopRequested(quint64 id);
    /// Takes an ended job off the list.
    void dismissRequested(quint64 id);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void act(const QModelIndex& index);
    JobsModel* m_model;
};

} // namespace bpu::views
