// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Draws an icon of resources/icons in a color of the theme. The SVG files carry one placeholder color,
// which is replaced before rendering; pixmaps are cached per name, color and size in device pixels.
#pragma once

#include "views/theme/theme.h"

#include <QIconEngine>
#include <QPointer>

namespace bpu::views {

class IconEngine : public QIconEngine {
public:
    IconEngine(QLatin1StringView name, Token normal, const Theme* theme) : m_name(name), m_normal(normal), m_theme(theme) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override;
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override;
    QIconEngine* clone() const override { return new IconEngine(*this); }
    QString key() const override { return QStringLiteral("bpu"); }

private:
    QString m_name;
    Token m_normal;
    QPointer<const Theme> m_theme;
};

/// The SVG source with its placeholder replaced; empty when there is no such icon.
QByteArray iconSource(const QString& name, const QColor& color);

} // namespace bpu::views
