// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The check after an edit takes findings over; it says what a check of the whole graph says, after every pass, every fix,
// every ignored finding and after changes at random.
#include "core/import/import.h"
#include "core/ir/graph_editor.h"
#include "core/ops/op_spec.h"
#include "passes/check_march/check_march.h"
#include "passes/check_march/ignored.h"
#include "passes/fixes/fixes.h"
#include "passes/pass_manager.h"
#include "tests/support/graph_mutator.h"
#include "tests/support/text_graph.h"

#include <QTest>

#include <filesystem>
#include <fmt/format.h>

using namespace bpu;

namespace {

std::string text(const Finding& f)
{
    return fmt::format("{} {} node {} '{}' {} | {} | {} | {} | {} | {} | {} | {} | {} | cause {}", f.code, name(f.severity), f.node.index, f.where, f.op, f.message, f.found, f.allowed,
                       f.advice, f.rule, f.otherMarch, f.fix, f.ignored, f.cause.index);
}

/// Empty when both say the same; else the first difference.
std::string difference(const Findings& some, const Findings& whole)
{
    for (size_t i = 0; i < std::max(some.size(), whole.size()); ++i) {
        const std::string a = i < some.size() ? text(some[i]) : "nothing";
        const std::string b = i < whole.size() ? text(whole[i]) : "nothing";
        if (a != b)
            return "re-check: " + a + "\nwhole:    " + b;
    }
    return {};
}

/// A camera's network with stubs, functions, a module called twice, ranks that change, branches of transparent operators.
constexpr const char* kGraph = R"(graph net(%x: f32[1,3,32,32]) {
    @w: f32[8,3,3,3] = random 1
    @v: f32[8,8,33,1] = random 2
    @g: f32[8] = random 3
    @l: f32[10,2048] = random 4
    %q = quant_stub(%x) scope "quant" origin "torch.quantization.QuantStub" name "q"
    %c0 = conv2d(%q, @w) {kernel_size=[3,3], padding=[1,1,1,1]} scope "a" origin "torch.nn.Conv2d" name "c0"
    %n0 = batch_norm2d(%c0, @g, @g, @g, @g) scope "b" origin "torch.nn.BatchNorm2d" name "n0"
    %r0 = relu(%n0) origin "torch.nn.functional.relu" name "r0"
    %c1 = conv2d(%r0, @v) {kernel_size=[33,1], padding=[16,0,16,0]} scope "c" origin "torch.nn.Conv2d" name "c1"
    %a0 = add(%c1, %r0) origin "torch.add" name "a0"
    %r1 = relu6(%a0) scope "d" origin "torch.nn.ReLU6" name "r1"
    %h = hard_swish(%r1) origin "torch.nn.Hardswish" name "h"
    %p = avg_pool2d(%h) {kernel_size=[2,2], stride=[2,2]} scope "e" origin "torch.nn.AvgPool2d" name "p"
    %d = dropout(%p) scope "f" origin "torch.nn.Dropout" name "d"
    %f = flatten(%d) {start_dim=1, end_dim=3} origin "torch.flatten" name "f"
    %y = linear(%f, @l) scope "fc" origin "torch.nn.Linear" name "l"
    %s = sigmoid(%d) origin "torch.sigmoid" name "s"
    %t = argmax(%s) {dim=1, keepdim=true} origin "torch.argmax" name "t"
    return %y, %t })";

ir::Graph torchGraph()
{
    ir::GraphEditor editor(test::typedGraph(kGraph));
    editor.setFact("format", "TorchScript");
    return *editor.finish();
}

} // namespace

class TestRecheck : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void equalsAWholeCheckAfterEveryPass_data() { eachMarch(); }
    void equalsAWholeCheckAfterEveryPass();
    void equalsAWholeCheckAfterEveryFix_data() { eachMarch(); }
    void equalsAWholeCheckAfterEveryFix();
    void equalsAWholeCheckAfterChangesAtRandom_data() { eachMarch(); }
    void equalsAWholeCheckAfterChangesAtRandom();
    void forgetsWhatIsNoLongerIgnored();

private:
    static void eachMarch();
    void compare(const ir::Graph& before, const ir::Graph& now, const char* what);
    passes::CheckOptions options() const;

    std::vector<std::pair<std::string, ir::Graph>> m_graphs;
    march::MarchPtr m_march;
    passes::InputSource m_source = passes::InputSource::Ddr;
};

