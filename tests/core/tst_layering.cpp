// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which folder may include which: every #include of the tree against one table (docs/architecture.md).
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

namespace {

struct Layer {
    QString folder;
    QStringList mayInclude; ///< folders of ours beside itself
    bool qtCore = false;    ///< Qt Core headers
    bool qtGui = false;     ///< Qt Gui, Widgets and Svg headers
};

QStringList words(const char* text)
{
    return QString::fromLatin1(text).split(u' ', Qt::SkipEmptyParts);
}

/// The first layer that a path starts with is its own, so inner folders stand before outer ones.
const QList<Layer>& layers()
{
    static const QList<Layer> list{
        {QStringLiteral("core/base/"), {}},
        {QStringLiteral("core/ir/"), words("core/base/")},
        {QStringLiteral("core/quant/"), words("core/base/ core/ir/")},
        {QStringLiteral("core/ops/"), words("core/base/ core/ir/ core/quant/")},
        {QStringLiteral("core/march/"), words("core/base/ core/ir/ core/ops/ resources/"), true},
        {QStringLiteral("core/layout/"), words("core/base/ core/ir/ core/ops/"), true},
        {QStringLiteral("core/runtime/"), words("core/base/ core/ir/ core/quant/ core/ops/")},
        {QStringLiteral("core/import/"), words("core/base/ core/ir/ core/ops/"), true},
        {QStringLiteral("core/data/"), words("core/base/ core/ir/ core/ops/ core/import/zip_reader.h")}, // .npz is a zip
        {QStringLiteral("core/export/"), words("core/base/ core/ir/ core/quant/ core/ops/ core/layout/"), true},
        {QStringLiteral("passes/"), words("core/"), true},
        {QStringLiteral("views/theme/"), words("core/ passes/ resources/"), true, true},
        {QStringLiteral("views/widgets/"), words("core/ passes/ resources/ views/theme/"), true, true},
        {QStringLiteral("views/"), words("core/ passes/ resources/ views/theme/ views/widgets/"), true, true},
        {QStringLiteral("resources/"), {}, true},
        {QStringLiteral("app/images/"), words("core/base/ core/data/"), true, true},
        {QStringLiteral("app/cli/"), words("core/ passes/ resources/"), true},
        {QStringLiteral("app/gui/"), words("core/ passes/ resources/ views/ app/images/"), true, true},
        {QStringLiteral("app/main_cli"), words("app/cli/ core/ passes/ resources/"), true},
        {QStringLiteral("app/main_gui"), words("app/gui/ core/ passes/ resources/ views/"), true, true},
    };
    return list;
}

const Layer* layerOf(const QString& path)
{
    for (const Layer& layer : layers())
        if (path.startsWith(layer.folder))
            return &layer;
    return nullptr;
}

/// A view's own folder: views never include each other. Other layers are one folder each.
QString homeOf(const Layer& layer, const QString& path)
{
    return layer.folder == QStringLiteral("views/") ? path.left(path.lastIndexOf(u'/') + 1) : layer.folder;
}

bool isQtCoreHeader(const QString& header)
{
    static const QRegularExpression outside(QStringLiteral(
        "^(QtGui|QtWidgets|QtSvg|QAbstractButton|QAbstractItemView|QAction|QApplication|QBrush|QColor|QCursor|QDialog|QFont|QGraphics|QGuiApplication|"
        "QIcon|QImage|QKey|QLabel|QLayout|QMainWindow|QMenu|QMouse|QPaint|QPainter|QPalette|QPen|QPixmap|QScreen|QStyle|QSvg|QTool|QTreeView|QWidget|QWindow)"));
    return !outside.match(header).hasMatch();
}

/// What is wrong with one include; empty when nothing is.
QString fault(const QString& path, const QString& header, bool ours)
{
    const Layer* layer = layerOf(path);
    if (!layer)
        return QStringLiteral("is in no layer of the table");
    if (!ours)
        return !header.startsWith(u'Q') || (isQtCoreHeader(header) ? layer->qtCore : layer->qtGui) ? QString() : QStringLiteral("may not use this part of Qt");
    if (header.startsWith(homeOf(*layer, path)))
        return {};
    for (const QString& allowed : layer->mayInclude)
        if (header.startsWith(allowed))
            return {};
    return QStringLiteral("may not include it");
}

/// "path:line includes x" for each wrong include of one file.
QStringList faultsIn(const QString& root, const QString& path)
{
    static const QRegularExpression include(QStringLiteral(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])"));
    QStringList faults;
    QFile file(root + path);
    if (!file.open(QIODevice::ReadOnly))
        return {path + QStringLiteral(" cannot be read")};
    const QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QRegularExpressionMatch match = include.match(lines[i]);
        if (!match.hasMatch() || match.captured(2).endsWith(QStringLiteral(".moc")))
            continue;
        if (const QString wrong = fault(path, match.captured(2), match.captured(1) == QStringLiteral("\"")); !wrong.isEmpty())
            faults.append(QStringLiteral("%1:%2 includes %3: %4").arg(path).arg(i + 1).arg(match.captured(2), wrong));
    }
    return faults;
}

} // namespace

