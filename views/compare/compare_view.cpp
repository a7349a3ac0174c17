// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/compare/compare_view.h"

#include "views/compare/layer_detail.h"
#include "views/compare/similarity_curve.h"
#include "views/widgets/combo_box.h"
#include "views/widgets/elided_label.h"
#include "views/widgets/segmented_control.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace bpu::views {

constexpr int kBarHeight = 38;

CompareView::CompareView(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_model(new LayerModel(theme, this)), m_filter(new LayerFilter(this)), m_alone(new AloneModel(this)), m_pages(new QStackedWidget(this))
{
    setObjectName(QStringLiteral("compare"));
    m_filter->setSourceModel(m_model);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeBar());
    layout->addWidget(m_pages, 1);
    m_pages->addWidget(makeNotice());
    m_pages->addWidget(makeResults());
    connect(&theme, &Theme::changed, this, [this] { m_model->setLimit(limit()); });
}

double CompareView::limit() const
{
    return m_limit->value();
}

void CompareView::setChoices(Side side, const QList<CompareChoice>& choices, const QString& current)
{
    ComboBox* box = m_choices[side];
    bool isSame = box->count() == choices.size() && box->currentData().toString() == current;
    for (int i = 0; isSame && i < box->count(); ++i)
        isSame = box->itemData(i).toString() == choices[i].id && box->itemText(i) == choices[i].text;
    if (isSame) // an open list stays open
        return;
    const QSignalBlocker blocker(box);
    box->clear();
    for (const CompareChoice& choice : choices)
        box->addItem(choice.text, choice.id);
    box->setCurrentIndex(box->findData(current));
    box->setEnabled(!choices.isEmpty());
    box->setToolTip(box->currentText());
}

void CompareView::setProgress(const QString& text)
{
    m_isRunning = !text.isEmpty();
    m_compare->setText(m_isRunning ? tr("Stop") : tr("Compare"));
    if (m_isRunning)
        m_fact->setText(text);
}

void CompareView::setCanCompare(bool can, const QString& toolTip)
{
    m_compare->setEnabled(can || m_isRunning);
    m_compare->setToolTip(toolTip);
}

void CompareView::showNotice(const CompareNotice& notice)
{
    m_comparison.reset();
    m_layer = -1;
    m_model->setComparison(nullptr);
    m_alone->setComparison(nullptr, {}, {});
    m_curve->setComparison(nullptr);
    m_detail->setLayer(nullptr, {}, {});
    m_save->setEnabled(false);
    m_fact->setText(QString());
    m_noticeTitle->setText(notice.title);
    m_noticeText->setText(notice.message);
    for (const auto& [button, text] : {std::pair{m_noticeAction, notice.action}, {m_noticeSecond, notice.second}}) {
        button->setText(text);
        button->setVisible(!text.isEmpty());
    }
    m_pages->setCurrentIndex(0);
}

void CompareView::showResult(ComparisonPtr comparison, const QString& titleA, const QString& titleB, const QString& fact)
{
    m_comparison = std::move(comparison);
    m_titles[0] = titleA;
    m_titles[1] = titleB;
    m_layer = -1;
    m_model->setComparison(m_comparison);
    m_alone->setComparison(m_comparison, titleA, titleB);
    m_curve->setComparison(m_comparison);
    m_detail->setLayer(nullptr, {}, {});
    m_fact->setText(fact);
    m_save->setEnabled(true);
    m_pages->setCurrentIndex(1);
    updateFacts();
    fitColumns();
}

void CompareView::updateFacts()
{
    if (!m_comparison)
        return;
    const std::vector<size_t> worst = passes::sortedLayers(*m_comparison, passes::LayerOrder::Similarity);
    const size_t below = passes::layersBelow(*m_comparison, limit()).size();
    const auto similarity = [&](size_t layer) { return m_model->index(static_cast<int>(layer), LayerModel::Similarity).data().toString(); };
    m_summary->setText(tr("output %1, lowest %2, %3 of %4 layers below %5")
                           .arg(similarity(m_comparison->layers.size() - 1), similarity(worst.front()))
                           .arg(below)
                           .arg(m_comparison->layers.size())
                           .arg(limit()));
    m_onlyBelow->setText(tr("Below limit (%1)").arg(below));
    m_lists->setSegmentEnabled(1, !m_comparison->unmatched.empty(), m_comparison->unmatched.empty() ? tr("Every result was compared") : QString());
    setAccessibleDescription(m_summary->text());
}

int CompareView::layerOf(NodeId node, Side side) const
{
    if (!m_comparison || !node.isValid())
        return -1;
    const auto& layers = m_comparison->layers;
    const auto found = std::ranges::find_if(layers, [&](const passes::LayerComparison& layer) { return (side == A ? layer.match.nodeA : layer.match.nodeB) == node; });
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

void CompareView::setCurrentLayer(int layer)
{
    m_layer = m_comparison && layer >= 0 && layer < m_model->rowCount() ? layer : -1;
    m_curve->setCurrent(m_layer);
    m_detail->setLayer(m_layer < 0 ? nullptr : &m_model->layer(m_layer), m_titles[0], m_titles[1]);
    const QModelIndex row = m_layer < 0 ? QModelIndex() : m_filter->mapFromSource(m_model->index(m_layer, LayerModel::Layer));
    const QSignalBlocker blocker(m_table->selectionModel());
    if (row.isValid()) {
        m_table->setCurrentIndex(row);
        m_table->scrollTo(row);
    } else {
        m_table->clearSelection();
    }
    m_table->viewport()->update();
}

void CompareView::pick(int layer)
{
    if (layer < 0 || layer == m_layer)
        return;
    setCurrentLayer(layer);
    Q_EMIT layerPicked(layer);
}

void CompareView::updateFilter()
{
    m_filter->setWords(m_words->text());
    m_filter->setOnlyBelow(m_onlyBelow->isChecked());
    setCurrentLayer(m_layer);
}

void CompareView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitColumns();
}

/// Figures keep the width of their digits; the names share the rest. In a narrow panel the two means go first.
void CompareView::fitColumns()
{
    const int digits = QFontMetrics(m_theme.monoFont()).horizontalAdvance(QLatin1Char('0'));
    const bool isNarrow = m_table->viewport()->width() < 94 * digits;
    m_table->setColumnHidden(LayerModel::L1, isNarrow);
    m_table->setColumnHidden(LayerModel::L2, isNarrow);
    QHeaderView& header = *m_table->header();
    int rest = m_table->viewport()->width();
    for (int column = 0; column < LayerModel::ColumnCount; ++column) {
        if (column == LayerModel::Layer || column == LayerModel::Operator || m_table->isColumnHidden(column))
            continue;
        const int title = QFontMetrics(m_theme.hintFont()).horizontalAdvance(m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString()) + 26;
        const int width = column == LayerModel::Mark ? 24 : std::max(title, (column == LayerModel::Number ? 4 : 8) * digits + 8);
        header.resizeSection(column, width);
        rest -= width;
    }
    header.resizeSection(LayerModel::Operator, std::max(60, rest * 2 / 5));
    header.resizeSection(LayerModel::Layer, std::max(60, rest - header.sectionSize(LayerModel::Operator)));
}

void CompareView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Window));
    painter.setPen(m_theme.color(Token::Border));
    painter.drawLine(0, kBarHeight - 1, width(), kBarHeight - 1);
}

} // namespace bpu::views