void TestRecheck::initTestCase()
{
    m_graphs.emplace_back("torch", torchGraph());
    for (const auto& entry : std::filesystem::directory_iterator(BPU_SOURCE_DIR "/samples"))
        if (entry.path().extension() == ".onnx") {
            auto imported = importer::importModel(entry.path());
            QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
            m_graphs.emplace_back(entry.path().filename(), std::move(imported->graph));
        }
    std::ranges::sort(m_graphs, {}, &std::pair<std::string, ir::Graph>::first);
    QVERIFY(m_graphs.size() > 5);
}

void TestRecheck::eachMarch()
{
    QTest::addColumn<QByteArray>("march");
    for (const march::MarchPtr& march : march::all())
        QTest::newRow(march->name().c_str()) << QByteArray::fromStdString(march->name());
}

passes::CheckOptions TestRecheck::options() const
{
    passes::CheckOptions options{.inputSource = m_source, .others = {}};
    for (const march::MarchPtr& other : march::all())
        if (other->name() != m_march->name())
            options.others.push_back(other);
    return options;
}

void TestRecheck::compare(const ir::Graph& before, const ir::Graph& now, const char* what)
{
    const Findings previous = passes::checkMarch(before, *m_march, options());
    const Findings some = passes::recheckMarch(before, previous, now, *m_march, options());
    const std::string wrong = difference(some, passes::checkMarch(now, *m_march, options()));
    QVERIFY2(wrong.empty(), fmt::format("{}: {}", what, wrong).c_str());
}

void TestRecheck::equalsAWholeCheckAfterEveryPass()
{
    QFETCH(QByteArray, march);
    m_march = march::find(march.toStdString());
    for (const auto& [name, graph] : m_graphs) {
        ir::Graph before = graph;
        for (const passes::Pass* pass : passes::allPasses()) {
            const auto after = pass->run(before);
            if (!after)
                continue; // it takes another stage, or a graph that is prepared
            compare(before, *after, fmt::format("{} of {}", pass->name, name).c_str());
            if (QTest::currentTestFailed())
                return;
            before = *after;
        }
    }
}

void TestRecheck::equalsAWholeCheckAfterEveryFix()
{
    QFETCH(QByteArray, march);
    m_march = march::find(march.toStdString());
    int fixes = 0;
    for (const auto& [name, graph] : m_graphs)
        for (const Finding& finding : passes::checkMarch(graph, *m_march, options())) {
            const auto fixed = finding.fix.empty() ? Result<passes::FixResult>(Error{}) : passes::applyFix(graph, finding, finding.fix, *m_march);
            if (!fixed)
                continue;
            ++fixes;
            compare(graph, fixed->graph, fmt::format("{} of {}", finding.fix, name).c_str());
            if (!QTest::currentTestFailed())
                compare(fixed->graph, graph, fmt::format("{} of {}, undone", finding.fix, name).c_str());
            if (QTest::currentTestFailed())
                return;
        }
    QVERIFY(fixes > 0);
}

void TestRecheck::equalsAWholeCheckAfterChangesAtRandom()
{
    QFETCH(QByteArray, march);
    m_march = march::find(march.toStdString());
    int edits = 0;
    for (uint64_t seed = 1; seed <= 150; ++seed)
        for (const auto& [name, graph] : m_graphs) {
            test::Dice dice(seed);
            m_source = dice.oneIn(3) ? passes::InputSource::Pyramid : passes::InputSource::Ddr;
            auto changed = test::mutated(graph, dice);
            if (changed && dice.oneIn(2))
                changed = ops::inferTypes(*std::move(changed));
            if (!changed)
                continue;
            ++edits;
            compare(graph, *changed, fmt::format("seed {} of {}", seed, name).c_str());
            if (QTest::currentTestFailed())
                return;
        }
    m_source = passes::InputSource::Ddr;
    QVERIFY(edits > 300);
}

void TestRecheck::forgetsWhatIsNoLongerIgnored()
{
    m_march = march::find("bayes");
    const ir::Graph graph = torchGraph();
    const Findings findings = passes::checkMarch(graph, *m_march, options());
    QVERIFY(findings.size() > 3);
    const auto ignoring = passes::withIgnored(graph, {findings[1], findings[2]}, "known");
    QVERIFY(ignoring);
    compare(graph, *ignoring, "ignored");
    compare(*ignoring, graph, "counted again");
}

QTEST_GUILESS_MAIN(TestRecheck)
#include "tst_recheck.moc"
