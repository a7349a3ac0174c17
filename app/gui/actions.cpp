// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every action of the program: menu, text, shortcut, what it does.
#include "app/gui/bottom_pane.h"
#include "app/gui/compare_pane.h"
#include "app/gui/graph_pane.h"
#include "app/gui/main_window.h"
#include "views/diagnostics/diagnostics_panel.h"
#include "views/widgets/combo_box.h"

#include <QActionGroup>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QStackedWidget>
#include <QTreeView>

namespace bpu::gui {

QAction* MainWindow::add(QMenu* menu, const QString& name, const QString& text, const QList<QKeySequence>& keys, const std::function<void()>& run)
{
    auto* made = new QAction(text, this);
    made->setObjectName(name);
    made->setShortcuts(keys);
    menu->addAction(made);
    m_actions.emplace(name, made);
    if (run)
        connect(made, &QAction::triggered, this, run);
    return made;
}

void MainWindow::addActions()
{
    addFileActions();
    addEditActions();
    addViewActions();
    addModelActions();
    addQuantizeActions();
    addLaterActions();
    m_windowMenu = menuBar()->addMenu(tr("&Window"));
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    add(help, QStringLiteral("about"), tr("About BPU Workbench"), {},
        [this] { m_bottom->show(1); Q_EMIT m_session.logged(tr("BPU Workbench %1, Apache-2.0").arg(QLatin1String(BPU_VERSION))); });
}

void MainWindow::addFileActions()
{
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    add(menu, QStringLiteral("open"), tr("Open"), {QKeySequence::Open}, [this] { chooseFile(); })->setIcon(m_theme.icon(QLatin1StringView("open")));
    fillOpenMenu(menu->addMenu(tr("Open recent or sample")));
    add(menu, QStringLiteral("reload"), tr("Reload"), {QKeySequence(Qt::CTRL | Qt::Key_R)}, [this] { m_session.reload(); });
    add(menu, QStringLiteral("save"), tr("Save as .bpuir…"), {QKeySequence::Save}, [this] { chooseSave(); });
    add(menu, QStringLiteral("export"), tr("Export"), {QKeySequence(Qt::CTRL | Qt::Key_E)}, [this] { chooseExport(); })
        ->setIcon(m_theme.icon(QLatin1StringView("export")));
    menu->addSeparator();
    add(menu, QStringLiteral("close"), tr("Close model"), {QKeySequence(Qt::CTRL | Qt::Key_W)}, [this] { m_session.close(); });
    add(menu, QStringLiteral("quit"), tr("Quit"), {QKeySequence(Qt::CTRL | Qt::Key_Q)}, [this] { QWidget::close(); });
}

void MainWindow::fillOpenMenu(QMenu* menu)
{
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        menu->clear();
        const auto list = [&](const QString& title, const std::vector<views::StartEntry>& entries) {
            menu->addSection(title);
            for (const views::StartEntry& entry : entries)
                menu->addAction(entry.name, this, [this, path = entry.path] { open(path); })->setToolTip(entry.path);
        };
        list(tr("Recent"), m_recent.entries());
        list(tr("Samples"), samples());
    });
}

void MainWindow::addEditActions()
{
    QMenu* menu = menuBar()->addMenu(tr("&Edit"));
    add(menu, QStringLiteral("undo"), tr("Undo"), {QKeySequence(Qt::CTRL | Qt::Key_Z)}, [this] { m_session.undo(); })
        ->setIcon(m_theme.icon(QLatin1StringView("undo")));
    add(menu, QStringLiteral("redo"), tr("Redo"), {QKeySequence(Qt::CTRL | Qt::Key_Y), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z)},
        [this] { m_session.redo(); })->setIcon(m_theme.icon(QLatin1StringView("redo")));
    menu->addSeparator();
    add(menu, QStringLiteral("find"), tr("Search"), {QKeySequence::Find}, [this] {
        m_search->setFocus();
        m_search->selectAll();
    });
    add(menu, QStringLiteral("findNext"), tr("Next match"), {QKeySequence(Qt::Key_F3)}, [this] { m_session.selectMatch(1); });
    add(menu, QStringLiteral("findPrevious"), tr("Previous match"), {QKeySequence(Qt::SHIFT | Qt::Key_F3)}, [this] { m_session.selectMatch(-1); });
}

