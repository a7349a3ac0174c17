// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/card_painter.h"

#include "views/theme/marks.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>

namespace bpu::views {

static constexpr double kStripe = 5;
static constexpr double kDevice = 7;
static constexpr double kPadding = 8;
static constexpr double kTitleRow = 24;
static constexpr double kBadge = 15;
static constexpr double kRadius = 3;

static QString text(const std::string& utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

static QColor mixed(const QColor& ground, const QColor& ink, double share)
{
    const auto blend = [share](int g, int i) { return qRound(g + (i - g) * share); };
    return {blend(ground.red(), ink.red()), blend(ground.green(), ink.green()), blend(ground.blue(), ink.blue())};
}

void paintHatch(QPainter& painter, const QRectF& rect, const QColor& color)
{
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setPen(QPen(color, 1.5));
    for (double y = rect.top(); y < rect.bottom() + rect.width(); y += 4.5)
        painter.drawLine(QPointF(rect.left() - 1, y + 1), QPointF(rect.right() + 1, y - rect.width() - 1));
    painter.restore();
}

CardPainter::CardPainter(const Theme& theme, const GraphScene& scene, double zoom)
    : m_theme(theme), m_scene(scene), m_zoom(zoom), m_title(theme.cardTitleFont()), m_name(theme.cardNameFont()),
      m_attribute(theme.attributeFont())
{
}

void CardPainter::paint(QPainter& painter, int index, Level level) const
{
    const layout::Item& item = m_scene.item(index);
    painter.setOpacity(m_scene.isDimmed(index) ? 0.35 : 1);
    if (level == Level::Overview)
        paintOverview(painter, item, index);
    else if (item.kind == layout::ItemKind::Card)
        paintCard(painter, item, index);
    else if (item.kind == layout::ItemKind::Module)
        paintModule(painter, item, index);
    else
        paintPill(painter, item, index);
    if (item.kind == layout::ItemKind::Card || item.kind == layout::ItemKind::Module)
        paintBadges(painter, item);
    painter.setOpacity(1);
}

QPen CardPainter::border(const layout::Item& item, int index) const
{
    const bool broken = m_scene.severity(item) == Severity::Error && item.kind == layout::ItemKind::Card;
    if (broken)
        return QPen(m_theme.color(Token::Error), 1.6);
    QPen pen(m_theme.color(m_scene.hovered() == index ? Token::Text : Token::Strong), 1);
    const bool opaque = item.rows.size() == 1 && item.rows[0].family == ops::Family::Opaque && item.kind == layout::ItemKind::Card;
    if (opaque) {
        pen.setWidthF(1.3);
        pen.setDashPattern({1.2, 1.8});
    }
    return pen;
}

QColor CardPainter::stripe(const layout::Row& row) const
{
    switch (m_scene.colorMode()) {
    case ColorMode::Findings: {
        const std::optional<Severity> severity = m_scene.severity(row.node);
        return severity ? m_theme.severity(*severity) : m_theme.color(Token::Border);
    }
    case ColorMode::Device: return m_theme.color(m_scene.isOnCpu(row.node) ? Token::Cpu : Token::Bpu);
    case ColorMode::Family:
    case ColorMode::Cost: break;
    }
    return m_theme.family(row.family);
}

QColor CardPainter::fill(const layout::Row& row) const
{
    const QColor surface = m_theme.color(Token::Surface);
    switch (m_scene.colorMode()) {
    case ColorMode::Findings:
        if (const std::optional<Severity> severity = m_scene.severity(row.node))
            return m_theme.severityTint(*severity);
        break;
    case ColorMode::Device:
        if (m_scene.isOnCpu(row.node))
            return mixed(surface, m_theme.color(Token::Cpu), 0.18);
        break;
    case ColorMode::Cost:
        if (const NodeCost* cost = m_scene.cost(row.node))
            return mixed(surface, m_theme.color(Token::Heat), 0.03 + 0.37 * qBound(0.0, cost->share, 1.0));
        break;
    case ColorMode::Family: break;
    }
    return surface;
}

static QPainterPath rounded(const QRectF& rect, double radius)
{
    QPainterPath path;
    path.addRoundedRect(rect, radius, radius);
    return path;
}

void CardPainter::paintCard(QPainter& painter, const layout::Item& item, int index) const
{
    const QRectF rect = toQt(item.rect);
    painter.save();
    painter.setClipPath(rounded(rect, kRadius), Qt::IntersectClip);
    for (const layout::Row& row : item.rows)
        paintRow(painter, row, item);
    painter.restore();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(border(item, index));
    painter.drawRoundedRect(rect, kRadius, kRadius);
}

void CardPainter::paintRow(QPainter& painter, const layout::Row& row, const layout::Item& item) const
{
    const QRectF rect = toQt(row.rect);
    const bool chosen = item.rows.size() > 1 && row.node == m_scene.selection();
    painter.fillRect(rect, chosen ? m_theme.color(Token::Selection) : fill(row));
    painter.fillRect(QRectF(rect.left(), rect.top(), kStripe, rect.height()), stripe(row));
    if (m_scene.isOnCpu(row.node)) {
        const QRectF device(rect.right() - kDevice, rect.top(), kDevice, rect.height());
        painter.fillRect(device, m_theme.color(Token::Surface));
        paintHatch(painter, device, m_theme.color(Token::Cpu));
    }
    if (rect.top() > item.rect.y + 1)
        painter.fillRect(QRectF(rect.left(), rect.top() - 0.5, rect.width(), 1), m_theme.color(Token::Border));
    QRectF texts = rect.adjusted(kStripe + kPadding, 0, -kPadding, 0);
    if (m_scene.isOnCpu(row.node))
        texts.setRight(texts.right() - kDevice);
    else if (m_scene.severity(row.node)) // room for the badge, which sits lower on an inner row
        texts.setRight(texts.right() - (row.rect.y <= item.rect.y + 1 ? 3 : kBadge / 2 + 1));
    paintRowTexts(painter, row, texts);
}

void CardPainter::paintRowTexts(QPainter& painter, const layout::Row& row, const QRectF& rect) const
{
    const QRectF title(rect.left(), rect.top(), rect.width(), row.attributes.empty() ? rect.height() : kTitleRow - 1);
    paintTitle(painter, title, text(row.title), text(row.name));
    const QRectF line(rect.left(), rect.top() + 19.5, rect.width(), 15);
    const NodeCost* cost = m_scene.colorMode() == ColorMode::Cost ? m_scene.cost(row.node) : nullptr;
    double right = 0;
    const auto paintRight = [&](const QString& figure, Token token, bool bold) {
        QFont font = m_attribute;
        font.setBold(bold);
        painter.setFont(font);
        painter.setPen(m_theme.color(token));
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, figure);
        right = QFontMetricsF(font).horizontalAdvance(figure) + 6;
    };
    if (row.attributes.empty())
        return;
    const ir::Node* node = m_scene.graph() ? m_scene.graph()->find(row.node) : nullptr;
    const ir::Value* result = node ? m_scene.graph()->outputOf(*node) : nullptr;
    if (cost)
        paintRight(cost->text, Token::Text, true);
    else if (result && result->quant)
        paintRight(QString::fromLatin1(ir::name(result->quant->type).data()), Token::FamilyQuant, false);
    painter.setFont(m_attribute);
    painter.setPen(m_theme.color(cost ? Token::Text : Token::Muted));
    const QString attributes = QFontMetricsF(m_attribute).elidedText(text(row.attributes), Qt::ElideRight, line.width() - right + 1);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, attributes);
}

