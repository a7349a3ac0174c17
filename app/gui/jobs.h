// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Work off the GUI thread: named, with progress, a stop and an answer that comes back on the GUI thread.
//
// Requests of one kind merge: a newer one takes the place of the older, whose answer is dropped, so ten
// quick edits are one layout. Work in the layout lane runs on one thread, which owns Graphviz.
#pragma once

#include "core/base/job_control.h"

#include <QObject>
#include <QString>
#include <QThreadPool>
#include <QTimer>

#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <vector>

namespace bpu::gui {

enum class JobState { Waiting, Running, Done, Failed, Stopped };
enum class JobLane { Pool, Layout };

/// kind   requests of one kind replace each other
/// name   what the user reads: "Open net.onnx"
/// quiet  live work (check, layout) that appears in the list only while it runs or when it failed
/// step   the action whose button becomes Stop meanwhile: "fuse"; empty for work that makes no stage
struct JobSpec {
    QString kind;
    QString name;
    JobLane lane = JobLane::Pool;
    bool quiet = false;
    QString step = {};
};

/// What the jobs list shows of one job.
struct JobInfo {
    quint64 id = 0;
    JobSpec spec;
    JobState state = JobState::Waiting;
    double fraction = 0; ///< in [0, 1]; 0 while nothing was reported
    QString step;        ///< "Lay out 31 of 54"
    QString message;     ///< the sentence of a failed job
    qint64 elapsedMs = 0;
};

class JobQueue : public QObject {
    Q_OBJECT
public:
    explicit JobQueue(QObject* parent = nullptr);
    /// Stops everything and waits for the threads; no answer arrives afterwards.
    ~JobQueue() override;

    /// `work` runs on a worker; `done` is called here with its result unless a newer job of the kind came
    /// or the kind was dropped. A stopped job answers "job.cancelled".
    template <typename T>
    quint64 start(const JobSpec& spec, std::function<Result<T>(const JobControl&)> work, std::function<void(Result<T>&)> done)
    {
        return startErased(spec, [work = std::move(work), done = std::move(done)](const JobControl& control) -> Outcome {
            auto result = std::make_shared<Result<T>>(guarded<T>(work, control));
            std::optional<Error> error;
            if (!*result)
                error = result->error();
            return {std::move(error), [result, done](bool isStopped) {
                        // Work that ended before it saw the stop: the user wanted it not to have happened.
                        if (isStopped && *result)
                            *result = std::unexpected(JobControl::cancelled());
                        done(*result);
                    }};
        });
    }

    void stop(quint64 id);
    /// Stops the jobs of a kind and drops their answers.
    void drop(const QString& kind);
    void stopAll();
    /// Removes an ended job from the list.
    void dismiss(quint64 id);

    /// Newest last: what waits and runs, and what ended (the last 100).
    std::vector<JobInfo> jobs() const;
    /// Waiting or running, quiet ones too.
    bool isBusy() const { return m_active > 0; }
    bool isRunning(const QString& kind) const;

Q_SIGNALS:
    void changed();
    /// Nothing runs and nothing waits.
    void idle();
    /// A job ended: "Open net.onnx: 0.12 s" or its error.
    void logged(const QString& line);

private:
    struct Outcome {
        std::optional<Error> error;
        std::function<void(bool isStopped)> deliver;
    };
    struct Job;
    using Work = std::function<Outcome(const JobControl&)>;

    quint64 startErased(const JobSpec& spec, Work work);
    static Error outOfMemory();
    /// Throwing libraries stop at the edge of the thread.
    template <typename T>
    static Result<T> guarded(const std::function<Result<T>(const JobControl&)>& work, const JobControl& control)
    {
        if (control.stopRequested())
            return JobControl::cancelled();
        try {
            return work(control);
        } catch (const std::bad_alloc&) {
            return outOfMemory();
        } catch (const std::exception& problem) {
            return Error{"job.exception", {}, problem.what(), ErrorKind::Machine};
        }
    }
    void finish(const std::shared_ptr<Job>& job, const Outcome& outcome);
    void prune();

    std::vector<std::shared_ptr<Job>> m_jobs;
    QThreadPool m_pool;
    QThreadPool m_layoutPool;
    QTimer m_poll;
    quint64 m_nextId = 1;
    int m_active = 0;
};

} // namespace bpu::gui
