// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The toolbar and the pipeline strip below it.
#include "app/gui/main_window.h"
#include "views/stages/stage_strip.h"
#include "views/widgets/segmented_control.h"

#include <QComboBox>
#include <QLayout>
#include <QLineEdit>
#include <QMenu>
#include <QToolBar>
#include <QToolButton>

namespace bpu::gui {

constexpr int kNarrow = 1400; ///< below this width texts drop from the right, Export last

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

/// Two columns in the popup, march and board; the closed field shows both.
static QComboBox* makeMarchSelector(const views::Theme& theme, QWidget* parent)
{
    auto* combo = new QComboBox(parent);
    combo->setObjectName(QStringLiteral("march"));
    combo->setAccessibleName(MainWindow::tr("March"));
    combo->setToolTip(MainWindow::tr("March: the board's architecture (Ctrl+M)"));
    for (const march::MarchPtr& march : march::all())
        combo->addItem(theme.icon(QLatin1StringView("compile")),
                       QStringLiteral("%1  %2").arg(QString::fromStdString(march->title()), QString::fromStdString(march->board())),
                       QString::fromStdString(march->name()));
    combo->setMinimumHeight(28);
    combo->setFocusPolicy(Qt::StrongFocus);
    return combo;
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
    connect(m_march, &QComboBox::activated, this, [this](int index) {
        m_settings.setValue(QStringLiteral("march"), m_march->itemData(index));
        m_session.setMarch(m_march->itemData(index).toString());
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
    m_search->setPlaceholderText(tr("Search name, operator, origin"));
    m_search->setToolTip(tr("Words that must all fit; op:Conv2d, shape:1x512, dtype:float32. F3 next, Shift+F3 previous"));
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
    auto* views = new views::SegmentedControl(m_theme, tr("View"), m_stages);
    views->setObjectName(QStringLiteral("viewSwitch"));
    views->addSegment(tr("Graph"), QLatin1StringView("graph"));
    const QString later = tr("Comes with a later version");
    views->setSegmentEnabled(views->addSegment(tr("Compare"), QLatin1StringView("compare")), false, later);
    views->setSegmentEnabled(views->addSegment(tr("Calibration"), QLatin1StringView("calibrate")), false, later);
    views->setSegmentEnabled(views->addSegment(tr("Performance"), QLatin1StringView("performance")), false, later);
    views->setCurrent(0);
    m_stages->addRight(views);
    connect(m_stages, &views::StageStrip::stageClicked, this, [this](int index) {
        const auto stage = static_cast<ir::Stage>(index);
        const bool isMade = m_session.hasGraph() && index < 2 && m_session.history().current().find(stage);
        const bool isOutdated = isMade && m_session.history().current().find(stage)->outdated;
        if (isMade && !isOutdated)
            m_session.setStage(stage);
        else if (stage == ir::Stage::Fused)
            m_session.fuse();
    });
}

void MainWindow::dropTexts()
{
    m_search->setFixedWidth(width() < kNarrow ? 180 : 268);
    // Simulate first, Export last: the button at the end keeps its text longest.
    const bool isNarrow = width() < kNarrow;
    for (QToolButton* button : m_toolButtons) {
        const bool isKept = button->objectName() == QLatin1String("button-open") || button->objectName() == QLatin1String("button-check")
            || button->objectName() == QLatin1String("button-export");
        button->setToolButtonStyle(isNarrow && !isKept ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    }
}

} // namespace bpu::gui
