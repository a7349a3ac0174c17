// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Values: what the node's weights hold, and after a run what it computed.
#include "views/inspector/feature_maps.h"
#include "views/inspector/inspector.h"
#include "views/inspector/section.h"
#include "views/widgets/histogram_plot.h"

#include <QDialog>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace bpu::views {

/// One channel as large as fits, its numbers' range below.
static void showPlane(const Theme& theme, const passes::TensorSummary& summary, const QImage& image, int channel, QWidget* parent)
{
    auto* dialog = new QDialog(parent);
    dialog->setObjectName(QStringLiteral("planeDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(QDialog::tr("%1, channel %2").arg(QString::fromStdString(summary.name)).arg(channel));
    auto* layout = new QVBoxLayout(dialog);
    auto* picture = new QLabel(dialog);
    constexpr int kSide = 512;
    const int times = std::max(1, kSide / std::max(image.width(), image.height()));
    picture->setPixmap(QPixmap::fromImage(image.scaled(image.size() * times, Qt::KeepAspectRatio, Qt::FastTransformation)));
    picture->setAlignment(Qt::AlignCenter);
    picture->setAccessibleName(dialog->windowTitle());
    layout->addWidget(picture, 1);
    layout->addWidget(textLabel(QDialog::tr("%1×%2, black %3, white %4").arg(image.height()).arg(image.width()).arg(numberText(summary.stats.min), numberText(summary.stats.max)),
                                theme.monoFont(), theme.color(Token::Muted), dialog));
    dialog->show();
}

void Inspector::addFigures(Section& section, const passes::TensorSummary& summary)
{
    const auto count = [](uint64_t number) { return countText(static_cast<int64_t>(number)); };
    section.addRow({tr("Minimum"), numberText(summary.stats.min)});
    section.addRow({tr("Maximum"), numberText(summary.stats.max)});
    section.addRow({tr("Mean"), numberText(summary.stats.mean)});
    section.addRow({tr("Deviation"), numberText(summary.stats.stddev)});
    section.addRow({tr("Zeros"), tr("%1 of %2").arg(count(summary.zeros), count(summary.count))});
    const auto warn = summary.nans + summary.infinities > 0 ? static_cast<int>(Severity::Warning) : Section::kNoMark;
    if (summary.nans > 0)
        section.addRow({tr("NaN"), count(summary.nans)}, warn);
    if (summary.infinities > 0)
        section.addRow({tr("Infinite"), count(summary.infinities)}, warn);
}

void Inspector::addSummary(Section& section, const passes::TensorSummary& summary)
{
    section.addRow({QString::fromStdString(summary.role), QStringLiteral("%1  %2").arg(shapeLabel(summary.type), QString::fromStdString(std::string(ir::name(summary.type.dtype()))))}, Section::kNoMark,
                   QString::fromStdString(summary.name));
    auto* plot = new HistogramPlot(m_theme, &section);
    plot->setFixedHeight(104);
    plot->setData(QString::fromStdString(summary.role), summary.histogram);
    section.addWidget(plot);
    addFigures(section, summary);
    if (!summary.channels.empty()) {
        section.addText(tr("Range by channel"));
        section.addWidget(new NumberPlot(m_theme, summary.channels, &section));
    }
    if (!summary.planes.empty()) {
        section.addText(summary.planeCount > summary.planes.size() ? tr("The first %1 of %2 channels; a click enlarges").arg(summary.planes.size()).arg(summary.planeCount)
                                                                   : tr("Channels; a click enlarges"));
        auto* maps = new FeatureMaps(m_theme, summary, &section);
        connect(maps, &FeatureMaps::activated, this, [this, maps, summary](int channel) { showPlane(m_theme, summary, maps->image(channel), channel, this); });
        section.addWidget(maps);
    } else if (summary.role == "output" && summary.points.size() > 1) {
        section.addWidget(new NumberPlot(m_theme, summary.points, &section));
    }
}

void Inspector::addValues(const ir::Node& node)
{
    const passes::NodeValuesPtr& values = m_input.values;
    const bool isCurrent = values && values->graph == m_input.graph && values->node == node.id;
    Section* section = addSection(QStringLiteral("values"), tr("Values"), isCurrent && values->hasRun ? tr("on %1").arg(QString::fromStdString(values->data)) : QString());
    auto* run = new QPushButton(m_input.isRunning ? tr("Stop") : isCurrent && values->hasRun ? tr("Run again") : tr("Run on data"), section);
    run->setObjectName(QStringLiteral("runValues"));
    run->setToolTip(tr("Runs the graph once and shows what this node computes"));
    connect(run, &QPushButton::clicked, this, &Inspector::runRequested);
    if (isCurrent) {
        for (const passes::TensorSummary& weight : values->weights)
            addSummary(*section, weight);
        for (const passes::TensorSummary& result : values->results)
            addSummary(*section, result);
    }
    if (!m_input.valuesMessage.isEmpty())
        section->addText(m_input.valuesMessage);
    section->addWidget(run);
}

} // namespace bpu::views
