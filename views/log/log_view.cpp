// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/log/log_view.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QTime>

namespace bpu::views {

constexpr int kMaxLines = 5000;

LogView::LogView(const Theme& theme, QWidget* parent) : QPlainTextEdit(parent)
{
    setObjectName(QStringLiteral("log"));
    setAccessibleName(tr("Log"));
    setReadOnly(true);
    setFont(theme.monoFont());
    setMaximumBlockCount(kMaxLines);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setPlaceholderText(tr("Nothing happened yet"));
}

void LogView::append(const QString& line)
{
    appendPlainText(QTime::currentTime().toString(QStringLiteral("HH:mm:ss  ")) + line);
}

QString jobText(const JobRow& job)
{
    const auto seconds = [](double ms) {
        return ms < 9950 ? QString::number(ms / 1000, 'f', 1) : QString::number(static_cast<int>(ms / 1000 + 0.5));
    };
    switch (job.state) {
    case JobRow::State::Waiting: return JobsModel::tr("waiting");
    case JobRow::State::Done: return JobsModel::tr("done in %1 s").arg(seconds(static_cast<double>(job.elapsedMs)));
    case JobRow::State::Failed: return job.message;
    case JobRow::State::Stopped: return JobsModel::tr("stopped");
    case JobRow::State::Running: break;
    }
    constexpr double kEnoughToGuess = 0.05;
    if (job.fraction < kEnoughToGuess)
        return job.step;
    const double left = static_cast<double>(job.elapsedMs) * (1 - job.fraction) / job.fraction;
    const QString time = JobsModel::tr("%1 s left").arg(seconds(left));
    return job.step.isEmpty() ? time : JobsModel::tr("%1, %2").arg(job.step, time);
}

void JobsModel::setJobs(const std::vector<JobRow>& jobs)
{
    for (int row = rowCount() - 1; row >= 0; --row) {
        const quint64 id = job(row).id;
        if (std::any_of(jobs.begin(), jobs.end(), [id](const JobRow& other) { return other.id == id; }))
            continue;
        beginRemoveRows({}, row, row);
        m_jobs.erase(m_jobs.begin() + row);
        endRemoveRows();
    }
    for (size_t row = 0; row < jobs.size(); ++row) {
        if (row < m_jobs.size()) {
            m_jobs[row] = jobs[row];
            continue;
        }
        beginInsertRows({}, static_cast<int>(row), static_cast<int>(row));
        m_jobs.push_back(jobs[row]);
        endInsertRows();
    }
    if (!m_jobs.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

QVariant JobsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || role != Qt::DisplayRole)
        return {};
    const JobRow& row = job(index.row());
    switch (index.column()) {
    case Name: return row.name;
    case Progress: return row.isActive() ? tr("%1 %").arg(static_cast<int>(row.fraction * 100)) : QString();
    case Result: return jobText(row);
    case Action: return row.isActive() ? tr("Stop") : tr("Close");
    default: return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name: return tr("Job");
    case Progress: return tr("Progress");
    case Result: return tr("Result");
    default: return QString();
    }
}

JobsView::JobsView(const Theme& theme, QWidget* parent) : QTreeView(parent), m_model(new JobsModel(this))
{
    setObjectName(QStringLiteral("jobs"));
    setAccessibleName(tr("Jobs"));
    setModel(m_model);
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    header()->setFont(theme.hintFont());
    header()->setStretchLastSection(false);
    header()->resizeSection(JobsModel::Name, 260);
    header()->resizeSection(JobsModel::Progress, 90);
    header()->resizeSection(JobsModel::Action, 70);
    header()->setSectionResizeMode(JobsModel::Result, QHeaderView::Stretch);
    connect(this, &QAbstractItemView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == JobsModel::Action)
            act(index);
    });
}

void JobsView::act(const QModelIndex& index)
{
    const JobRow& job = m_model->job(index.row());
    if (job.isActive())
        Q_EMIT stopRequested(job.id);
    else
        Q_EMIT dismissRequested(job.id);
}

void JobsView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Delete && currentIndex().isValid())
        act(currentIndex());
    else
        QTreeView::keyPressEvent(event);
}

} // namespace bpu::views
