// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How the compare view is put together.
#include "views/compare/compare_view.h"
#include "views/compare/layer_detail.h"
#include "views/compare/similarity_curve.h"
#include "views/widgets/combo_box.h"
#include "views/widgets/elided_label.h"
#include "views/widgets/segmented_control.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

namespace bpu::views {

constexpr int kBarHeight = 38;
constexpr int kRowHeight = 25;

/// Rows of one height. Names of layers give way at the left: their ends tell them apart.
class RowDelegate : public QStyledItemDelegate {
public:
    RowDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        return {QStyledItemDelegate::sizeHint(option, index).width(), std::max(kRowHeight, option.fontMetrics.height() + 6)};
    }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->textElideMode = index.column() == LayerModel::Layer ? Qt::ElideLeft : Qt::ElideRight;
        option->decorationSize = {14, 14};
        if (option->state.testFlag(QStyle::State_Selected))
            option->palette.setColor(QPalette::Text, m_theme.color(Token::Text));
    }

private:
    const Theme& m_theme;
};

static void prepareTable(QTreeView& table, const Theme& theme, const char* name, const QString& spoken)
{
    table.setObjectName(QLatin1String(name));
    table.setAccessibleName(spoken);
    table.setItemDelegate(new RowDelegate(theme, &table));
    table.setUniformRowHeights(true);
    table.setRootIsDecorated(false);
    table.setAllColumnsShowFocus(true);
    table.setEditTriggers(QAbstractItemView::NoEditTriggers);
    table.setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table.header()->setFont(theme.hintFont());
    table.header()->setStretchLastSection(false);
    table.header()->setMinimumSectionSize(24);
}

ComboBox* CompareView::makeChoice(const QString& name, Side side)
{
    auto* box = new ComboBox(m_theme, this);
    const char* names[] = {"compareA", "compareB", "compareData"};
    box->setObjectName(QLatin1String(names[side]));
    box->setAccessibleName(name);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    box->setMinimumContentsLength(6);
    box->setMaximumWidth(190);
    connect(box, &QComboBox::activated, this, [this, box, side] { Q_EMIT chosen(side, box->currentData().toString()); });
    m_choices[side] = box;
    return box;
}

QWidget* CompareView::makeBar()
{
    auto* bar = new QWidget(this);
    bar->setFixedHeight(kBarHeight);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 0, 8, 1);
    row->setSpacing(6);
    const auto label = [&](const QString& text) {
        auto* shown = new QLabel(text, bar);
        shown->setFont(m_theme.hintFont());
        shown->setForegroundRole(QPalette::PlaceholderText);
        row->addWidget(shown);
    };
    row->addWidget(makeChoice(tr("A, the reference"), A));
    label(tr("with"));
    row->addWidget(makeChoice(tr("B, compared with A"), B));
    label(tr("on"));
    row->addWidget(makeChoice(tr("Data that both run on"), Data));
    m_compare = new QPushButton(tr("Compare"), bar);
    m_compare->setObjectName(QStringLiteral("compareRun"));
    m_compare->setProperty("emphasis", QStringLiteral("filled"));
    row->addWidget(m_compare);
    m_fact = new ElidedLabel(Qt::ElideRight, bar);
    m_fact->setObjectName(QStringLiteral("compareFact"));
    m_fact->setFont(m_theme.hintFont());
    m_fact->setForegroundRole(QPalette::PlaceholderText);
    m_fact->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    row->addWidget(m_fact, 1);
    m_save = new QPushButton(tr("Save table…"), bar);
    m_save->setObjectName(QStringLiteral("compareSave"));
    m_save->setToolTip(tr("Write the table as CSV or JSON"));
    m_save->setEnabled(false);
    row->addWidget(m_save);
    connect(m_compare, &QPushButton::clicked, this, [this] {
        if (m_isRunning)
            Q_EMIT stopRequested();
        else
            Q_EMIT compareRequested();
    });
    connect(m_save, &QPushButton::clicked, this, &CompareView::saveRequested);
    return bar;
}

QWidget* CompareView::makeNotice()
{
    auto* page = new QWidget(m_pages);
    page->setBackgroundRole(QPalette::Base);
    page->setAutoFillBackground(true);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(40, 24, 40, 24);
    column->setSpacing(10);
    column->addStretch(2);
    m_noticeTitle = new QLabel(page);
    m_noticeTitle->setObjectName(QStringLiteral("noticeTitle"));
    m_noticeTitle->setFont(m_theme.tileFont());
    m_noticeText = new QLabel(page);
    m_noticeText->setObjectName(QStringLiteral("noticeText"));
    m_noticeText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    for (QLabel* text : {m_noticeTitle, m_noticeText}) {
        text->setWordWrap(true);
        text->setAlignment(Qt::AlignHCenter);
        text->setTextFormat(Qt::PlainText);
        column->addWidget(text);
    }
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    m_noticeAction = new QPushButton(page);
    m_noticeAction->setObjectName(QStringLiteral("noticeAction"));
    m_noticeAction->setProperty("emphasis", QStringLiteral("filled"));
    m_noticeSecond = new QPushButton(page);
    m_noticeSecond->setObjectName(QStringLiteral("noticeSecond"));
    buttons->addWidget(m_noticeAction);
    buttons->addWidget(m_noticeSecond);
    buttons->addStretch();
    column->addSpacing(6);
    column->addLayout(buttons);
    column->addStretch(3);
    connect(m_noticeAction, &QPushButton::clicked, this, &CompareView::noticeAction);
    connect(m_noticeSecond, &QPushButton::clicked, this, &CompareView::noticeSecond);
    return page;
}

