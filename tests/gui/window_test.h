// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A window of its own for every test, with settings in a folder of their own: the base of the tests that
// open real files and press real buttons.
#pragma once

#include "app/gui/main_window.h"
#include "resources/resources.h"
#include "views/diagnostics/diagnostics_panel.h"
#include "views/graph/graph_view.h"

#include <QAction>
#include <QFile>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QWidget>

namespace bpu::gui {

constexpr int kWaitMs = 20000;

class WindowTest : public QObject {
protected:
    void makeWindow()
    {
        initResources();
        m_folder = std::make_unique<QTemporaryDir>();
        m_settings = std::make_unique<QSettings>(m_folder->filePath(QStringLiteral("settings.ini")), QSettings::IniFormat);
        m_theme = std::make_unique<views::Theme>();
        m_theme->setMode(views::Theme::Mode::Light);
        m_theme->install();
        m_window = std::make_unique<MainWindow>(*m_theme, *m_settings);
        m_window->QWidget::show();
        session().setMarch(QStringLiteral("bernoulli2"));
    }
    void dropWindow()
    {
        m_window.reset();
        m_theme.reset();
    }

    static QString sample(const char* name) { return QStringLiteral(BPU_SOURCE_DIR "/samples/") + QLatin1String(name); }
    /// A sample that the test may change, as model.onnx.
    QString copyOf(const char* name) const
    {
        const QString target = m_folder->filePath(QStringLiteral("model.onnx"));
        QFile::remove(target);
        QFile::copy(sample(name), target);
        QFile::setPermissions(target, QFile::ReadOwner | QFile::WriteOwner);
        return target;
    }
    void settle() { QTRY_VERIFY_WITH_TIMEOUT(!m_window->jobs().isBusy(), kWaitMs); }
    void open(const QString& path)
    {
        m_window->open(path);
        settle();
    }
    Session& session() { return m_window->session(); }
    views::DiagnosticsPanel& diagnostics() { return *m_window->findChild<views::DiagnosticsPanel*>(); }
    views::GraphView& graph() { return *m_window->findChild<views::GraphView*>(QStringLiteral("graph")); }
    void press(const char* action) { m_window->action(QLatin1String(action))->trigger(); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<views::Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

} // namespace bpu::gui