void MainWindow::addViewActions()
{
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    const auto view = [this]() -> views::GraphView& { return m_graph->view(); };
    add(menu, QStringLiteral("fit"), tr("Fit all (F)"), {}, [view] { view().fitAll(); });
    add(menu, QStringLiteral("fitSelection"), tr("Fit selection (Shift+F)"), {}, [view] { view().fitSelection(); });
    add(menu, QStringLiteral("zoomIn"), tr("Zoom in"), {QKeySequence::ZoomIn}, [view] { view().zoomIn(); });
    add(menu, QStringLiteral("zoomOut"), tr("Zoom out"), {QKeySequence::ZoomOut}, [view] { view().zoomOut(); });
    add(menu, QStringLiteral("zoomReset"), tr("100 %"), {QKeySequence(Qt::CTRL | Qt::Key_0)}, [view] { view().resetZoom(); });
    menu->addSeparator();
    add(menu, QStringLiteral("collapseAll"), tr("Close all modules"), {}, [this] {
        Scopes scopes;
        if (const ir::GraphPtr graph = m_session.graph())
            for (const NodeId id : graph->order())
                if (const std::string& scope = graph->node(id).scope; !scope.empty())
                    scopes.insert(scope.substr(0, scope.find('.')));
        m_session.setCollapsed(std::move(scopes));
    });
    add(menu, QStringLiteral("expandAll"), tr("Open all modules"), {}, [this] { m_session.setCollapsed({}); });
    menu->addSeparator();
    auto* themes = new QActionGroup(this);
    const auto theme = [&](const QString& name, const QString& text, views::Theme::Mode mode) {
        QAction* choice = add(menu, name, text, {}, [this, mode] {
            m_theme.setMode(mode);
            m_settings.setValue(QStringLiteral("theme"), static_cast<int>(mode));
        });
        choice->setCheckable(true);
        choice->setChecked(m_theme.mode() == mode);
        themes->addAction(choice);
    };
    theme(QStringLiteral("themeSystem"), tr("Colors of the system"), views::Theme::Mode::System);
    theme(QStringLiteral("themeLight"), tr("Light"), views::Theme::Mode::Light);
    theme(QStringLiteral("themeDark"), tr("Dark"), views::Theme::Mode::Dark);
    menu->addSeparator();
    add(menu, QStringLiteral("viewGraph"), tr("Graph"), {QKeySequence(Qt::CTRL | Qt::Key_1)}, [this] { showView(View::Graph); });
    add(menu, QStringLiteral("viewCompare"), tr("Compare"), {QKeySequence(Qt::CTRL | Qt::Key_2)}, [this] { showView(View::Compare); });
    menu->addSeparator();
    add(menu, QStringLiteral("nextPane"), tr("Next pane"), {QKeySequence(Qt::Key_F6)}, [this] { cyclePanes(1); });
    add(menu, QStringLiteral("previousPane"), tr("Previous pane"), {QKeySequence(Qt::SHIFT | Qt::Key_F6)}, [this] { cyclePanes(-1); });
}