// The operator is never elided before the name: it is what a reader looks for.
void CardPainter::paintTitle(QPainter& painter, const QRectF& rect, const QString& title, const QString& name) const
{
    const QFontMetricsF metrics(m_title);
    const QString shown = metrics.elidedText(title, Qt::ElideRight, rect.width() + 1);
    painter.setFont(m_title);
    painter.setPen(m_theme.color(Token::Text));
    painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, shown);
    const double left = rect.width() - metrics.horizontalAdvance(shown) - 8;
    if (left < 20 || name.isEmpty())
        return;
    painter.setFont(m_name);
    painter.setPen(m_theme.color(Token::Muted));
    painter.drawText(rect, Qt::AlignRight | Qt::AlignVCenter, QFontMetricsF(m_name).elidedText(name, Qt::ElideMiddle, left + 1));
}

void CardPainter::paintModule(QPainter& painter, const layout::Item& item, int index) const
{
    const QRectF rect = toQt(item.rect);
    const QPen pen = border(item, index);
    painter.setPen(pen);
    painter.setBrush(m_theme.color(Token::Alt));
    for (const double sheet : {5.0, 2.5})
        painter.drawRoundedRect(rect.adjusted(sheet, 8, -sheet, sheet), kRadius, kRadius);
    painter.drawRoundedRect(rect, kRadius, kRadius);
    if (item.rows.empty())
        return;
    const layout::Row& row = item.rows.front();
    const double middle = rect.top() + (row.attributes.empty() ? rect.height() / 2 : kTitleRow / 2);
    painter.setPen(QPen(m_theme.color(Token::Text), 1.35, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(QPolygonF({{rect.left() + 9, middle - 4}, {rect.left() + 13, middle}, {rect.left() + 9, middle + 4}}));
    const QRectF title(rect.left() + 21, rect.top(), rect.width() - 21 - kPadding - 3, row.attributes.empty() ? rect.height() : kTitleRow);
    paintTitle(painter, title, text(row.title), text(row.name));
    painter.setFont(m_name);
    painter.setPen(m_theme.color(Token::Muted));
    const QRectF line(title.left(), rect.top() + 20, title.width(), 16);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, QFontMetricsF(m_name).elidedText(text(row.attributes), Qt::ElideRight, line.width() + 1));
}

/// A pill shows a value, which has a name and no operator.
static QString labelOf(const layout::Row& row)
{
    return text(row.title.empty() ? row.name : row.title);
}

void CardPainter::paintPill(QPainter& painter, const layout::Item& item, int index) const
{
    const QRectF rect = toQt(item.rect);
    const bool stub = item.kind == layout::ItemKind::Stub;
    QPen pen = border(item, index);
    if (stub)
        pen.setDashPattern({3, 2.5});
    painter.setPen(pen);
    painter.setBrush(m_theme.color(stub ? Token::Canvas : Token::Alt));
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2);
    if (item.rows.empty())
        return;
    const layout::Row& row = item.rows.front();
    QRectF label = rect.adjusted(12, 0, -10, 0);
    if (stub) {
        painter.setPen(QPen(m_theme.color(Token::Accent), 1.35, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const QPointF tip(rect.left() + 20, rect.center().y());
        painter.drawPolyline(QPolygonF({tip - QPointF(8, 0), tip, tip + QPointF(-3, -3)}));
        painter.drawLine(tip, tip + QPointF(-3, 3));
        label.setLeft(rect.left() + 26);
    }
    painter.setFont(stub ? m_name : m_title);
    painter.setPen(m_theme.color(stub ? Token::Accent : Token::Text));
    const QString shown = painter.fontMetrics().elidedText(labelOf(row), Qt::ElideMiddle, qRound(label.width()) + 2);
    painter.drawText(label, (stub ? Qt::AlignLeft : Qt::AlignHCenter) | Qt::AlignVCenter, shown);
}

void CardPainter::paintBadges(QPainter& painter, const layout::Item& item) const
{
    const double side = qMax(kBadge, 11 / m_zoom);
    const auto badge = [&](double x, double y, Severity severity) {
        const QRectF rect(x - side / 2, y - side / 2, side, side);
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_theme.color(Token::Canvas));
        if (severity == Severity::Error)
            painter.drawEllipse(rect.adjusted(-1.5, -1.5, 1.5, 1.5));
        paintMark(painter, rect, severity, m_theme);
    };
    if (item.kind == layout::ItemKind::Module) {
        if (const std::optional<Severity> severity = m_scene.severity(item))
            badge(item.rect.right() - 1, item.rect.y, *severity);
        return;
    }
    for (const layout::Row& row : item.rows)
        if (const std::optional<Severity> severity = m_scene.severity(row.node))
            badge(row.rect.right() - 1, row.rect.y <= item.rect.y + 1 ? row.rect.y : row.rect.y + 10, *severity);
}

// The title alone, as large as its row allows: at half size 12 px would be too small to read.
void CardPainter::paintOverview(QPainter& painter, const layout::Item& item, int index) const
{
    const bool pill = item.kind != layout::ItemKind::Card && item.kind != layout::ItemKind::Module;
    const QRectF rect = toQt(item.rect);
    const double radius = pill ? rect.height() / 2 : kRadius;
    QPen pen = border(item, index);
    pen.setCosmetic(true);
    painter.setPen(pen);
    painter.setBrush(m_theme.color(item.kind == layout::ItemKind::Card ? Token::Surface : Token::Alt));
    painter.drawRoundedRect(rect, radius, radius);
    for (const layout::Row& row : item.rows) {
        const QRectF area = item.kind == layout::ItemKind::Card ? toQt(row.rect) : rect;
        if (item.kind == layout::ItemKind::Card) {
            painter.fillRect(area.adjusted(kStripe, 0.5, -0.5, -0.5), fill(row));
            painter.fillRect(QRectF(area.left(), area.top(), kStripe / qMin(1.0, m_zoom * 1.4), area.height()), stripe(row));
            if (m_scene.isOnCpu(row.node))
                paintHatch(painter, QRectF(area.right() - kDevice, area.top(), kDevice, area.height()), m_theme.color(Token::Cpu));
        }
        const double pixels = qMin(11.0, qMax(kTitleRow * m_zoom * 0.85, qMin(9.0, area.height() * m_zoom * 0.78)));
        if (pixels < 5.5)
            continue;
        QFont font = m_title;
        font.setPointSizeF(m_title.pointSizeF() * pixels / 12);
        painter.save();
        painter.translate(area.left(), area.top());
        painter.scale(1 / m_zoom, 1 / m_zoom);
        painter.setFont(font);
        painter.setPen(m_theme.color(pill && item.kind == layout::ItemKind::Stub ? Token::Accent : Token::Text));
        const QRectF label(pill ? 4 : 9, 0, area.width() * m_zoom - (pill ? 8 : 13), area.height() * m_zoom);
        const QString shown = QFontMetricsF(font).elidedText(pill ? labelOf(row) : text(row.title), Qt::ElideRight, label.width());
        painter.drawText(label, Qt::AlignVCenter | (pill ? Qt::AlignHCenter : Qt::AlignLeft), shown);
        painter.restore();
    }
}

void CardPainter::paintRing(QPainter& painter, const QRectF& rect) const
{
    const double scale = qMax(1.0, 0.7 / m_zoom);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_theme.color(Token::Accent), 2.2 * scale));
    const double gap = 3.6 * scale;
    painter.drawRoundedRect(rect.adjusted(-gap, -gap, gap, gap), 5, 5);
}

