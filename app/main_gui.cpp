// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// bpu-workbench [MODEL]: the window. --grab renders it into a picture once nothing runs any more.
#include "app/gui/main_window.h"
#include "resources/resources.h"

#include <QAction>
#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>

namespace {

struct Options {
    QString model;
    QString grab;
    QString body;
    bool compare = false;
    bool run = false;
    QString select;
    QString march;
    QString theme;
    QSize size{1600, 1000};
};

Options parse(QApplication& application)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("main", text); };
    QCommandLineParser parser;
    parser.setApplicationDescription(tr("Look at a network, check it for the BPU, fuse it."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("MODEL"), tr("the model to open"), QStringLiteral("[MODEL]"));
    const QCommandLineOption grab(QStringLiteral("grab"), tr("write a picture of the window to FILE.png and end"), QStringLiteral("FILE.png"));
    const QCommandLineOption theme(QStringLiteral("theme"), tr("light, dark or system"), QStringLiteral("THEME"));
    const QCommandLineOption size(QStringLiteral("size"), tr("size of the window: 1600x1000"), QStringLiteral("WxH"));
    const QCommandLineOption select(QStringLiteral("select"), tr("select the node of that name"), QStringLiteral("NODE"));
    const QCommandLineOption body(QStringLiteral("body"), tr("show the body of a node: If_0/else_branch"), QStringLiteral("NODE/NAME"));
    const QCommandLineOption compare(QStringLiteral("compare"), tr("show Compare; fuse first where there is one stage only"));
    const QCommandLineOption run(QStringLiteral("run"), tr("run on random numbers and show what the selected node computes"));
    const QCommandLineOption check(QStringLiteral("check"), tr("check for this march"), QStringLiteral("MARCH"));
    parser.addOptions({grab, theme, size, body, select, check, compare, run});
    parser.process(application);
    Options options;
    options.model = parser.positionalArguments().value(0);
    options.grab = parser.value(grab);
    options.select = parser.value(select);
    options.body = parser.value(body);
    options.compare = parser.isSet(compare);
    options.run = parser.isSet(run);
    options.march = parser.value(check);
    options.theme = parser.value(theme);
    const QStringList sides = parser.value(size).split(QLatin1Char('x'));
    if (sides.size() == 2 && sides[0].toInt() > 0 && sides[1].toInt() > 0)
        options.size = {sides[0].toInt(), sides[1].toInt()};
    return options;
}

/// Waits until the queue is idle, does the next step, and so on; the last step grabs.
class Script : public QObject {
public:
    Script(bpu::gui::MainWindow& window, const Options& options) : QObject(&window), m_window(window), m_options(options)
    {
        m_timer.setInterval(50);
        connect(&m_timer, &QTimer::timeout, this, &Script::step);
        m_timer.start();
    }

private:
    void step()
    {
        if (m_window.jobs().isBusy())
            return;
        bpu::gui::Session& session = m_window.session();
        switch (m_step++) {
        case 0:
            if (!m_options.march.isEmpty() && session.hasGraph())
                m_window.check();
            break;
        case 1:
            if (!m_options.body.isEmpty() && session.hasGraph())
                openBody(session);
            break;
        case 2:
            if (!m_options.select.isEmpty() && session.hasGraph()) {
                const bpu::NodeId node = session.graph()->findNode(m_options.select.toStdString());
                if (node.isValid())
                    m_window.show(node);
            }
            break;
        case 3:
            if (m_options.compare && session.hasGraph() && session.history().current().stages.size() == 1)
                session.fuse();
            break;
        case 4:
            if (m_options.compare && session.hasGraph())
                m_window.action(QStringLiteral("compare"))->trigger();
            if (m_options.run)
                m_window.values().run();
            break;
        case 5:
        case 6: break; // more turns of the event loop, so that everything is painted
        default:
            m_timer.stop();
            if (m_options.grab.isEmpty())
                return;
            const bool isWritten = m_window.grab().save(m_options.grab);
            if (!isWritten)
                std::fprintf(stderr, "bpu-workbench: %s: cannot be written; choose another file\n", qPrintable(m_options.grab));
            QCoreApplication::exit(isWritten ? 0 : 3);
        }
    }

    /// "If_0/else_branch": a name may hold slashes itself, so the last one divides.
    void openBody(bpu::gui::Session& session) const
    {
        const qsizetype slash = m_options.body.lastIndexOf(QLatin1Char('/'));
        session.openBody(session.graph()->findNode(m_options.body.left(slash).toStdString()), m_options.body.mid(slash + 1).toStdString());
    }

    bpu::gui::MainWindow& m_window;
    Options m_options;
    QTimer m_timer;
    int m_step = 0;
};

bpu::views::Theme::Mode themeMode(const Options& options, const QSettings& settings)
{
    using Mode = bpu::views::Theme::Mode;
    if (options.theme == QLatin1String("light"))
        return Mode::Light;
    if (options.theme == QLatin1String("dark"))
        return Mode::Dark;
    const int kept = settings.value(QStringLiteral("theme")).toInt();
    return kept == 1 ? Mode::Light : kept == 2 ? Mode::Dark : Mode::System;
}

} // namespace

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("bpu-workbench"));
    QCoreApplication::setOrganizationName(QStringLiteral("bpu-workbench"));
    QCoreApplication::setApplicationVersion(QStringLiteral(BPU_VERSION));
    bpu::initResources();
    const Options options = parse(application);
    // A picture shows the same on every machine: it reads and leaves no settings.
    QTemporaryDir scratch;
    const bool isPicture = !options.grab.isEmpty();
    QSettings settings(isPicture ? scratch.filePath(QStringLiteral("settings.ini"))
                                 : QSettings(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("bpu-workbench"), QStringLiteral("window")).fileName(),
                       QSettings::IniFormat);
    bpu::views::Theme theme;
    theme.setMode(themeMode(options, settings));
    theme.install();
    bpu::gui::MainWindow window(theme, settings);
    if (isPicture)
        window.resize(options.size);
    if (!options.march.isEmpty())
        window.session().setMarch(options.march);
    window.QWidget::show();
    if (!options.model.isEmpty())
        window.open(options.model);
    if (isPicture || !options.body.isEmpty() || !options.select.isEmpty() || !options.march.isEmpty() || options.compare)
        new Script(window, options);
    return QApplication::exec();
}