void MainWindow::addModelActions()
{
    QMenu* menu = menuBar()->addMenu(tr("&Model"));
    add(menu, QStringLiteral("check"), tr("Check"), {QKeySequence(Qt::Key_F5)}, [this] { check(); })->setIcon(m_theme.icon(QLatin1StringView("check"), views::Token::AccentOn));
    add(menu, QStringLiteral("checkAll"), tr("Check for every march"), {QKeySequence(Qt::SHIFT | Qt::Key_F5)}, [this] { m_session.checkAll(); });
    add(menu, QStringLiteral("march"), tr("Choose the march"), {QKeySequence(Qt::CTRL | Qt::Key_M)}, [this] {
        m_march->setFocus();
        m_march->showPopup();
    });
    menu->addSeparator();
    add(menu, QStringLiteral("nextFinding"), tr("Next finding"), {QKeySequence(Qt::Key_F8)}, [this] {
        m_bottom->show(0);
        m_diagnostics->selectNext(1);
    });
    add(menu, QStringLiteral("previousFinding"), tr("Previous finding"), {QKeySequence(Qt::SHIFT | Qt::Key_F8)}, [this] {
        m_bottom->show(0);
        m_diagnostics->selectNext(-1);
    });
    add(menu, QStringLiteral("applyFix"), tr("Apply fix"), {QKeySequence(Qt::CTRL | Qt::Key_Period)}, [this] { m_diagnostics->fixCurrent(); });
    add(menu, QStringLiteral("previewFix"), tr("Preview fix"), {}, [this] { m_diagnostics->previewCurrent(); });
    add(menu, QStringLiteral("applyAll"), tr("Apply all fixes…"), {}, [this] { m_diagnostics->applyAll(); });
    add(menu, QStringLiteral("ignoreFinding"), tr("Ignore finding…"), {}, [this] { m_diagnostics->ignoreCurrent(); });
    menu->addSeparator();
    addInputSources(menu->addMenu(tr("Input source")));
    add(menu, QStringLiteral("setShape"), tr("Set input shape…"), {}, [this] { chooseShape(); });
    add(menu, QStringLiteral("fuse"), tr("Fuse"), {}, [this] { runOrStop(QStringLiteral("fuse"), [this] { m_session.fuse(); }); })->setIcon(m_theme.icon(QLatin1StringView("fuse")));
    add(menu, QStringLiteral("compare"), tr("Compare layers"), {}, [this] {
        showView(View::Compare);
        m_compare->comparing().compare();
    })->setIcon(m_theme.icon(QLatin1StringView("compare")));
    menu->addSeparator();
    add(menu, QStringLiteral("stageFloat"), tr("Show Float"), {QKeySequence(Qt::ALT | Qt::Key_1)}, [this] { m_session.setStage(ir::Stage::Float); });
    add(menu, QStringLiteral("stageFused"), tr("Show Fused"), {QKeySequence(Qt::ALT | Qt::Key_2)}, [this] { m_session.setStage(ir::Stage::Fused); });
    add(menu, QStringLiteral("stageQat"), tr("Show QAT"), {QKeySequence(Qt::ALT | Qt::Key_3)}, [this] { m_session.setStage(ir::Stage::Qat); });
    add(menu, QStringLiteral("stageQuantized"), tr("Show Quantized"), {QKeySequence(Qt::ALT | Qt::Key_4)}, [this] { m_session.setStage(ir::Stage::Quantized); });
}

/// Where the board takes the input from: the camera paths have rules of their own.
void MainWindow::addInputSources(QMenu* menu)
{
    using Source = passes::InputSource;
    auto* group = new QActionGroup(this);
    const auto source = [&](const QString& name, const QString& text, const QString& toolTip, Source value) {
        QAction* choice = add(menu, name, text, {}, [this, value] { m_session.setInputSource(value); });
        choice->setCheckable(true);
        choice->setChecked(m_session.inputSource() == value);
        choice->setToolTip(toolTip);
        group->addAction(choice);
    };
    menu->setToolTipsVisible(true);
    source(QStringLiteral("sourceDdr"), tr("Memory (ddr)"), tr("The program writes the input tensor"), Source::Ddr);
    source(QStringLiteral("sourcePyramid"), tr("Camera pyramid"), tr("The image signal processor scales the camera picture"), Source::Pyramid);
    source(QStringLiteral("sourceResizer"), tr("Resizer"), tr("Regions of the camera picture are cut out and scaled"), Source::Resizer);
}

/// Steps that this version does not make yet: there, greyed, and they say so.
void MainWindow::addLaterActions()
{
    QMenu* deploy = menuBar()->addMenu(tr("&Deploy"));
    const auto later = [&](QMenu* menu, const char* name, const QString& text, const QString& needs) {
        QAction* step = add(menu, QString::fromLatin1(name), text, {}, {});
        step->setIcon(m_theme.icon(QLatin1StringView(name)));
        step->setEnabled(false);
        step->setToolTip(tr("%1; comes with a later version").arg(needs));
    };
    later(deploy, "compile", tr("Compile"), tr("Compile needs a quantized graph: Convert first"));
    later(deploy, "simulate", tr("Simulate"), tr("Simulate needs a compiled model: Compile first"));
}

void MainWindow::cyclePanes(int step)
{
    QList<QWidget*> panes{findChild<QWidget*>(QStringLiteral("moduleTree")), m_center->currentWidget() == m_graph ? static_cast<QWidget*>(&m_graph->view()) : m_center,
                          findChild<QWidget*>(QStringLiteral("inspector")), findChild<QWidget*>(QStringLiteral("findings")), m_search};
    if (m_view == View::Compare)
        panes = QList<QWidget*>{&m_compare->graph(0), &m_compare->graph(1), &m_compare->view().table(), findChild<QWidget*>(QStringLiteral("findings")), m_search};
    qsizetype at = -1;
    for (qsizetype i = 0; i < panes.size(); ++i)
        if (panes[i] && (panes[i]->hasFocus() || panes[i]->isAncestorOf(focusWidget())))
            at = i;
    panes[(at + step + panes.size()) % panes.size()]->setFocus(Qt::TabFocusReason);
}

} // namespace bpu::gui
