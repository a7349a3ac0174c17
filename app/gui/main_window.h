// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The window: puts session, views and actions together. It only wires; the session works.
//   main_window.cpp   construction, opening files, settings
//   actions.cpp       every action of the menus, with its shortcut
//   toolbar.cpp       toolbar and pipeline strip
//   panels.cpp        the docks: one line per panel
//   view_switch.cpp   which view stands in the centre
//   window_sync.cpp   what the session says -> titles, counts, tabs, status bar
#pragma once

#include "app/gui/jobs.h"
#include "app/gui/quantize_session.h"
#include "app/gui/recent_files.h"
#include "app/gui/session.h"
#include "app/gui/values_work.h"
#include "views/graph/text_measure.h"

#include <QMainWindow>
#include <QSettings>
#include <QTimer>

#include <map>

class QLabel;
class QLineEdit;
class QMenu;
class QProgressBar;
class QStackedWidget;
class QToolButton;

namespace bpu::views {
class DiagnosticsPanel;
class Inspector;
class JobsView;
class LogView;
class MarchSelector;
class MessageBar;
class ModulesPanel;
class SegmentedControl;
class StageStrip;
class StartPage;
}

namespace bpu::gui {

class BottomPane;
class ComparePane;
class GraphPane;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// Both must outlive the window.
    MainWindow(views::Theme& theme, QSettings& settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    Session& session() { return m_session; }
    JobQueue& jobs() { return m_jobs; }
    QAction* action(const QString& name) const { return m_actions.at(name); }
    void open(const QString& path);
    /// Selects a node and brings it to the middle.
    void show(NodeId node) { pick({node.index}); }
    using QMainWindow::show;
    /// Takes the user to the worst finding when the check answers.
    void check();
    /// What the centre shows, in the order of the view switch.
    enum class View : uint8_t { Graph, Compare };
    void showView(View view);
    ComparePane& comparePane() { return *m_compare; }
    ValuesWork& values() { return m_values; }
    QuantizeSession& quantizing() { return m_quantize; }

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    void addActions();
    void addFileActions();
    void addEditActions();
    void addViewActions();
    void addModelActions();
    void addInputSources(QMenu* menu);
    void addQuantizeActions();
    void addObservers(QMenu* menu);
    void addCalibrationData(QMenu* menu);
    void addLaterActions();
    QAction* add(QMenu* menu, const QString& name, const QString& text, const QList<QKeySequence>& keys, const std::function<void()>& run);
    void addToolbar();
    void addStageStrip();
    void addCenter();
    void addPanels();
    void addCompare();
    void addStatusBar();
    void connectSession();
    void connectPanels();
    void fillOpenMenu(QMenu* menu);
    QToolButton* toolButton(const QString& action, const char* icon);

    void showDocument();
    void showStages();
    void showFindings();
    void showSelection();
    void showModules();
    void showJobs();
    void updateActions();
    void updateInspector();
    void buildInspector();
    void dropTexts();
    void placeInspector();
    void placeCenter();
    QList<QWidget*> sideDocks() const;
    void showSteps();
    void emphasize(const QString& step, bool isNext);
    void makeStage(ir::Stage stage);
    void askForData();
    void chooseCalibrationData(bool isFolder);
    void useCalibrationData(const QString& text);
    void chooseQConfig();
    void runOrStop(const QString& step, const std::function<void()>& run);

    void chooseFile();
    void chooseExport();
    void chooseShape();
    void chooseSave();
    void pick(const QList<quint32>& nodes);
    void cyclePanes(int step);
    exporter::Palette palette() const;

    views::Theme& m_theme;
    QSettings& m_settings;
    JobQueue m_jobs;
    views::QtTextMeasure m_measure;
    Session m_session;
    QuantizeSession m_quantize;
    ValuesWork m_values;
    RecentFiles m_recent;

    std::map<QString, QAction*> m_actions;
    std::vector<QToolButton*> m_toolButtons; ///< in the order from the left
    QMenu* m_windowMenu = nullptr;
    QMenu* m_dataMenu = nullptr;
    bool m_calibrateAfterChoice = false;
    views::MarchSelector* m_march = nullptr;
    QLineEdit* m_search = nullptr;
    views::StageStrip* m_stages = nullptr;
    views::SegmentedControl* m_viewSwitch = nullptr;
    QStackedWidget* m_center = nullptr;
    views::StartPage* m_start = nullptr;
    views::MessageBar* m_message = nullptr;
    QLabel* m_dropHint = nullptr;
    GraphPane* m_graph = nullptr;
    ComparePane* m_compare = nullptr;
    View m_view = View::Graph;
    QList<QWidget*> m_hiddenByHand; ///< side panels that the user hid before another view than the graph took their place
    bool m_wasFolded = false; ///< the bottom dock before another view than the graph took its height
    views::ModulesPanel* m_modules = nullptr;
    views::Inspector* m_inspector = nullptr;
    views::DiagnosticsPanel* m_diagnostics = nullptr;
    views::LogView* m_log = nullptr;
    views::JobsView* m_jobsView = nullptr;
    BottomPane* m_bottom = nullptr;
    std::map<QString, quint64> m_running; ///< step -> the job that makes it, once it takes long enough to be stopped
    QTimer m_inspectorTimer;
    int m_bottomHeight = 239; ///< of the open bottom dock
    QLabel* m_fileFacts = nullptr;
    QLabel* m_checkFacts = nullptr;
    QLabel* m_jobName = nullptr;
    QProgressBar* m_progress = nullptr;
    QToolButton* m_stopJob = nullptr;
};

} // namespace bpu::gui
