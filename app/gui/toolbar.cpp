// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The toolbar and the pipeline strip below it.
#include "app/gui/main_window.h"
#include "views/stages/stage_strip.h"
#include "views/widgets/combo_box.h"
#include "views/widgets/segmented_control.h"

#include <QDockWidget>
#include <QLayout>
#include <QLineEdit>
#include <QMenu>
#include <QStyle>
#include <QToolBar>
#include <QToolButton>

namespace bpu::gui {

constexpr int kSearchWidth = 268;
constexpr int kSearchNarrow = 180;
constexpr int kInspectorBeside = 1200; ///< from this width on the inspector stands beside the graph

QToolButton* MainWindow::toolButton(const QString& name, const char* icon)
{
    QAction* act = action(name);
    if (act->icon().isNull())
        act->setIcon(m_theme.icon(QLatin1StringView(icon)));
    auto* button = new QToolButton(this);
    button->setObjectName(QStringLiteral("button-") + name);
    button->setDefaultAction(act);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setFocusPolicy(Qt::TabFocus);
    m_toolButtons.push_back(button);
    return button;
}

static views::MarchSelector* makeMarchSelector(const views::Theme& theme, QWidget* parent)
{
    auto* selector = new views::MarchSelector(theme, parent);
    selector->setObjectName(QStringLiteral("march"));
    selector->setAccessibleName(MainWindow::tr("March"));
    selector->setToolTip(MainWindow::tr("March: the board's architecture (Ctrl+M)"));
    for (const march::MarchPtr& march : march::all())
        selector->addMarch(QString::fromStdString(march->title()), QString::fromStdString(march->board()), QString::fromStdString(march->name()));
    return selector;
}

void MainWindow::addToolbar()
{
    auto* bar = addToolBar(tr("Toolbar"));
    bar->setObjectName(QStringLiteral("toolbar"));
    bar->setMovable(false);
    bar->setFixedHeight(44);
    QToolButton* openButton = toolButton(QStringLiteral("open"), "open");
    openButton->setPopupMode(QToolButton::MenuButtonPopup);
    auto* openMenu = new QMenu(openButton);
    fillOpenMenu(openMenu);
    openButton->setMenu(openMenu);
    bar->addWidget(openButton);
    m_march = makeMarchSelector(m_theme, bar);
    connect(m_march, &views::MarchSelector::marchChosen, this, [this](const QString& name) {
        m_settings.setValue(QStringLiteral("march"), name);
        m_session.setMarch(name);
    });
    bar->addWidget(m_march);
    QToolButton* check = toolButton(QStringLiteral("check"), "check");
    check->setProperty("emphasis", QStringLiteral("filled"));
    bar->addWidget(check);
    bar->addSeparator();
    for (const char* name : {"fuse", "prepare", "calibrate", "train", "convert", "compile", "simulate"})
        bar->addWidget(toolButton(QString::fromLatin1(name), name));
    bar->addSeparator();
    bar->addWidget(toolButton(QStringLiteral("export"), "export"));
    auto* space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    m_search = new QLineEdit(bar);
    m_search->setObjectName(QStringLiteral("search"));
    m_search->setAccessibleName(tr("Search the graph"));
    m_search->setToolTip(tr("Words that must all fit; op:Conv2d, shape:1x512, dtype:float32 (Ctrl+F). F3 next, Shift+F3 previous"));
    m_search->setClearButtonEnabled(true);
    m_search->addAction(m_theme.icon(QLatin1StringView("search"), views::Token::Muted), QLineEdit::LeadingPosition);
    connect(m_search, &QLineEdit::textChanged, &m_session, &Session::search);
    connect(m_search, &QLineEdit::returnPressed, this, [this] { m_session.selectMatch(1); });
    bar->addWidget(m_search);
}

void MainWindow::addStageStrip()
{
    addToolBarBreak();
    auto* bar = addToolBar(tr("Stages"));
    bar->setObjectName(QStringLiteral("stagesBar"));
    bar->setMovable(false);
    bar->setStyleSheet(QStringLiteral("QToolBar { padding: 0; spacing: 0; border: none; }"));
    bar->setFixedHeight(42);
    bar->layout()->setContentsMargins(0, 0, 0, 0);
    m_stages = new views::StageStrip(m_theme, bar);
    m_stages->setObjectName(QStringLiteral("stages"));
    m_stages->setFixedHeight(42);
    m_stages->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    bar->addWidget(m_stages);
    for (const char* name : {"undo", "redo"}) {
        auto* button = new QToolButton(m_stages);
        button->setObjectName(QStringLiteral("button-") + QLatin1String(name));
        button->setDefaultAction(action(QLatin1String(name)));
        button->setProperty("compact", true);
        m_stages->addRight(button);
    }
    m_viewSwitch = new views::SegmentedControl(m_theme, tr("View"), m_stages);
    m_viewSwitch->setObjectName(QStringLiteral("viewSwitch"));
    m_viewSwitch->addSegment(tr("Graph"), QLatin1StringView("graph"));
    m_viewSwitch->addSegment(tr("Compare"), QLatin1StringView("compare"));
    const QString later = tr("Comes with a later version");
    m_viewSwitch->setSegmentEnabled(m_viewSwitch->addSegment(tr("Calibration"), QLatin1StringView("calibrate")), false, later);
    m_viewSwitch->setSegmentEnabled(m_viewSwitch->addSegment(tr("Performance"), QLatin1StringView("performance")), false, later);
    m_viewSwitch->setCurrent(0);
    m_stages->addRight(m_viewSwitch);
    connect(m_viewSwitch, &views::SegmentedControl::chosen, this, [this](int index) { showView(static_cast<View>(index)); });
    connect(m_stages, &views::StageStrip::stageClicked, this, [this](int index) {
        const auto stage = static_cast<ir::Stage>(index);
        const StageGraph* made = m_session.hasGraph() && index < 4 ? m_session.history().current().find(stage) : nullptr;
        if (made && !made->outdated)
            m_session.setStage(stage);
        else if (index < 4)
            makeStage(stage);
    });
}

void MainWindow::runOrStop(const QString& step, const std::function<void()>& run)
{
    if (const auto running = m_running.find(step); running != m_running.end())
        m_jobs.stop(running->second);
    else
        run();
}

/// What the toolbar's widgets want, side by side.
static int wantedWidth(const QToolBar& bar)
{
    const int spacing = bar.layout()->spacing();
    int width = bar.layout()->contentsMargins().left() + bar.layout()->contentsMargins().right();
    for (QAction* entry : bar.actions())
        if (QWidget* widget = bar.widgetForAction(entry)) {
            const QSize fixed = widget->minimumSize();
            width += std::max(fixed.width(), widget->sizeHint().width()) + spacing;
        }
    return width;
}

/// Where the width does not do, first the search field shrinks, then texts go, from the right; Export's,
/// which stands at the end, and Open's last. Check keeps its text: it names the march.
void MainWindow::dropTexts()
{
    const auto* bar = findChild<QToolBar*>(QStringLiteral("toolbar"));
    QList<QToolButton*> order;
    for (auto it = m_toolButtons.rbegin(); it != m_toolButtons.rend(); ++it)
        if (const QString name = (*it)->objectName(); name != QLatin1String("button-check") && name != QLatin1String("button-export"))
            order.append(*it);
    order.insert(order.size() - 1, findChild<QToolButton*>(QStringLiteral("button-export")));
    for (QToolButton* button : order)
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    constexpr int kViewTextsFrom = 1300;
    findChild<views::SegmentedControl*>(QStringLiteral("viewSwitch"))->setCompact(width() < kViewTextsFrom);
    m_search->setFixedWidth(kSearchWidth);
    if (const int missing = wantedWidth(*bar) - width(); missing > 0)
        m_search->setFixedWidth(std::max(kSearchNarrow, kSearchWidth - missing));
    m_search->setPlaceholderText(m_search->width() < kSearchWidth ? tr("Search (Ctrl+F)") : tr("Search name, operator, origin"));
    for (QToolButton* button : order) {
        if (wantedWidth(*bar) <= width())
            break;
        button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    }
}

/// On a narrow window the inspector shares the place of the modules, as a tab.
void MainWindow::placeInspector()
{
    auto* modules = findChild<QDockWidget*>(QStringLiteral("modulesDock"));
    auto* inspector = findChild<QDockWidget*>(QStringLiteral("inspectorDock"));
    if (!modules || !inspector)
        return;
    const bool isTab = tabifiedDockWidgets(modules).contains(inspector);
    const bool wantsTab = width() < kInspectorBeside;
    if (isTab == wantsTab)
        return;
    const bool isShown = !inspector->isHidden();
    if (wantsTab) {
        tabifyDockWidget(modules, inspector);
        modules->raise();
    } else {
        addDockWidget(Qt::RightDockWidgetArea, inspector);
        resizeDocks({modules, inspector}, {256, 324}, Qt::Horizontal);
    }
    inspector->setVisible(isShown);
}

} // namespace bpu::gui
