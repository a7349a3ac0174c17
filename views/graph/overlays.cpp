// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/overlays.h"

#include "views/graph/card_painter.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace bpu::views {

static constexpr int kColumn = 18;
static constexpr int kLevels = 3;
static constexpr int kRow = 17;

ScopeRail::ScopeRail(const Theme& theme, const GraphScene& scene, const Camera& camera, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_scene(scene), m_camera(camera)
{
    setAccessibleName(tr("Open modules"));
}

int ScopeRail::neededWidth() const
{
    int levels = 0;
    for (const layout::ScopeSpan& span : m_scene.diagram().scopes)
        levels = std::max(levels, std::min(span.depth + 1, kLevels));
    return levels == 0 ? 0 : levels * kColumn + 8;
}

QRectF ScopeRail::rectOf(const layout::ScopeSpan& span) const
{
    const double top = m_camera.toScreen(QPointF(0, span.top)).y();
    const double bottom = m_camera.toScreen(QPointF(0, span.bottom)).y();
    return {4.0 + span.depth * kColumn, top, kColumn, bottom - top};
}

const layout::ScopeSpan* ScopeRail::spanAt(QPointF point) const
{
    for (const layout::ScopeSpan& span : m_scene.diagram().scopes)
        if (span.depth < kLevels && rectOf(span).contains(point))
            return &span;
    return nullptr;
}

void ScopeRail::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(Token::Window));
    painter.fillRect(width() - 1, 0, 1, height(), m_theme.color(Token::Border));
    painter.setFont(m_theme.hintFont());
    double painted[kLevels] = {-1e9, -1e9, -1e9};
    for (const layout::ScopeSpan& span : m_scene.diagram().scopes) {
        const QRectF bracket = rectOf(span);
        if (span.depth >= kLevels || bracket.bottom() < 0 || bracket.top() > height() || bracket.height() < 4)
            continue;
        // Siblings that overlap in y would be drawn through each other: the first one stands.
        if (bracket.top() < painted[span.depth] - 0.5)
            continue;
        painted[span.depth] = bracket.bottom();
        const double x = bracket.right() - 3;
        painter.setPen(m_theme.color(Token::Strong));
        painter.drawPolyline(QPolygonF({{x + 3, bracket.top() + 1}, {x, bracket.top() + 1}, {x, bracket.bottom() - 1}, {x + 3, bracket.bottom() - 1}}));
        const double top = std::max(0.0, bracket.top());
        const double bottom = std::min<double>(height(), bracket.bottom());
        const QString name = QString::fromUtf8(span.scope.data(), static_cast<qsizetype>(span.scope.size()));
        const auto room = static_cast<int>(bottom - top) - 6;
        const QString last = name.section(QLatin1Char('.'), -1);
        const QFontMetrics metrics = painter.fontMetrics();
        const QString shown = metrics.horizontalAdvance(name) < room ? name : metrics.elidedText(last, Qt::ElideLeft, room);
        constexpr int kReadable = 4; // "…t" says nothing
        if (bottom - top < 24 || (shown != name && shown != last && shown.size() <= kReadable))
            continue;
        painter.save();
        painter.translate(bracket.left(), (top + bottom) / 2);
        painter.rotate(-90);
        painter.setPen(m_theme.color(Token::Muted));
        painter.drawText(QRectF(-(bottom - top) / 2, 0, bottom - top, kColumn - 3), Qt::AlignCenter, shown);
        painter.restore();
    }
}

static QString textOf(const std::string& utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

void ScopeRail::mousePressEvent(QMouseEvent* event)
{
    if (const layout::ScopeSpan* span = spanAt(event->position()))
        Q_EMIT scopeClicked(textOf(span->scope));
}

void ScopeRail::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (const layout::ScopeSpan* span = spanAt(event->position()))
        Q_EMIT scopeDoubleClicked(textOf(span->scope));
}

Legend::Legend(const Theme& theme, const GraphScene& scene, QWidget* parent) : QWidget(parent), m_theme(theme), m_scene(scene)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAccessibleName(tr("Colors of operator families"));
}

void Legend::refresh()
{
    std::array<bool, 9> seen{};
    m_cpu = false;
    for (const layout::Item& item : m_scene.diagram().items)
        for (const layout::Row& row : item.rows) {
            if (item.kind != layout::ItemKind::Card)
                continue;
            seen[static_cast<size_t>(row.family)] = true;
            m_cpu = m_cpu || m_scene.isOnCpu(row.node);
        }
    m_families.clear();
    for (size_t i = 0; i < seen.size(); ++i)
        if (seen[i])
            m_families.push_back(static_cast<ops::Family>(i));
    resize(190, static_cast<int>(m_families.size() + (m_cpu ? 1U : 0U)) * kRow + 8);
    update();
}

void Legend::paintEvent(QPaintEvent*)
{
    const QString names[] = {tr("Convolution, linear"), tr("Normalization"), tr("Activation"), tr("Pooling, resize"), tr("Arithmetic"),
                             tr("Shape, layout"), tr("Attention, recurrent"), tr("Quantization"), tr("Not known")};
    QPainter painter(this);
    // Solid, with a border: half a card seen through it looks like a fault of the drawing.
    painter.fillRect(rect(), m_theme.color(Token::Canvas));
    painter.setPen(m_theme.color(Token::Border));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    painter.setFont(m_theme.hintFont());
    int y = 4;
    const auto line = [&](const QString& name) {
        painter.setPen(m_theme.color(Token::Muted));
        painter.drawText(QRect(20, y, width() - 20, kRow), Qt::AlignVCenter | Qt::AlignLeft, name);
        y += kRow;
    };
    for (const ops::Family family : m_families) {
        painter.fillRect(QRect(6, y + 3, 6, kRow - 6), m_theme.family(family));
        line(names[static_cast<size_t>(family)]);
    }
    if (!m_cpu)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    paintHatch(painter, QRectF(5, y + 3, 8, kRow - 6), m_theme.color(Token::Cpu));
    line(tr("Not on the BPU"));
}

} // namespace bpu::views
