// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/diagnostics_panel.h"

#include "views/diagnostics/finding_dialogs.h"
#include "views/diagnostics/findings_table.h"
#include "views/theme/marks.h"
#include "views/widgets/combo_box.h"
#include "views/widgets/severity_toggle.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QStackedWidget>

namespace bpu::views {

constexpr std::array kShownSeverities{Severity::Error, Severity::Warning, Severity::Advice, Severity::Undecided};

DiagnosticsPanel::DiagnosticsPanel(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_model(new FindingsModel(this)), m_header(new QWidget(this))
{
    setObjectName(QStringLiteral("diagnostics"));
    buildHeader();
    buildTree();
    buildEmptyState();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFindings(nullptr, 0);
}

void DiagnosticsPanel::buildHeader()
{
    m_header->setObjectName(QStringLiteral("diagnosticsHeader"));
    auto* row = new QHBoxLayout(m_header);
    row->setContentsMargins(8, 2, 8, 2);
    row->setSpacing(6);
    for (size_t i = 0; i < kShownSeverities.size(); ++i) {
        m_toggles[i] = new SeverityToggle(kShownSeverities[i], m_theme, m_header);
        m_toggles[i]->setObjectName(QStringLiteral("show-") + QString::fromUtf8(name(kShownSeverities[i]).data()));
        m_toggles[i]->setChecked(true);
        connect(m_toggles[i], &QAbstractButton::toggled, this, &DiagnosticsPanel::applyFilter);
        row->addWidget(m_toggles[i]);
    }
    m_ignored = new QPushButton(m_header);
    m_ignored->setObjectName(QStringLiteral("showIgnored"));
    m_ignored->setCheckable(true);
    m_ignored->setToolTip(tr("Show the ignored findings"));
    connect(m_ignored, &QAbstractButton::toggled, this, &DiagnosticsPanel::applyFilter);
    row->addWidget(m_ignored);
    row->addSpacing(6);
    m_groupLabel = new QLabel(tr("Group by"), m_header);
    row->addWidget(m_groupLabel);
    m_groupBy = new ComboBox(m_theme, m_header);
    m_groupBy->setObjectName(QStringLiteral("groupBy"));
    m_groupBy->setAccessibleName(tr("Group findings by"));
    m_groupBy->addItems({tr("Cause"), tr("Node"), tr("Module"), tr("None")});
    connect(m_groupBy, &QComboBox::currentIndexChanged, this, [this](int index) { m_model->setGroupBy(static_cast<GroupBy>(index)); });
    row->addWidget(m_groupBy);
    m_filter = new QLineEdit(m_header);
    m_filter->setObjectName(QStringLiteral("filter"));
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setAccessibleName(tr("Filter findings"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(m_theme.icon(QLatin1StringView("filter"), Token::Muted), QLineEdit::LeadingPosition);
    m_filter->setMinimumWidth(80);
    m_filter->setMaximumWidth(130);
    connect(m_filter, &QLineEdit::textChanged, this, &DiagnosticsPanel::applyFilter);
    row->addWidget(m_filter);
    m_applyAll = new QPushButton(tr("Apply all fixes…"), m_header);
    m_applyAll->setObjectName(QStringLiteral("applyAll"));
    connect(m_applyAll, &QPushButton::clicked, this, &DiagnosticsPanel::applyAll);
    row->addWidget(m_applyAll);
}

void DiagnosticsPanel::buildTree()
{
    m_tree = new FindingsTable(m_theme, m_model, this);
    m_tree->setObjectName(QStringLiteral("findings"));
    m_tree->setAccessibleName(tr("Findings"));
    connect(m_tree, &FindingsTable::fixClicked, this, &DiagnosticsPanel::fix);
    connect(m_tree, &FindingsTable::activatedByKey, this, &DiagnosticsPanel::activated);
    connect(m_tree, &FindingsTable::previewWanted, this, &DiagnosticsPanel::previewCurrent);
    connect(m_tree, &FindingsTable::ignoreWanted, this, &DiagnosticsPanel::ignoreCurrent);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
        if (!m_quiet && current.isValid())
            Q_EMIT nodesPicked(current.data(FindingsModel::NodesRole).value<QList<quint32>>());
    });
    // A click on the row that is current already means "take me there" too.
    connect(m_tree, &QAbstractItemView::clicked, this, [this](const QModelIndex& index) {
        Q_EMIT nodesPicked(index.data(FindingsModel::NodesRole).value<QList<quint32>>());
    });
}

void DiagnosticsPanel::buildEmptyState()
{
    auto* empty = new QWidget(this);
    empty->setObjectName(QStringLiteral("noFindings"));
    auto* column = new QVBoxLayout(empty);
    column->setAlignment(Qt::AlignCenter);
    column->setSpacing(8);
    auto* row = new QHBoxLayout;
    row->setAlignment(Qt::AlignCenter);
    m_emptyMark = new QLabel(empty);
    m_emptyText = new QLabel(empty);
    m_emptyText->setObjectName(QStringLiteral("noFindingsText"));
    row->addWidget(m_emptyMark);
    row->addWidget(m_emptyText);
    column->addLayout(row);
    m_next = new QPushButton(empty);
    m_next->setObjectName(QStringLiteral("nextStep"));
    m_next->hide();
    connect(m_next, &QPushButton::clicked, this, &DiagnosticsPanel::nextStepRequested);
    column->addWidget(m_next, 0, Qt::AlignCenter);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(m_tree);
    m_stack->addWidget(empty);
}

void DiagnosticsPanel::setFindings(FindingListPtr list, size_t operators)
{
    m_operators = operators;
    {
        const QScopedValueRollback quiet(m_quiet, true);
        m_model->setFindings(std::move(list));
    }
    updateHeader();
}

void DiagnosticsPanel::setNextStep(const QString& text)
{
    m_next->setText(tr("Next: %1").arg(text));
    m_next->setProperty("wanted", !text.isEmpty());
    updateHeader();
}

void DiagnosticsPanel::updateHeader()
{
    const FindingListPtr& list = m_model->findings();
    const FindingCounts counts = list ? countFindings(*list) : FindingCounts{};
    const std::array<size_t, 4> numbers{counts.errors, counts.warnings, counts.advice, counts.undecided};
    for (size_t i = 0; i < numbers.size(); ++i)
        m_toggles[i]->setCount(numbers[i]);
    m_ignored->setVisible(counts.ignored > 0 || m_ignored->isChecked());
    m_ignored->setText(tr("%1 ignored").arg(counts.ignored));
    bool hasFix = false;
    for (int i = 0; list && i < static_cast<int>(list->findings.size()); ++i)
        hasFix = hasFix || (list->fixOf(i) && !list->isIgnored(i));
    m_applyAll->setEnabled(hasFix);

    const bool isClean = list && m_model->rowCount() == 0;
    m_stack->setCurrentIndex(list && !isClean ? 0 : 1);
    const bool isFiltered = isClean && counts.live() > 0;
    m_emptyMark->setPixmap(isClean && !isFiltered ? tickIcon(m_theme).pixmap(16, 16) : QPixmap());
    if (!list)
        m_emptyText->setText(tr("Not checked yet: F5"));
    else if (isFiltered)
        m_emptyText->setText(tr("The filter hides all %1 findings").arg(counts.live()));
    else
        m_emptyText->setText(tr("No findings for %1: %2 operators checked").arg(list->march).arg(m_operators));
    m_next->setVisible(isClean && !isFiltered && m_next->property("wanted").toBool());
}

void DiagnosticsPanel::applyFilter()
{
    FindingFilter filter;
    filter.severities.clear();
    for (const SeverityToggle* toggle : m_toggles)
        if (toggle->isChecked())
            filter.severities.insert(toggle->severity());
    filter.text = m_filter->text().trimmed();
    filter.showIgnored = m_ignored->isChecked();
    m_model->setFilter(filter);
    updateHeader();
}

void DiagnosticsPanel::selectNode(NodeId node)
{
    const QScopedValueRollback quiet(m_quiet, true);
    const QModelIndex current = m_tree->currentIndex();
    if (current.isValid() && current.data(FindingsModel::NodesRole).value<QList<quint32>>().contains(node.index))
        return;
    QModelIndex index = m_model->indexOfNode(node);
    if (!index.isValid()) {
        m_tree->selectionModel()->clear();
        return;
    }
    // A folded group stays folded: its row stands for the node.
    if (index.parent().isValid() && !m_tree->isExpanded(index.parent()))
        index = index.parent();
    m_tree->setCurrentIndex(index);
    m_tree->scrollTo(index);
}

void DiagnosticsPanel::selectNext(int step)
{
    const QModelIndexList leaves = m_model->leaves();
    if (leaves.isEmpty())
        return;
    const auto count = leaves.size();
    qsizetype at = leaves.indexOf(m_tree->currentIndex().siblingAtColumn(0));
    if (at < 0 && m_tree->currentIndex().isValid())
        at = leaves.indexOf(m_model->index(0, 0, m_tree->currentIndex().siblingAtColumn(0))) - (step > 0 ? 1 : 0);
    else if (at < 0)
        at = step > 0 ? -1 : count;
    const QModelIndex next = leaves[(at + step + count) % count];
    m_tree->setCurrentIndex(next);
    m_tree->scrollTo(next);
}

void DiagnosticsPanel::selectFirst()
{
    const QModelIndexList leaves = m_model->leaves();
    if (leaves.isEmpty())
        return;
    m_tree->setCurrentIndex({});
    m_tree->setCurrentIndex(leaves.front());
    m_tree->setFocus();
}

QList<int> DiagnosticsPanel::currentFindings() const
{
    return m_tree->currentIndex().isValid() ? m_model->findingsOf(m_tree->currentIndex().siblingAtColumn(0)) : QList<int>();
}

static QList<int> withFix(const FindingList& list, const QList<int>& findings)
{
    QList<int> kept;
    for (const int finding : findings)
        if (list.fixOf(finding) && !list.isIgnored(finding))
            kept.append(finding);
    return kept;
}

void DiagnosticsPanel::fix(const QModelIndex& index)
{
    if (!index.isValid())
        return;
    const FindingListPtr& list = m_model->findings();
    const bool isLeaf = !index.data(FindingsModel::GroupRole).toBool();
    const int finding = index.data(FindingsModel::IndexRole).toInt();
    if (isLeaf && !list->fixOf(finding)) {
        if (list->findings[static_cast<size_t>(finding)].severity == Severity::Undecided)
            Q_EMIT shapeRequested();
        return;
    }
    const QList<int> chosen = isLeaf ? QList<int>{finding} : withFix(*list, m_model->findingsOf(index.siblingAtColumn(0)));
    if (!chosen.isEmpty())
        Q_EMIT fixRequested(chosen);
}

void DiagnosticsPanel::fixCurrent()
{
    fix(m_tree->currentIndex());
}

void DiagnosticsPanel::previewCurrent()
{
    const QList<int> findings = currentFindings();
    if (!findings.isEmpty() && m_model->findings()->fixOf(findings.front()))
        Q_EMIT previewRequested(findings.front());
}

void DiagnosticsPanel::applyAll()
{
    const FindingListPtr list = m_model->findings();
    if (!list)
        return;
    QList<int> all;
    for (int i = 0; i < static_cast<int>(list->findings.size()); ++i)
        all.append(i);
    auto* dialog = new FixListDialog(*list, withFix(*list, all), this);
    connect(dialog, &FixListDialog::chosen, this, &DiagnosticsPanel::fixRequested);
    dialog->show();
}

void DiagnosticsPanel::ignoreCurrent()
{
    const QList<int> findings = currentFindings();
    if (findings.isEmpty())
        return;
    if (m_model->filter().showIgnored) {
        Q_EMIT ignoreRequested(findings, QString());
        return;
    }
    auto* dialog = new ReasonDialog(tr("Ignore %n finding(s)", nullptr, static_cast<int>(findings.size())), this);
    connect(dialog, &ReasonDialog::chosen, this, [this, findings](const QString& reason) { Q_EMIT ignoreRequested(findings, reason); });
    dialog->show();
}

/// The controls give way to the tabs beside them; what is dropped is in the menu as well.
void DiagnosticsPanel::resizeEvent(QResizeEvent* event)
{
    constexpr int kRoomy = 1060;
    constexpr int kNarrow = 960;
    QWidget::resizeEvent(event);
    m_groupLabel->setVisible(width() >= kRoomy);
    m_applyAll->setVisible(width() >= kNarrow);
    m_groupBy->setMaximumWidth(width() >= kNarrow ? QWIDGETSIZE_MAX : 90);
}

} // namespace bpu::views