void CardPainter::paintPreview(QPainter& painter) const
{
    const int beside = m_scene.itemOf(m_scene.previewBeside());
    if (beside < 0 || !m_scene.hasPreview())
        return;
    const QRectF anchor = m_scene.rectOf(m_scene.previewBeside());
    const QColor accent = m_theme.color(Token::Accent);
    QPen dashed(accent, 1.2);
    dashed.setDashPattern({3, 2.5});
    const double left = anchor.right() + 62;
    double y = anchor.top() - 34;
    painter.setFont(m_title);
    painter.setPen(accent);
    painter.drawText(QPointF(left, y - 8), QCoreApplication::translate("GraphView", "Preview of the fix"));
    painter.setPen(dashed);
    painter.drawLine(QPointF(anchor.right() + 10, anchor.center().y()), QPointF(left - 6, anchor.center().y()));
    for (size_t i = 0; i < m_scene.preview().size(); ++i) {
        const PreviewCard& card = m_scene.preview()[i];
        const QRectF rect(left, y, 170, card.attributes.isEmpty() ? 24 : 39);
        painter.setPen(dashed);
        painter.setBrush(m_theme.color(Token::Surface));
        painter.drawRoundedRect(rect, kRadius, kRadius);
        painter.fillRect(QRectF(rect.left(), rect.top() + 1, kStripe, rect.height() - 2), m_theme.family(card.family));
        paintTitle(painter, QRectF(rect.left() + 13, rect.top(), rect.width() - 21, card.attributes.isEmpty() ? 24 : 23), card.title, card.name);
        painter.setFont(m_attribute);
        painter.setPen(m_theme.color(Token::Muted));
        painter.drawText(QRectF(rect.left() + 13, rect.top() + 19.5, rect.width() - 21, 15), Qt::AlignLeft | Qt::AlignVCenter, card.attributes);
        if (i + 1 < m_scene.preview().size()) {
            const QPointF from(rect.center().x(), rect.bottom());
            painter.setPen(QPen(accent, 2));
            painter.drawLine(from, from + QPointF(0, 22));
            painter.setBrush(accent);
            painter.drawPolygon(QPolygonF({from + QPointF(0, 28), from + QPointF(-3.5, 21), from + QPointF(3.5, 21)}));
            painter.setPen(m_theme.color(Token::Text));
            painter.drawText(QRectF(from.x() + 9, from.y(), 200, 28), Qt::AlignVCenter | Qt::AlignLeft, m_scene.preview()[i + 1].edge);
        }
        y = rect.bottom() + 29;
    }
}

} // namespace bpu::views
