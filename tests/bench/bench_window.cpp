// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The window on real files: from file chosen to the whole graph painted, until nothing works any more, and
// the longest time that the window did not answer meanwhile. Offscreen; a folder or files as arguments.
#include "app/gui/main_window.h"
#include "resources/resources.h"
#include "tests/bench/figures.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QMetaEnum>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <ctime>

using namespace bpu;

namespace {

struct Figures {
    double firstPaintMs = 0;
    double idleMs = 0;
    double longestStallMs = 0;
    double longestWorkMs = 0; ///< the same in processor time: what a busy machine does not make longer
};

double threadMs()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// Knows which event took longest, of those that the window's thread handled.
class TimedApplication : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override
    {
        if (m_depth > 0)
            return QApplication::notify(receiver, event);
        const QString name = QStringLiteral("%1 %2").arg(QLatin1String(receiver->metaObject()->className()), QLatin1String(QMetaEnum::fromType<QEvent::Type>().valueToKey(event->type())));
        const double before = threadMs();
        ++m_depth;
        const bool isTaken = QApplication::notify(receiver, event);
        --m_depth;
        if (const double took = threadMs() - before; took > m_longestMs) {
            m_longestMs = took;
            m_longest = name;
        }
        return isTaken;
    }
    QString takeLongest()
    {
        const QString text = QStringLiteral("%1: %2").arg(m_longest).arg(m_longestMs, 0, 'f', 0);
        m_longestMs = 0;
        return text;
    }

private:
    int m_depth = 0;
    double m_longestMs = 0;
    QString m_longest;
};

QElapsedTimer startedClock()
{
    QElapsedTimer clock;
    clock.start();
    return clock;
}

/// Runs the event loop in short turns and takes the time of each: a long one is a stall.
Figures openIn(gui::MainWindow& window, const QString& path)
{
    Figures figures;
    QElapsedTimer clock;
    clock.start();
    bool isDrawn = false;
    const auto connection = QObject::connect(&window.session(), &gui::Session::diagramChanged, &window, [&] { isDrawn = window.session().diagram() != nullptr; });
    window.open(path);
    while (window.jobs().isBusy() || figures.firstPaintMs == 0) {
        QElapsedTimer turn;
        turn.start();
        const double before = threadMs();
        QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
        if (isDrawn && figures.firstPaintMs == 0) {
            window.repaint();
            figures.firstPaintMs = static_cast<double>(clock.nsecsElapsed()) / 1e6;
        }
        figures.longestStallMs = std::max(figures.longestStallMs, static_cast<double>(turn.nsecsElapsed()) / 1e6);
        figures.longestWorkMs = std::max(figures.longestWorkMs, threadMs() - before);
        if (!window.session().error().isEmpty())
            break;
        QThread::usleep(200);
    }
    figures.idleMs = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    QObject::disconnect(connection);
    return figures;
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    TimedApplication application(argc, argv);
    initResources();
    QTemporaryDir scratch;
    QSettings settings(scratch.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat);
    views::Theme theme;
    theme.install();
    gui::MainWindow window(theme, settings);
    window.QWidget::show();
    constexpr int kSettledMs = 500; // the window is running already when a file is chosen
    for (QElapsedTimer clock = startedClock(); clock.elapsed() < kSettledMs;)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
    std::printf("%-28s %12s %12s %14s %14s  %s\n", "file", "painted ms", "idle ms", "longest stall", "its work", "longest event");
    for (int i = 1; i < argc; ++i) {
        const QString path = QString::fromLocal8Bit(argv[i]);
        application.takeLongest();
        const Figures figures = openIn(window, path);
        std::printf("%-28s %12.0f %12.0f %14.0f %14.0f  %s\n", qPrintable(QFileInfo(path).fileName()), figures.firstPaintMs, figures.idleMs, figures.longestStallMs,
                    figures.longestWorkMs, qPrintable(application.takeLongest()));
        std::fflush(stdout);
        window.session().close();
    }
    return 0;
}
