// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The rules of eager mode on files that torch.jit wrote: one network that keeps them, one that breaks each.
#include "core/import/import.h"
#include "core/ir/graph_editor.h"
#include "core/march/march.h"
#include "passes/check_eager/check_eager.h"
#include "passes/check_march/check_march.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <map>

using namespace bpu;

class TestEager : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void saysWhatEagerModeNeeds_data();
    void saysWhatEagerModeNeeds();
    void writesTheCallThatFuses_data() { addForms(); }
    void writesTheCallThatFuses();
    void namesTheModuleThatIsCalledTwice_data() { addForms(); }
    void namesTheModuleThatIsCalledTwice();
    void knowsTheAuthorsFunctions_data() { addForms(); }
    void knowsTheAuthorsFunctions();
    void aCameraNeedsAStubOfItsScale_data();
    void aCameraNeedsAStubOfItsScale();
    void saysNothingOfModelsWhoseModulesItDoesNotKnow();
    void standsInTheReportInTheOrderOfTheNodes();

private:
    static void addForms();
    static ir::Graph open(const QString& name);
    static std::map<std::string, int> counts(const Findings& findings);
    static const Finding* find(const Findings& findings, std::string_view code);
};

void TestEager::initTestCase()
{
    if (!QFile::exists(QStringLiteral(BPU_MODELS_DIR "/eager_careful_traced.pt")))
        QSKIP("python3-torch is not installed");
}

void TestEager::addForms()
{
    QTest::addColumn<QString>("form");
    for (const char* form : {"scripted", "traced"})
        QTest::newRow(form) << QString::fromLatin1(form);
}

ir::Graph TestEager::open(const QString& name)
{
    const QString path = QStringLiteral(BPU_MODELS_DIR "/eager_%1.pt").arg(name);
    auto imported = importer::importModel(path.toStdString(), {.inputShapes = {{"", {1, 3, 16, 16}}}, .control = {}});
    if (!imported)
        qFatal("%s", imported.error().text().c_str());
    return std::move(imported->graph);
}

std::map<std::string, int> TestEager::counts(const Findings& findings)
{
    std::map<std::string, int> result;
    for (const Finding& finding : findings)
        ++result[finding.code];
    return result;
}

const Finding* TestEager::find(const Findings& findings, std::string_view code)
{
    const auto found = std::ranges::find(findings, code, &Finding::code);
    return found == findings.end() ? nullptr : &*found;
}

void TestEager::saysWhatEagerModeNeeds_data()
{
    using Counts = std::map<std::string, int>;
    QTest::addColumn<QString>("name");
    QTest::addColumn<Counts>("expected");
    const Counts careless{{"eager.fuse", 1}, {"eager.fuse-sequence", 2}, {"eager.shared-module", 1}, {"eager.quant-stub", 1}, {"eager.dequant-stub", 1}};
    QTest::newRow("careful, scripted") << QStringLiteral("careful_scripted") << Counts{{"eager.fuse", 1}, {"eager.fuse-sequence", 2}};
    QTest::newRow("careful, traced") << QStringLiteral("careful_traced") << Counts{{"eager.fuse", 1}, {"eager.fuse-sequence", 2}};
    QTest::newRow("careless, scripted") << QStringLiteral("careless_scripted") << careless;
    QTest::newRow("careless, traced") << QStringLiteral("careless_traced") << careless;
}

void TestEager::saysWhatEagerModeNeeds()
{
    QFETCH(QString, name);
    using Counts = std::map<std::string, int>;
    QFETCH(Counts, expected);
    QVERIFY(counts(passes::checkEager(open(name), false)) == expected);
}

void TestEager::writesTheCallThatFuses()
{
    QFETCH(QString, form);
    const Findings careless = passes::checkEager(open(QStringLiteral("careless_") + form), false);
    const std::string call = R"(fuse_modules(model, [["block.conv1", "block.bn1"], ["block.conv2", "block.bn2"]], inplace=True))";
    QVERIFY2(find(careless, "eager.fuse")->advice.find(call) != std::string::npos, find(careless, "eager.fuse")->advice.c_str());
    QCOMPARE(find(careless, "eager.fuse")->found, std::string("2 sequences"));
    // With a ReLU of its own the first sequence is longer; a trace does not tell the path of the FloatFunctional.
    const Findings careful = passes::checkEager(open(QStringLiteral("careful_") + form), false);
    const std::string longer = R"(["block.conv1", "block.bn1", "block.relu"], ["block.conv2", "block.bn2")";
    QVERIFY2(find(careful, "eager.fuse")->advice.find(longer) != std::string::npos, find(careful, "eager.fuse")->advice.c_str());
    const std::string last = form == QLatin1String("scripted") ? R"("block.bn2", "block.skip", "block.relu2"]])" : R"(["block.conv2", "block.bn2"]])";
    QVERIFY2(find(careful, "eager.fuse")->advice.find(last) != std::string::npos, find(careful, "eager.fuse")->advice.c_str());
    const ir::Graph graph = open(QStringLiteral("careful_") + form);
    const Finding* place = find(careful, "eager.fuse-sequence");
    QCOMPARE(graph.node(place->node).scope, std::string("block.conv1"));
    QCOMPARE(place->message, std::string("Conv2d + BatchNorm2d + ReLU fuse, which eager mode has to be told"));
}

