// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/graph_header.h"

#include "views/graph/graph_view.h"
#include "views/widgets/segmented_control.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

namespace bpu::views {

static constexpr int kHeight = 30;

GraphHeader::GraphHeader(const Theme& theme, GraphView& view, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_layout(new QHBoxLayout(this)), m_path(new QLabel(this)), m_colorBy(new QLabel(tr("Color by"), this)),
      m_modes(new SegmentedControl(theme, tr("Color by"), this))
{
    setObjectName(QStringLiteral("graphHeader"));
    setFixedHeight(kHeight);
    m_layout->setContentsMargins(12, 0, 8, 1);
    m_layout->setSpacing(6);
    m_path->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_path->setTextFormat(Qt::RichText);
    m_layout->addWidget(m_path, 1);
    m_colorBy->setFont(theme.hintFont());
    m_layout->addWidget(m_colorBy);
    for (const QString& mode : {tr("Family"), tr("Findings"), tr("Device"), tr("Cost")})
        m_modes->addSegment(mode);
    m_layout->addWidget(m_modes);
    m_layout->addSpacing(8);

    connect(addButton("zoom-out", tr("Zoom out"), tr("Zoom out (-)")), &QToolButton::clicked, &view, &GraphView::zoomOut);
    m_zoom = new QLabel(QStringLiteral("100 %"), this);
    m_zoom->setFont(theme.hintFont());
    m_zoom->setAlignment(Qt::AlignCenter);
    m_zoom->setFixedWidth(QFontMetrics(theme.hintFont()).horizontalAdvance(QStringLiteral("0000 %")));
    m_layout->addWidget(m_zoom);
    connect(addButton("zoom-in", tr("Zoom in"), tr("Zoom in (+)")), &QToolButton::clicked, &view, &GraphView::zoomIn);
    connect(addButton("fit", tr("Fit the whole graph"), tr("Fit (F)")), &QToolButton::clicked, &view, &GraphView::fitAll);
    QToolButton* map = addButton("map", tr("Overview map"), tr("Overview map"));
    map->setCheckable(true);
    map->setChecked(true);
    connect(map, &QToolButton::toggled, &view, &GraphView::setOverviewVisible);
    connect(&view, &GraphView::overviewVisibleChanged, map, &QToolButton::setChecked);
    connect(&view, &GraphView::zoomChanged, this, [this](double zoom) {
        const double percent = zoom * 100;
        m_zoom->setText(percent < 0.95 ? QStringLiteral("%1 %").arg(percent, 0, 'f', 1) : QStringLiteral("%1 %").arg(qRound(percent)));
    });
    connect(m_modes, &SegmentedControl::chosen, &view, [&view](int mode) { view.setColorMode(static_cast<ColorMode>(mode)); });
    connect(&view, &GraphView::colorModeChanged, m_modes, [this](ColorMode mode) { m_modes->setCurrent(static_cast<int>(mode)); });
    connect(m_path, &QLabel::linkActivated, this, [this](const QString& link) { Q_EMIT pathClicked(link.toInt()); });
    connect(&theme, &Theme::changed, this, &GraphHeader::showPath);
}

QToolButton* GraphHeader::addButton(const char* icon, const QString& name, const QString& toolTip)
{
    auto* button = new QToolButton(this);
    button->setIcon(m_theme.icon(QLatin1StringView(icon)));
    button->setIconSize({16, 16});
    button->setFixedSize(24, 24);
    button->setProperty("compact", true);
    button->setAccessibleName(name);
    button->setToolTip(toolTip);
    button->setObjectName(QString::fromLatin1(icon));
    m_layout->addWidget(button);
    return button;
}

void GraphHeader::setPath(const QStringList& parts)
{
    m_parts = parts;
    m_path->setAccessibleName(tr("Path: %1").arg(parts.join(QStringLiteral(", "))));
    showPath();
}

// Rich text carries its colors, so a new theme needs new text.
void GraphHeader::showPath()
{
    const QStringList& parts = m_parts;
    QStringList html;
    for (int i = 0; i < parts.size(); ++i) {
        const QString part = parts[i].toHtmlEscaped();
        const bool last = i + 1 == parts.size();
        html.append(last && i > 0 ? QStringLiteral("<b>%1</b>").arg(part)
                                  : QStringLiteral("<a href='%1' style='text-decoration:none;color:%2'>%3</a>")
                                        .arg(i).arg(m_theme.color(Token::Muted).name(), part));
    }
    m_path->setText(html.join(QStringLiteral(" &nbsp;<span style='color:%1'>%2</span>&nbsp; ").arg(m_theme.color(Token::Muted).name()).arg(QChar(0x203a))));
}

// In a narrow column the words go first, then the path.
void GraphHeader::resizeEvent(QResizeEvent*)
{
    m_colorBy->setVisible(width() > 620);
    m_modes->setVisible(width() > 460);
}

void GraphHeader::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Alt));
    painter.fillRect(0, height() - 1, width(), 1, m_theme.color(Token::Border));
}

} // namespace bpu::views