QWidget* CompareView::makeResults()
{
    auto* page = new QWidget(m_pages);
    page->setBackgroundRole(QPalette::Base);
    page->setAutoFillBackground(true);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(12, 8, 12, 0);
    head->setSpacing(10);
    auto* title = new QLabel(tr("Similarity by layer"), page);
    title->setFont(m_theme.boldFont());
    head->addWidget(title);
    m_summary = new ElidedLabel(Qt::ElideRight, page);
    m_summary->setObjectName(QStringLiteral("compareSummary"));
    m_summary->setForegroundRole(QPalette::PlaceholderText);
    m_summary->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    head->addWidget(m_summary, 1);
    column->addLayout(head);
    m_curve = new SimilarityCurve(m_theme, page);
    m_detail = new LayerDetail(m_theme, page);
    auto* lower = new QSplitter(Qt::Horizontal, page);
    lower->setChildrenCollapsible(false);
    lower->setHandleWidth(1);
    lower->addWidget(makeTablePane());
    lower->addWidget(m_detail);
    lower->setStretchFactor(0, 1);
    lower->setSizes({800, 250});
    auto* split = new QSplitter(Qt::Vertical, page);
    split->setChildrenCollapsible(false);
    split->setHandleWidth(1);
    split->addWidget(m_curve);
    split->addWidget(lower);
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 5);
    column->addWidget(split, 1);
    connect(m_curve, &SimilarityCurve::picked, this, &CompareView::pick);
    return page;
}

QLayout* CompareView::makeFilterRow()
{
    auto* row = new QHBoxLayout;
    row->setContentsMargins(10, 5, 10, 5);
    row->setSpacing(8);
    m_lists = new SegmentedControl(m_theme, tr("List"), this);
    m_lists->setObjectName(QStringLiteral("compareLists"));
    m_lists->addSegment(tr("Layers"));
    m_lists->addSegment(tr("Not compared"));
    m_lists->setCurrent(0);
    row->addWidget(m_lists);
    m_words = new QLineEdit(this);
    m_words->setObjectName(QStringLiteral("compareFilter"));
    m_words->setPlaceholderText(tr("Filter name or operator"));
    m_words->setAccessibleName(tr("Filter the layers"));
    m_words->setClearButtonEnabled(true);
    row->addWidget(m_words, 1);
    m_onlyBelow = new QCheckBox(tr("Below limit"), this);
    m_onlyBelow->setObjectName(QStringLiteral("compareOnlyBelow"));
    row->addWidget(m_onlyBelow);
    m_limit = new QDoubleSpinBox(this);
    m_limit->setObjectName(QStringLiteral("compareLimit"));
    m_limit->setAccessibleName(tr("Limit of the similarity"));
    m_limit->setToolTip(tr("Layers below this similarity are marked"));
    m_limit->setRange(-1, 1);
    m_limit->setDecimals(4);
    m_limit->setSingleStep(0.01);
    m_limit->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_limit->setLocale(QLocale::c());
    m_limit->setValue(0.99);
    row->addWidget(m_limit);
    connect(m_words, &QLineEdit::textChanged, this, &CompareView::updateFilter);
    connect(m_onlyBelow, &QCheckBox::toggled, this, &CompareView::updateFilter);
    connect(m_limit, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        m_model->setLimit(value);
        m_curve->setLimit(value);
        updateFilter();
        updateFacts();
    });
    connect(m_lists, &SegmentedControl::chosen, this, [this](int index) {
        m_tables->setCurrentIndex(index);
        m_words->setEnabled(index == 0);
        m_onlyBelow->setEnabled(index == 0);
    });
    return row;
}

void CompareView::makeTable()
{
    m_table = new QTreeView(this);
    m_table->setModel(m_filter);
    prepareTable(*m_table, m_theme, "compareTable", tr("Layers"));
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(LayerModel::Similarity, Qt::AscendingOrder);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (row.isValid())
            pick(m_filter->mapToSource(row).row());
    });
}

void CompareView::makeAloneTable()
{
    m_aloneTable = new QTreeView(this);
    m_aloneTable->setModel(m_alone);
    prepareTable(*m_aloneTable, m_theme, "compareAlone", tr("Results that were not compared"));
    m_aloneTable->header()->setStretchLastSection(true);
    m_aloneTable->header()->resizeSection(AloneModel::Model, 110);
    m_aloneTable->header()->resizeSection(AloneModel::Node, 240);
    connect(m_aloneTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (row.isValid())
            Q_EMIT alonePicked(row.row());
    });
}

QWidget* CompareView::makeTablePane()
{
    makeTable();
    makeAloneTable();
    m_tables = new QStackedWidget(this);
    m_tables->addWidget(m_table);
    m_tables->addWidget(m_aloneTable);
    auto* pane = new QWidget(this);
    auto* column = new QVBoxLayout(pane);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(makeFilterRow());
    column->addWidget(m_tables, 1);
    return pane;
}

} // namespace bpu::views