void TestEager::namesTheModuleThatIsCalledTwice()
{
    QFETCH(QString, form);
    const ir::Graph graph = open(QStringLiteral("careless_") + form);
    const Findings findings = passes::checkEager(graph, false);
    const Finding* shared = find(findings, "eager.shared-module");
    QVERIFY(shared);
    QCOMPARE(graph.node(shared->node).scope, std::string("block.relu"));
    QCOMPARE(shared->op, std::string("torch.nn.ReLU"));
    const QRegularExpression calls(QStringLiteral("^2 calls: export_torchscript\\.py:(\\d+), export_torchscript\\.py:(\\d+)$"));
    const auto lines = calls.match(QString::fromStdString(shared->found));
    QVERIFY2(lines.hasMatch() && lines.captured(1).toInt() < lines.captured(2).toInt(), shared->found.c_str());
    QCOMPARE(shared->advice, std::string("Give each call a module of its own: self.relu3 = torch.nn.ReLU(...)")); // relu2 is taken
    QVERIFY2(shared->message.find("blocks fusion") != std::string::npos, shared->message.c_str());
}

/// The four functions of the vendor's table, and one of a module that has a row; the traced file tells them by PyTorch's own frames.
void TestEager::knowsTheAuthorsFunctions()
{
    QFETCH(QString, form);
    std::vector<std::string> replaced;
    for (const Finding& finding : passes::checkMarch(open(QStringLiteral("careless_") + form), *march::find("bayes"))) {
        if (finding.code != "eager.replace")
            continue;
        replaced.push_back(finding.found);
        QVERIFY2(finding.message.find("export_torchscript.py:") != std::string::npos, finding.message.c_str());
        if (finding.found == "torch.add") {
            QVERIFY2(finding.message.find("(Residual, ") != std::string::npos, finding.message.c_str());
            QCOMPARE(finding.advice, std::string("Write self.add = horizon.nn.quantized.FloatFunctional(...) in __init__ and self.add.add(...) in forward; fx mode needs no change"));
        }
    }
    QCOMPARE(replaced, (std::vector<std::string>{"torch.add", "torch.nn.functional.relu", "torch.exp", "torch.nn.functional.interpolate", "torch.nn.functional.max_pool2d"}));
    for (const Finding& finding : passes::checkMarch(open(QStringLiteral("careful_") + form), *march::find("bayes")))
        QVERIFY2(finding.code != "eager.replace" || finding.found == "torch.quantization.QuantStub", finding.found.c_str());
}

void TestEager::aCameraNeedsAStubOfItsScale_data()
{
    QTest::addColumn<double>("scale");
    QTest::addColumn<QString>("found");
    QTest::newRow("none") << 0.0 << QStringLiteral("no scale");
    QTest::newRow("another") << 0.25 << QStringLiteral("0.25");
    QTest::newRow("the camera's") << 1.0 / 128 << QString();
}

void TestEager::aCameraNeedsAStubOfItsScale()
{
    QFETCH(double, scale);
    QFETCH(QString, found);
    ir::GraphEditor editor(open(QStringLiteral("careful_scripted")));
    const NodeId stub = editor.graph().order().front();
    QCOMPARE(editor.graph().node(stub).op, std::string("quant_stub"));
    if (scale != 0)
        editor.setAttribute(stub, "scale", scale);
    const auto graph = editor.finish();
    QVERIFY(graph);
    QVERIFY(!find(passes::checkEager(*graph, false), "eager.quant-stub-scale"));
    const Findings findings = passes::checkEager(*graph, true);
    const Finding* finding = find(findings, "eager.quant-stub-scale");
    QCOMPARE(finding ? QString::fromStdString(finding->found) : QString(), found);
    if (finding)
        QCOMPARE(finding->severity, Severity::Error);
}

void TestEager::saysNothingOfModelsWhoseModulesItDoesNotKnow()
{
    ir::GraphEditor editor(open(QStringLiteral("careless_scripted")));
    editor.setFact("format", "ONNX");
    const ir::Graph onnx = *editor.finish();
    QVERIFY(passes::checkEager(onnx, true).empty());
    for (const Finding& finding : passes::checkMarch(onnx, *march::find("bayes"))) {
        QVERIFY2(finding.advice.find("Write self.") == std::string::npos, finding.advice.c_str());
        QVERIFY2(finding.found != "torch.nn.functional.max_pool2d", finding.code.c_str());
    }
    ir::GraphEditor fused(open(QStringLiteral("careless_scripted")));
    fused.setStage(ir::Stage::Fused);
    QVERIFY(passes::checkEager(*fused.finish(), true).empty());
}

void TestEager::standsInTheReportInTheOrderOfTheNodes()
{
    const ir::Graph graph = open(QStringLiteral("careless_scripted"));
    std::map<uint32_t, size_t> place;
    for (size_t i = 0; i < graph.order().size(); ++i)
        place[graph.order()[i].index] = i + 1;
    size_t last = 0;
    for (const Finding& finding : passes::checkMarch(graph, *march::find("bernoulli2"))) {
        const size_t at = finding.node.isValid() ? place[finding.node.index] : 0;
        QVERIFY2(at >= last, finding.code.c_str());
        last = at;
    }
    QVERIFY(last > 0);
}

QTEST_APPLESS_MAIN(TestEager)
#include "tst_eager.moc"
