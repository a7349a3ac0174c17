// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/jobs.h"

#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <atomic>
#include <set>

using namespace bpu;
using namespace bpu::gui;

static JobSpec spec(const char* kind)
{
    return {.kind = QString::fromLatin1(kind), .name = QString::fromLatin1(kind)};
}

class TestJobs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answersOnTheGuiThread();
    void mergesRepeatedRequests();
    void dropsTheStaleAnswerOfARunningJob();
    void stopsAtOnce();
    void workThatEndedBeforeItSawTheStopIsStoppedToo();
    void reportsFailureWithItsSentence();
    void survivesAThrowingJob();
    void layoutsShareOneThread();
    void destroyingTheQueueStopsItsWork();
};

void TestJobs::answersOnTheGuiThread()
{
    JobQueue queue;
    QThread* worker = nullptr;
    QThread* here = nullptr;
    int answer = 0;
    queue.start<int>(
        spec("sum"),
        [&](const JobControl&) -> Result<int> {
            worker = QThread::currentThread();
            return 42;
        },
        [&](Result<int>& result) {
            here = QThread::currentThread();
            answer = *result;
        });
    QVERIFY(queue.isBusy());
    QTRY_COMPARE(answer, 42);
    QCOMPARE(here, QThread::currentThread());
    QVERIFY(worker != here);
    QVERIFY(!queue.isBusy());
}

void TestJobs::mergesRepeatedRequests()
{
    JobQueue queue;
    QSemaphore gate;
    std::atomic<int> runs = 0;
    QList<int> answers;
    for (int i = 0; i < 10; ++i)
        queue.start<int>(
            {.kind = QStringLiteral("layout"), .name = QStringLiteral("layout"), .lane = JobLane::Layout},
            [&, i](const JobControl&) -> Result<int> {
                if (runs++ == 0)
                    gate.acquire();
                return i;
            },
            [&](Result<int>& result) { answers.append(*result); });
    gate.release();
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(answers, QList<int>{9});
    QVERIFY2(runs <= 2, "requests that waited behind a newer one ran all the same");
}

void TestJobs::dropsTheStaleAnswerOfARunningJob()
{
    JobQueue queue;
    QSemaphore running;
    QSemaphore gate;
    QStringList answers;
    const auto note = [&](Result<QString>& result) { answers.append(*result); };
    queue.start<QString>(
        spec("check"),
        [&](const JobControl&) -> Result<QString> {
            running.release();
            gate.acquire();
            return QStringLiteral("old");
        },
        note);
    running.acquire();
    queue.start<QString>(spec("check"), [](const JobControl&) -> Result<QString> { return QStringLiteral("new"); }, note);
    QTRY_COMPARE(answers, QStringList{QStringLiteral("new")});
    gate.release();
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(answers, QStringList{QStringLiteral("new")});
}

void TestJobs::stopsAtOnce()
{
    JobQueue queue;
    QSemaphore running;
    std::string code;
    const quint64 id = queue.start<int>(
        spec("long"),
        [&](const JobControl& control) -> Result<int> {
            running.release();
            while (!control.stopRequested())
                QThread::msleep(1);
            return JobControl::cancelled();
        },
        [&](Result<int>& result) { code = result ? std::string("answered") : result.error().code; });
    running.acquire();
    queue.stop(id);
    QTRY_COMPARE(code, std::string("job.cancelled"));
    QCOMPARE(queue.jobs().back().state, JobState::Stopped);
}

void TestJobs::workThatEndedBeforeItSawTheStopIsStoppedToo()
{
    JobQueue queue;
    std::string code;
    queue.start<int>(
        spec("short"), [](const JobControl&) -> Result<int> { return 7; },
        [&](Result<int>& result) { code = result ? std::string("answered") : result.error().code; });
    QThread::msleep(50); // the work is done, its answer waits for this thread
    queue.stopAll();
    QTRY_COMPARE(code, std::string("job.cancelled"));
    QCOMPARE(queue.jobs().back().state, JobState::Stopped);
}

void TestJobs::reportsFailureWithItsSentence()
{
    JobQueue queue;
    QSignalSpy lines(&queue, &JobQueue::logged);
    bool answered = false;
    queue.start<int>(
        spec("open"), [](const JobControl&) -> Result<int> { return Error{"x.y", "net.onnx", "stops at byte 4 of 8; copy the file again"}; },
        [&](Result<int>& result) { answered = !result; });
    QTRY_VERIFY(answered);
    QCOMPARE(queue.jobs().back().state, JobState::Failed);
    QCOMPARE(queue.jobs().back().message, QStringLiteral("net.onnx: stops at byte 4 of 8; copy the file again"));
    QCOMPARE(lines.size(), 1);
    queue.dismiss(queue.jobs().back().id);
    QVERIFY(queue.jobs().empty());
}

void TestJobs::survivesAThrowingJob()
{
    JobQueue queue;
    queue.start<int>(spec("throw"), [](const JobControl&) -> Result<int> { throw std::bad_alloc(); }, [](Result<int>&) {});
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(queue.jobs().back().state, JobState::Failed);
    QVERIFY(queue.jobs().back().message.contains(QStringLiteral("memory")));
}

void TestJobs::layoutsShareOneThread()
{
    JobQueue queue;
    std::mutex mutex;
    std::set<QThread*> threads;
    int answers = 0;
    for (int i = 0; i < 4; ++i)
        queue.start<int>(
            {.kind = QStringLiteral("layout%1").arg(i), .name = QStringLiteral("layout"), .lane = JobLane::Layout},
            [&](const JobControl&) -> Result<int> {
                const std::scoped_lock lock(mutex);
                threads.insert(QThread::currentThread());
                return 0;
            },
            [&](Result<int>&) { ++answers; });
    QTRY_COMPARE(answers, 4);
    QCOMPARE(threads.size(), 1U);
}

void TestJobs::destroyingTheQueueStopsItsWork()
{
    std::atomic<bool> stopped = false;
    QSemaphore running;
    {
        JobQueue queue;
        queue.start<int>(
            spec("long"),
            [&](const JobControl& control) -> Result<int> {
                running.release();
                while (!control.stopRequested())
                    QThread::msleep(1);
                stopped = true;
                return JobControl::cancelled();
            },
            [](Result<int>&) { QFAIL("an answer after the end"); });
        running.acquire();
    }
    QVERIFY(stopped);
}

QTEST_GUILESS_MAIN(TestJobs)
#include "tst_jobs.moc"
