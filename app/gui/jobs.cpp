// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/jobs.h"

#include <QElapsedTimer>

#include <algorithm>
#include <atomic>
#include <mutex>

namespace bpu::gui {

constexpr int kPollMs = 80;
constexpr size_t kKeptJobs = 100;

struct JobQueue::Job {
    JobInfo info;
    std::stop_source stop;
    bool dropped = false; ///< a newer request took its place: nobody waits for the answer
    QElapsedTimer clock;
    std::atomic<bool> started = false;
    std::mutex mutex; ///< guards the two reports of the worker
    double fraction = 0;
    QString step;

    bool isActive() const { return info.state == JobState::Waiting || info.state == JobState::Running; }
    void takeReports()
    {
        if (!isActive())
            return;
        const std::scoped_lock lock(mutex);
        info.state = started ? JobState::Running : JobState::Waiting;
        info.fraction = fraction;
        info.step = step;
        info.elapsedMs = clock.elapsed();
    }
};

JobQueue::JobQueue(QObject* parent) : QObject(parent)
{
    m_layoutPool.setMaxThreadCount(1);
    m_layoutPool.setExpiryTimeout(-1);
    // A worker that reads a file must not keep the live check waiting on a machine with one core.
    m_pool.setMaxThreadCount(std::max(3, QThread::idealThreadCount()));
    m_poll.setInterval(kPollMs);
    connect(&m_poll, &QTimer::timeout, this, [this] {
        for (const auto& job : m_jobs)
            job->takeReports();
        Q_EMIT changed();
    });
}

JobQueue::~JobQueue()
{
    stopAll();
    m_pool.waitForDone();
    m_layoutPool.waitForDone();
}

quint64 JobQueue::startErased(const JobSpec& spec, Work work)
{
    drop(spec.kind);
    auto job = std::make_shared<Job>();
    job->info.id = m_nextId++;
    job->info.spec = spec;
    job->clock.start();
    m_jobs.push_back(job);
    ++m_active;
    m_poll.start();

    JobControl control;
    control.stop = job->stop.get_token();
    // Weak: the job must not own itself through its own control.
    control.onProgress = [weak = std::weak_ptr(job)](double fraction, std::string_view text) {
        if (const auto held = weak.lock()) {
            const std::scoped_lock lock(held->mutex);
            held->fraction = fraction;
            held->step = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
        }
    };
    QThreadPool& pool = spec.lane == JobLane::Layout ? m_layoutPool : m_pool;
    pool.start([this, job, control, run = std::move(work)] {
        job->started = true;
        const Outcome outcome = run(control);
        QMetaObject::invokeMethod(this, [this, job, outcome] { finish(job, outcome); }, Qt::QueuedConnection);
    });
    Q_EMIT changed();
    return job->info.id;
}

Error JobQueue::outOfMemory()
{
    return {"job.memory", {}, "not enough memory; close other programs and try again", ErrorKind::Machine};
}

void JobQueue::finish(const std::shared_ptr<Job>& job, const Outcome& outcome)
{
    job->takeReports();
    job->info.elapsedMs = job->clock.elapsed();
    const bool stopped = job->stop.stop_requested() || (outcome.error && outcome.error->kind == ErrorKind::Cancelled);
    if (stopped) {
        job->info.state = JobState::Stopped;
    } else if (outcome.error) {
        job->info.state = JobState::Failed;
        job->info.message = QString::fromStdString(outcome.error->text());
    } else {
        job->info.state = JobState::Done;
        job->info.fraction = 1;
    }
    --m_active;
    if (!job->dropped && !job->info.spec.quiet && job->info.state == JobState::Done)
        Q_EMIT logged(tr("%1: %2 s").arg(job->info.spec.name).arg(static_cast<double>(job->info.elapsedMs) / 1000, 0, 'f', 2));
    if (!job->dropped && job->info.state == JobState::Failed)
        Q_EMIT logged(tr("%1: %2").arg(job->info.spec.name, job->info.message));
    prune();
    if (!job->dropped && outcome.deliver)
        outcome.deliver(stopped);
    if (m_active == 0)
        m_poll.stop();
    Q_EMIT changed();
    if (m_active == 0)
        Q_EMIT idle();
}

void JobQueue::prune()
{
    std::erase_if(m_jobs, [](const auto& job) {
        return !job->isActive() && (job->dropped || (job->info.spec.quiet && job->info.state != JobState::Failed));
    });
    while (m_jobs.size() > kKeptJobs && !m_jobs.front()->isActive())
        m_jobs.erase(m_jobs.begin());
}

void JobQueue::stop(quint64 id)
{
    for (const auto& job : m_jobs)
        if (job->info.id == id)
            job->stop.request_stop();
}

void JobQueue::drop(const QString& kind)
{
    for (const auto& job : m_jobs) {
        if (job->info.spec.kind != kind || !job->isActive())
            continue;
        job->dropped = true;
        job->stop.request_stop();
    }
}

void JobQueue::stopAll()
{
    for (const auto& job : m_jobs)
        job->stop.request_stop();
}

void JobQueue::dismiss(quint64 id)
{
    std::erase_if(m_jobs, [id](const auto& job) { return job->info.id == id && !job->isActive(); });
    Q_EMIT changed();
}

std::vector<JobInfo> JobQueue::jobs() const
{
    std::vector<JobInfo> infos;
    for (const auto& job : m_jobs)
        if (!job->dropped)
            infos.push_back(job->info);
    return infos;
}

bool JobQueue::isRunning(const QString& kind) const
{
    return std::any_of(m_jobs.begin(), m_jobs.end(),
                       [&](const auto& job) { return job->info.spec.kind == kind && job->isActive() && !job->dropped; });
}

} // namespace bpu::gui
