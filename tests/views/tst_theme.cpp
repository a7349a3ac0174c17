// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Legibility is computed from the theme files: contrast by WCAG 2.1, differences by CIEDE2000 after the
// color blindness simulation of Machado et al. 2009 at full severity.
#include "tests/views/color_math.h"
#include "views/theme/icon_engine.h"
#include "views/theme/marks.h"
#include "views/theme/style_sheet.h"
#include "views/theme/theme.h"

#include <QApplication>
#include <QDir>
#include <QPainter>
#include <QSignalSpy>
#include <QTest>

using namespace bpu;
using namespace bpu::views;

static constexpr Token kSeverities[] = {Token::Error, Token::Warning, Token::Advice, Token::Ok, Token::Undecided};

static QColor at(const Colors& colors, Token token)
{
    return colors[static_cast<size_t>(token)];
}

class TestTheme : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void colorsAreLegible_data() { addThemes(); }
    void colorsAreLegible();
    void textIsLegibleOnStates_data() { addThemes(); }
    void textIsLegibleOnStates();
    void familiesDifferInEveryVision_data() { addVisions(); }
    void familiesDifferInEveryVision();
    void severitiesDifferInEveryVision_data() { addVisions(); }
    void severitiesDifferInEveryVision();
    void differenceIsThatOfTheStandard();
    void changesWithoutRestart();
    void followsThePaletteOfTheSystem();
    void everyIconHasThePlaceholderAndDraws();
    void iconsFollowTheTheme();
    void styleSheetNamesOnlyKnownTokens();
    void marksHaveDifferentShapes();

private:
    static void addThemes();
    static void addVisions();
};

void TestTheme::addThemes()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestTheme::addVisions()
{
    QTest::addColumn<bool>("dark");
    QTest::addColumn<int>("vision");
    const char* names[] = {"normal", "protan", "deutan", "tritan"};
    for (const bool dark : {false, true})
        for (int vision = 0; vision < 4; ++vision)
            QTest::addRow("%s, %s", dark ? "dark" : "light", names[vision]) << dark << vision;
}

static void atLeast(double value, double limit, Token token, Token on)
{
    QVERIFY2(value >= limit, qPrintable(QStringLiteral("%1 on %2: %3").arg(name(token), name(on)).arg(value)));
}

void TestTheme::colorsAreLegible()
{
    QFETCH(bool, dark);
    const Colors colors = loadColors(dark);
    for (const Token ground : {Token::Surface, Token::Canvas, Token::Window}) {
        const auto check = [&](Token token, double limit) { atLeast(contrast(at(colors, token), at(colors, ground)), limit, token, ground); };
        check(Token::Text, 11.8);
        check(Token::Muted, 5.6);
        check(Token::Bpu, 4.5);
        check(Token::Cpu, 4.5);
        for (const Token token : kSeverities)
            check(token, 4.5);
        for (auto i = static_cast<size_t>(Token::FamilyConv); i < kTokenCount; ++i)
            check(static_cast<Token>(i), 4.5);
    }
    atLeast(contrast(at(colors, Token::Strong), at(colors, Token::Surface)), 3, Token::Strong, Token::Surface);
    atLeast(contrast(at(colors, Token::Edge), at(colors, Token::Canvas)), 3, Token::Edge, Token::Canvas);
}

void TestTheme::textIsLegibleOnStates()
{
    QFETCH(bool, dark);
    const Colors colors = loadColors(dark);
    for (const Token token : kSeverities)
        atLeast(contrast(at(colors, token), at(colors, Token::Selection)), 4.6, token, Token::Selection);
    const QColor heated = mix(at(colors, Token::Surface), at(colors, Token::Heat), 0.4);
    atLeast(contrast(at(colors, Token::Text), heated), 6.3, Token::Text, Token::Heat);
    atLeast(contrast(at(colors, Token::AccentOn), at(colors, Token::Accent)), 4.5, Token::AccentOn, Token::Accent);
}

static void differ(const Colors& colors, std::span<const Token> tokens, Vision vision, double limit)
{
    for (size_t i = 0; i < tokens.size(); ++i)
        for (size_t j = i + 1; j < tokens.size(); ++j)
            atLeast(colorDifference(seenBy(vision, at(colors, tokens[i])), seenBy(vision, at(colors, tokens[j]))), limit, tokens[i], tokens[j]);
}