class TestLayering : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyIncludeFollowsTheArrows_data();
    void everyIncludeFollowsTheArrows();
    void aWrongArrowIsFound_data();
    void aWrongArrowIsFound();
};

void TestLayering::everyIncludeFollowsTheArrows_data()
{
    QTest::addColumn<QString>("folder");
    for (const char* folder : {"core", "passes", "views", "app", "resources"})
        QTest::newRow(folder) << QString::fromLatin1(folder);
}

void TestLayering::everyIncludeFollowsTheArrows()
{
    QFETCH(QString, folder);
    const QString root = QStringLiteral(BPU_SOURCE_DIR "/");
    QStringList faults;
    qsizetype files = 0;
    QDirIterator it(root + folder, {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files, QDirIterator::Subdirectories);
    while (it.hasNext()) {
        faults += faultsIn(root, it.next().mid(root.size()));
        ++files;
    }
    QVERIFY(files > 0);
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join(u'\n')));
}

void TestLayering::aWrongArrowIsFound_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("header");
    QTest::addColumn<bool>("ours");
    QTest::addColumn<bool>("allowed");
    const auto row = [](const char* path, const char* header, bool ours, bool allowed) {
        QTest::addRow("%s includes %s", path, header) << QString::fromLatin1(path) << QString::fromLatin1(header) << ours << allowed;
    };
    row("core/ir/graph.h", "core/base/ids.h", true, true);
    row("core/ir/graph.h", "core/ops/op_spec.h", true, false);
    row("core/ir/graph.h", "QString", false, false);
    row("core/import/onnx/reader.cpp", "core/export/export.h", true, false);
    row("core/march/march.cpp", "QFile", false, true);
    row("core/data/npz.cpp", "core/import/zip_reader.h", true, true);
    row("core/data/open.cpp", "core/import/import.h", true, false);
    row("core/data/open.cpp", "QImage", false, false);
    row("core/export/svg.cpp", "QPainter", false, false);
    row("passes/fuse/fuse.cpp", "core/ir/rewriter.h", true, true);
    row("passes/fuse/fuse.cpp", "views/graph/graph_view.h", true, false);
    row("views/graph/graph_view.cpp", "views/diagnostics/diagnostics_panel.h", true, false);
    row("views/graph/graph_view.cpp", "views/theme/theme.h", true, true);
    row("views/graph/graph_view.cpp", "app/gui/session.h", true, false);
    row("app/cli/check.cpp", "views/graph/graph_view.h", true, false);
    row("app/gui/main_window.cpp", "tests/support/builders.h", true, false);
}

void TestLayering::aWrongArrowIsFound()
{
    QFETCH(QString, path);
    QFETCH(QString, header);
    QFETCH(bool, ours);
    QFETCH(bool, allowed);
    QCOMPARE(fault(path, header, ours).isEmpty(), allowed);
}

QTEST_APPLESS_MAIN(TestLayering)
#include "tst_layering.moc"
