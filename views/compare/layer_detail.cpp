// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/compare/layer_detail.h"

#include "passes/compare/report.h"
#include "views/widgets/elided_label.h"
#include "views/widgets/histogram_plot.h"
#include "views/widgets/model_facts.h"

#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

namespace bpu::views {

LayerDetail::LayerDetail(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_name(new ElidedLabel(Qt::ElideMiddle, this)), m_shape(new QLabel(this)),
      m_legend{new ElidedLabel(Qt::ElideRight, this), new ElidedLabel(Qt::ElideRight, this)}, m_plot(new HistogramPlot(theme, this)),
      m_body(new QWidget(this)), m_rows(new QGridLayout(m_body))
{
    setObjectName(QStringLiteral("layerDetail"));
    setMinimumWidth(220);
    m_name->setObjectName(QStringLiteral("layerName"));
    m_name->setFont(theme.boldFont());
    m_shape->setFont(theme.monoFont());
    m_shape->setWordWrap(true);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setHorizontalSpacing(10);
    m_rows->setVerticalSpacing(3);
    m_rows->setColumnStretch(0, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(6);
    layout->addWidget(m_name);
    layout->addWidget(m_shape);
    addLegend();
    layout->addWidget(m_plot, 1);
    layout->addWidget(m_body);
    layout->addStretch();
    m_plot->setMaximumHeight(260);
    connect(&theme, &Theme::changed, this, &LayerDetail::fill);
    fill();
}

void LayerDetail::addLegend()
{
    auto* row = new QHBoxLayout;
    row->setSpacing(16);
    for (ElidedLabel* label : m_legend) {
        label->setContentsMargins(0, 0, 0, 0);
        label->setFont(m_theme.hintFont());
        row->addSpacing(16); // the sample of the line, painted
        row->addWidget(label);
    }
    row->addStretch();
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
}

void LayerDetail::setLayer(const passes::LayerComparison* layer, const QString& titleA, const QString& titleB)
{
    m_hasLayer = layer != nullptr;
    m_layer = layer ? *layer : passes::LayerComparison{};
    m_titles[0] = titleA;
    m_titles[1] = titleB;
    fill();
}

void LayerDetail::clearRows()
{
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

void LayerDetail::addRow(const QString& what, const QStringList& numbers)
{
    const int row = m_rows->rowCount();
    const auto add = [&](const QString& text, const QFont& font, Token color, int column, Qt::Alignment alignment) {
        auto* label = new QLabel(text, m_body);
        label->setFont(font);
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, m_theme.color(color));
        label->setPalette(palette);
        m_rows->addWidget(label, row, column, alignment);
    };
    add(what, m_theme.bodyFont(), Token::Muted, 0, Qt::AlignLeft);
    for (int i = 0; i < numbers.size(); ++i)
        add(numbers[i], m_theme.monoFont(), Token::Text, i + 1, Qt::AlignRight);
}

void LayerDetail::fill()
{
    clearRows();
    for (QWidget* part : {static_cast<QWidget*>(m_shape), static_cast<QWidget*>(m_legend[0]), static_cast<QWidget*>(m_legend[1]), static_cast<QWidget*>(m_plot), m_body})
        part->setVisible(m_hasLayer);
    m_name->setText(m_hasLayer ? QString::fromStdString(m_layer.name) : tr("Choose a layer"));
    if (!m_hasLayer)
        return update();
    const passes::LayerMetrics& m = m_layer.metrics;
    m_shape->setText(QStringLiteral("%1, %2").arg(shapeLabel(m_layer.type), tr("%1 numbers").arg(countText(static_cast<int64_t>(m.elements)))));
    m_legend[0]->setText(m_titles[0]);
    m_legend[1]->setText(m_titles[1]);
    m_plot->setData(tr("Values of %1").arg(QString::fromStdString(m_layer.name)), m.histogramA, m.histogramB);
    addRow(QString(), {QStringLiteral("A"), QStringLiteral("B")});
    addRow(tr("Minimum"), {numberText(m.a.min), numberText(m.b.min)});
    addRow(tr("Maximum"), {numberText(m.a.max), numberText(m.b.max)});
    addRow(tr("Mean"), {numberText(m.a.mean), numberText(m.b.mean)});
    addRow(tr("Deviation"), {numberText(m.a.stddev), numberText(m.b.stddev)});
    if (m.a.nonFinite + m.b.nonFinite > 0)
        addRow(tr("NaN or infinite"), {countText(static_cast<int64_t>(m.a.nonFinite)), countText(static_cast<int64_t>(m.b.nonFinite))});
    addRow(tr("Similarity"), {QString(), QString::fromStdString(passes::similarityText(m.cosine))});
    addRow(tr("L1"), {QString(), QString::fromStdString(passes::errorText(m.l1))});
    addRow(tr("L2"), {QString(), QString::fromStdString(passes::errorText(m.l2))});
    addRow(tr("Max error"), {QString(), QString::fromStdString(passes::errorText(m.maxError))});
    addRow(tr("SQNR, dB"), {QString(), QString::fromStdString(passes::sqnrText(m.sqnrDb))});
    update();
}

void LayerDetail::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Surface));
    painter.setPen(m_theme.color(Token::Border));
    painter.drawLine(rect().topLeft(), rect().bottomLeft());
    if (!m_hasLayer)
        return;
    QColor bar = m_theme.color(Token::Accent);
    bar.setAlphaF(0.35F);
    const auto sample = [&](const QWidget& label) { return QPoint(label.x() - 14, label.geometry().center().y()); };
    painter.fillRect(QRect(sample(*m_legend[0]) - QPoint(0, 4), QSize(10, 10)), bar);
    painter.setPen(QPen(m_theme.color(Token::FamilyQuant), 2));
    painter.drawLine(sample(*m_legend[1]), sample(*m_legend[1]) + QPoint(10, 0));
}

} // namespace bpu::views