void TestTheme::familiesDifferInEveryVision()
{
    QFETCH(bool, dark);
    QFETCH(int, vision);
    static constexpr Token kFamilies[] = {Token::FamilyConv, Token::FamilyNorm, Token::FamilyAct, Token::FamilyPool,
                                          Token::FamilyArith, Token::FamilyShape, Token::FamilyAttn, Token::FamilyQuant};
    differ(loadColors(dark), kFamilies, static_cast<Vision>(vision), 9.5);
}

void TestTheme::severitiesDifferInEveryVision()
{
    QFETCH(bool, dark);
    QFETCH(int, vision);
    differ(loadColors(dark), kSeverities, static_cast<Vision>(vision), 5);
}

// Pairs 1, 7 and 17 of the test data of Sharma, Wu and Dalal 2005.
void TestTheme::differenceIsThatOfTheStandard()
{
    const auto near = [](double value, double expected) { return std::abs(value - expected) < 1e-4; };
    QVERIFY(near(labDifference({50, 2.6772, -79.7751}, {50, 0, -82.7485}), 2.0425));
    QVERIFY(near(labDifference({50, 0, 0}, {50, -1, 2}), 2.3669));
    QVERIFY(near(labDifference({50, 2.5, 0}, {73, 25, -18}), 27.1492));
}

void TestTheme::changesWithoutRestart()
{
    Theme theme;
    theme.install();
    QSignalSpy spy(&theme, &Theme::changed);
    theme.setMode(Theme::Mode::Dark);
    QCOMPARE(spy.count(), 1);
    QCOMPARE(QApplication::palette().color(QPalette::Base), theme.color(Token::Surface));
    QCOMPARE(theme.color(Token::Surface), QColor(0x25, 0x28, 0x2d));
    theme.setMode(Theme::Mode::Light);
    QCOMPARE(QApplication::palette().color(QPalette::Base), QColor(Qt::white));
}

void TestTheme::followsThePaletteOfTheSystem()
{
    Theme theme;
    theme.install();
    theme.setMode(Theme::Mode::Dark);
    theme.setMode(Theme::Mode::System);
    QVERIFY2(!theme.isDark(), "our own dark palette was taken for the system's");
    QCOMPARE(QApplication::palette().color(QPalette::Window), theme.color(Token::Window));
}

static QImage drawn(const QIcon& icon)
{
    return icon.pixmap(QSize(16, 16), 2.0).toImage().convertToFormat(QImage::Format_ARGB32);
}

static bool has(const QImage& image, const QColor& color)
{
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.pixelColor(x, y) == color)
                return true;
    return false;
}

void TestTheme::everyIconHasThePlaceholderAndDraws()
{
    Theme theme;
    const QStringList files = QDir(QStringLiteral(":/icons")).entryList();
    QVERIFY(files.size() >= 30);
    for (const QString& file : files) {
        const QByteArray icon = file.chopped(4).toLatin1();
        QVERIFY2(!iconSource(file.chopped(4), Qt::red).contains("#123456") && iconSource(file.chopped(4), Qt::red).contains("#ff0000"), icon);
        QVERIFY2(has(drawn(theme.icon(QLatin1StringView(icon))), theme.color(Token::Text)), icon);
    }
}

void TestTheme::iconsFollowTheTheme()
{
    Theme theme;
    const QIcon icon = theme.icon(QLatin1StringView("check"));
    QVERIFY(has(drawn(icon), theme.color(Token::Text)));
    const QColor before = theme.color(Token::Text);
    theme.setMode(Theme::Mode::Dark);
    QVERIFY(before != theme.color(Token::Text));
    QVERIFY(has(drawn(icon), theme.color(Token::Text)));
}

void TestTheme::styleSheetNamesOnlyKnownTokens()
{
    const QString sheet = styleSheet(loadColors(false));
    QVERIFY(sheet.size() > 1000);
    QVERIFY2(!sheet.contains(QLatin1Char('@')), "a token that no theme has");
}

void TestTheme::marksHaveDifferentShapes()
{
    Theme theme;
    QList<QImage> masks;
    const auto add = [&](const QIcon& icon) { masks.append(icon.pixmap(QSize(14, 14), 1.0).toImage().convertToFormat(QImage::Format_Alpha8)); };
    for (const Severity severity : {Severity::Undecided, Severity::Advice, Severity::Warning, Severity::Error})
        add(markIcon(severity, theme, 1));
    add(tickIcon(theme, 1));
    for (int i = 0; i < masks.size(); ++i)
        for (int j = i + 1; j < masks.size(); ++j)
            QVERIFY(masks[i] != masks[j]);
}

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
