// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Color science for the theme test: relative luminance and contrast (WCAG 2.1), color blindness
// (Machado, Oliveira and Fernandes 2009, severity 1), CIE Lab and CIEDE2000 (Sharma, Wu and Dalal 2005).
#pragma once

#include <QColor>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

using Rgb = std::array<double, 3>; ///< linear light, 0 to 1
struct Lab {
    double l, a, b;
};
enum class Vision { Normal, Protan, Deutan, Tritan };

inline double toLinear(double c)
{
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

inline Rgb linear(const QColor& color)
{
    return {toLinear(color.redF()), toLinear(color.greenF()), toLinear(color.blueF())};
}

inline double contrast(const QColor& a, const QColor& b)
{
    const auto luminance = [](const Rgb& c) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
    const double la = luminance(linear(a));
    const double lb = luminance(linear(b));
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

inline QColor mix(const QColor& ground, const QColor& ink, double share)
{
    const auto blend = [share](int g, int i) { return static_cast<int>(std::lround(g + (i - g) * share)); };
    return {blend(ground.red(), ink.red()), blend(ground.green(), ink.green()), blend(ground.blue(), ink.blue())};
}

inline Rgb seenBy(Vision vision, const QColor& color)
{
    static constexpr double kMatrix[4][9] = {
        {1, 0, 0, 0, 1, 0, 0, 0, 1},
        {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
        {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
        {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
    };
    const double* m = kMatrix[static_cast<int>(vision)];
    const Rgb c = linear(color);
    Rgb seen;
    for (size_t row = 0; row < 3; ++row)
        seen[row] = std::clamp(m[3 * row] * c[0] + m[3 * row + 1] * c[1] + m[3 * row + 2] * c[2], 0.0, 1.0);
    return seen;
}

/// sRGB to Lab under D65.
inline Lab toLab(const Rgb& c)
{
    const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
    const double x = f((0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]) / 0.95047);
    const double y = f(0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2]);
    const double z = f((0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]) / 1.08883);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

inline double radians(double degrees)
{
    return degrees * std::numbers::pi / 180;
}

/// Hue in degrees, 0 for a grey.
inline double hue(double a, double b)
{
    if (a == 0 && b == 0)
        return 0;
    const double degrees = std::atan2(b, a) * 180 / std::numbers::pi;
    return degrees < 0 ? degrees + 360 : degrees;
}

/// CIEDE2000, equations 2 to 22 of Sharma et al.
inline double labDifference(const Lab& p, const Lab& q)
{
    const auto seventh = [](double c) { return std::sqrt(std::pow(c, 7) / (std::pow(c, 7) + std::pow(25.0, 7))); };
    const double meanC = (std::hypot(p.a, p.b) + std::hypot(q.a, q.b)) / 2;
    const double g = 0.5 * (1 - seventh(meanC));
    const double a1 = (1 + g) * p.a;
    const double a2 = (1 + g) * q.a;
    const double c1 = std::hypot(a1, p.b);
    const double c2 = std::hypot(a2, q.b);
    const double h1 = hue(a1, p.b);
    const double h2 = hue(a2, q.b);
    const bool grey = c1 * c2 == 0;
    double dh = grey ? 0 : h2 - h1;
    dh += dh > 180 ? -360 : dh < -180 ? 360 : 0;
    double h = h1 + h2;
    if (!grey && std::abs(h1 - h2) > 180)
        h += h < 360 ? 360 : -360;
    h = grey ? h : h / 2;
    const double dL = q.l - p.l;
    const double dC = c2 - c1;
    const double dH = 2 * std::sqrt(c1 * c2) * std::sin(radians(dh / 2));
    const double l = (p.l + q.l) / 2;
    const double c = (c1 + c2) / 2;
    const double t = 1 - 0.17 * std::cos(radians(h - 30)) + 0.24 * std::cos(radians(2 * h)) + 0.32 * std::cos(radians(3 * h + 6))
                     - 0.20 * std::cos(radians(4 * h - 63));
    const double sL = 1 + 0.015 * (l - 50) * (l - 50) / std::sqrt(20 + (l - 50) * (l - 50));
    const double sC = 1 + 0.045 * c;
    const double sH = 1 + 0.015 * c * t;
    const double rT = -2 * seventh(c) * std::sin(radians(60 * std::exp(-std::pow((h - 275) / 25, 2))));
    return std::sqrt(std::pow(dL / sL, 2) + std::pow(dC / sC, 2) + std::pow(dH / sH, 2) + rT * (dC / sC) * (dH / sH));
}

inline double colorDifference(const Rgb& a, const Rgb& b)
{
    return labDifference(toLab(a), toLab(b));
}
