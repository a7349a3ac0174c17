// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ops/op_spec.h"
#include "passes/check_march/check_march.h"
#include "passes/check_march/ignored.h"
#include "passes/check_march/rules.h"
#include "tests/support/text_graph.h"

#include <QElapsedTimer>
#include <QTest>
#include <algorithm>
#include <fmt/format.h>

using namespace bpu;

namespace {

/// "error march.kernel.range found 8x8 allowed 1 to 7", a line for each finding that is no eager-mode advice.
std::string listed(const Findings& findings)
{
    std::string text;
    for (const Finding& f : findings) {
        if (f.code != "eager.replace")
            text += fmt::format("{}{} {} found '{}' allowed '{}'", text.empty() ? "" : "\n", name(f.severity), f.code, f.found, f.allowed);
    }
    return text;
}

} // namespace

class CheckMarchTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyWordOfTheMarchFilesIsKnown()
    {
        int rules = 0;
        for (const march::MarchPtr& march : march::all()) {
            std::vector<march::Constraint> all = march->defaultConstraints();
            std::ranges::copy(march->modelConstraints(), std::back_inserter(all));
            for (const march::Row& row : march->rows())
                std::ranges::copy(row.constraints, std::back_inserter(all));
            for (const march::Constraint& c : all) {
                ++rules;
                const bool bounded = c.min || c.max || !c.minExpr.empty() || !c.maxExpr.empty() || !c.values.empty();
                if (c.kind == march::ConstraintKind::Relation && !bounded)
                    QVERIFY2(passes::findRelation(c.subject), c.subject.c_str());
                else if (c.kind != march::ConstraintKind::Info)
                    QVERIFY2(passes::findSubject(c.subject), c.subject.c_str());
                QVERIFY2(c.when.empty() || c.kind == march::ConstraintKind::Info || passes::findCondition(c.when), c.when.c_str());
                for (const std::string& text : {c.minExpr, c.maxExpr}) {
                    if (text.empty())
                        continue;
                    const auto expression = passes::Expression::parse(text);
                    QVERIFY2(expression, text.c_str());
                    for (const std::string& word : expression->names())
                        QVERIFY2(passes::findSubject(word), word.c_str());
                }
            }
        }
        QVERIFY(rules > 150);
    }

    void aModelIsJudged_data()
    {
        QTest::addColumn<std::string>("march");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* label, const char* march, const char* body, const char* expected) {
            QTest::newRow(label) << std::string(march) << "graph g(" + std::string(body) + "}" << std::string(expected);
        };
        row("pool of 8", "bernoulli2", "%x: f32[1,3,16,16]) { %y = avg_pool2d(%x) {kernel_size=[8,8], stride=[8,8]} return %y ",
            "error march.kernel.range found '8x8' allowed '1 to 7'");
        row("pool of 8 on Bayes", "bayes", "%x: f32[1,3,16,16]) { %y = avg_pool2d(%x) {kernel_size=[8,8], stride=[8,8]} return %y ",
            "warning march.unspecified found 'torch.nn.AvgPool2d' allowed ''");
        row("what quantization put in", "bayes", "%x: f32[1,3,16,16]) stage qat { %q: f32[1,3,16,16] qint8 [0.1] axis -1 = quant_stub(%x) %m = max_pool2d(%q) {kernel_size=[2,2], stride=[2,2]} "
            "%f: f32[1,3,8,8] qint8 [0.2] axis -1 = fake_quantize(%m) %y = dequant_stub(%f) return %y ", "");
        row("a table is its function", "bernoulli2", "%x: f32[1,3,16,16]) stage quantized { @t: i8[256] %q: i8[1,3,16,16] qint8 [0.1] axis -1 = quant_stub(%x) "
            "%s: i8[1,3,16,16] qint8 [0.2] axis -1 = table(%q, @t) {function=\"hard_swish\"} %y: f32[1,3,16,16] = dequant_stub(%s) return %y ",
            "error march.not-listed found 'torch.nn.Hardswish' allowed ''");
        row("not listed", "bayes", "%x: f32[1,3,16,16]) { %y = hard_swish(%x) return %y ", "error march.not-listed found 'torch.nn.Hardswish' allowed ''");
        row("opaque", "bayes", "%x: f32[1,3,16,16]) { %y: f32[1] = com.acme.Warp(%x) return %y ", "error march.unknown-operator found 'com.acme.Warp' allowed ''");
        row("opaque for want of sizes", "bayes", "%x: f32[1,?]) { %y: f32[*] = torch.reshape(%x) return %y ",
            "undecided march.undecided-operator found 'torch.reshape' allowed ''");
        row("opaque with all sizes", "bayes", "%x: f32[1,4]) { %y: f32[*] = torch.reshape(%x) return %y ",
            "error march.unknown-operator found 'torch.reshape' allowed ''");
        row("global mean by the pool's row", "bernoulli2", "%x: f32[1,3,7,7]) { %y = mean(%x) {dim=[2,3], keepdim=true} return %y ", "");
        row("global mean that is too large", "bernoulli2", "%x: f32[1,3,9,9]) { %y = mean(%x) {dim=[2,3], keepdim=true} return %y ",
            "error march.reduce-axis.enum found 'H, W' allowed 'C'");
        row("global pool by the row of a mean", "bernoulli2", "%x: f32[1,3,7,7]) { %y = adaptive_avg_pool2d(%x) {output_size=[1,1]} return %y ", "");
        row("global pool of a height that is not known", "bernoulli2", "%x: f32[1,3,?,7]) { %y = adaptive_avg_pool2d(%x) {output_size=[1,1]} return %y ",
            "undecided march.kernel.range found '' allowed '1 to 7'\nundecided march.stride.range found '' allowed '1 to 185'");
        row("pool to 2x2 of a height that is not known", "bernoulli2", "%x: f32[1,3,?,7]) { %y = adaptive_avg_pool2d(%x) {output_size=[2,2]} return %y ",
            "error march.unsupported found 'torch.nn.AdaptiveAvgPool2d' allowed ''");
        row("transparent", "bernoulli2", "%x: f32[1,3]) { %y = dropout(%x) return %y ", "");
        row("permute of two", "bayes", "%x: f32[1,3,4,5]) { %y = permute(%x) {dims=[0,1,3,2]} return %y ", "");
        row("permute of three", "bayes", "%x: f32[1,3,4,5]) { %y = permute(%x) {dims=[0,2,3,1]} return %y ",
            "error march.not-listed found 'torch.permute' allowed ''");
        row("a slice of everything", "bayes", "%x: f32[1,3,4,5]) { %y = slice(%x) {starts=[0], ends=[9], dims=[2], steps=[1]} return %y ", "");
        row("a slice backwards", "bayes", "%x: f32[1,3,4,5]) { %y = slice(%x) {starts=[3], ends=[-9], dims=[2], steps=[-1]} return %y ",
            "warning march.unspecified found 'torch.Tensor.__getitem__' allowed ''");
        row("batch norm is absorbed", "bernoulli2",
            "%x: f32[1,3,8,8]) { @w: f32[4,3,3,3] @g: f32[4] @b: f32[4] @m: f32[4] @v: f32[4] %c = conv2d(%x, @w) {kernel_size=[3,3]} "
            "%y = batch_norm2d(%c, @g, @b, @m, @v) return %y ",
            "");
        row("batch norm behind a shared convolution stays", "bernoulli2",
            "%x: f32[1,3,8,8]) { @w: f32[3,3,3,3] @g: f32[3] @b: f32[3] @m: f32[3] @v: f32[3] %c = conv2d(%x, @w) {kernel_size=[3,3]} "
            "%d = conv2d(%c, @w) {kernel_size=[3,3]} %y = batch_norm2d(%d, @g, @b, @m, @v) return %y ",
            "warning march.unspecified found 'torch.nn.BatchNorm2d' allowed ''");
        row("an add that will fuse limits the stride", "bayes",
            "%x: f32[1,3,16,16], %z: f32[1,4,4,4]) { @w: f32[4,3,3,3] %c = conv2d(%x, @w) {kernel_size=[3,3], stride=[4,4], padding=[1,1,1,1]} "
            "%y = add(%c, %z) return %y ",
            "error march.stride.enum found '4x4' allowed '(1, 1) or (2, 2)'");
        row("strides of two lengths", "bayes",
            "%x: f32[1,3,8,16,16]) { @w: f32[4,3,3,3,3] %y = conv3d(%x, @w) {kernel_size=[3,3,3], stride=[1,2,2], padding=[1,1,1,1,1,1]} return %y ",
            "error march.stride.relation found 'unequal, 1x2x2' allowed 'the three stride components must be equal'");
        row("an add that does not fuse does not", "bayes",
            "%x: f32[1,3,16,16], %z: f32[1,4,4,4]) { @w: f32[4,3,3,3] %c = conv2d(%x, @w) {kernel_size=[3,3], stride=[4,4], padding=[1,1,1,1]} "
            "%y = add(%c, %z) return %y, %c ",
            "");
        row("a layer ends behind the activation", "bayes",
            "%x: f32[1,3,8,8]) { @w: f32[9000,3,1,1] %c = conv2d(%x, @w) {kernel_size=[1,1]} %y = relu(%c) return %y ", "");
        row("a layer inside is narrower", "bayes",
            "%x: f32[1,3,8,8]) { @w: f32[9000,3,1,1] %c = conv2d(%x, @w) {kernel_size=[1,1]} %r = relu(%c) %y = sigmoid(%r) return %y ",
            "error march.out-channels.range found '9,000' allowed 'at most 8,192'\nwarning march.precision.risk found '' allowed ''");
        row("the function relu6 alone is the module", "bernoulli2",
            "%x: f32[1,3,8,8]) { %y = relu6(%x) origin \"torch.nn.functional.relu6\" return %y ", "");
        row("the function relu6 fused", "bernoulli2",
            "%x: f32[1,3,8,8]) { @w: f32[4,3,3,3] %c = conv2d(%x, @w) {kernel_size=[3,3]} %y = relu6(%c) origin \"torch.nn.functional.relu6\" return %y ",
            "warning march.unspecified found 'torch.nn.functional.relu6' allowed ''");
        row("unknown height", "bayes", "%x: f32[1,3,?,8]) { %y = max_pool2d(%x) {kernel_size=[2,2], stride=[2,2]} return %y ",
            "undecided march.input-h.range found '' allowed '1 to 8,192'");
        row("kernel is said once", "bayes", "%x: f32[1,3,64,64]) { @w: f32[4,3,33,1] %y = conv2d(%x, @w) {kernel_size=[33,1]} return %y ",
            "error march.kernel.range found '33x1' allowed 'at most 31'");
        row("rank after reshape has a cause", "bernoulli2", "%x: f32[1,3,4,5]) { %f = flatten(%x) {start_dim=1, end_dim=3} %y = relu(%f) return %y ",
            "error march.unsupported found 'torch.flatten' allowed ''\nerror march.rank found '2' allowed '4'");
    }

    void aModelIsJudged()
    {
        QFETCH(std::string, march);
        QFETCH(std::string, body);
        QFETCH(std::string, expected);
        const ir::Graph graph = test::typedGraph(body);
        const Findings findings = passes::checkMarch(graph, *march::find(march));
        QCOMPARE(listed(findings), expected);
        QCOMPARE(listed(passes::recheckMarch(graph, findings, graph, *march::find(march))), expected);
    }

    void theAdviceFits_data()
    {
        QTest::addColumn<std::string>("march");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* label, const char* march, const char* body, const char* expected) {
            QTest::newRow(label) << std::string(march) << "graph g(" + std::string(body) + "}" << std::string(expected);
        };
        row("precision where qint16 is no choice", "bayes", "%x: f32[1,3,8,8]) { %y = softmax(%x) {dim=1} return %y ",
            "Softmax can lose accuracy on Bayes: Compare the accuracy after quantization");
        row("precision where it is", "bayes", "%x: f32[1,3,8,8]) { %y = sigmoid(%x) return %y ",
            "Sigmoid can lose accuracy on Bayes: Compare the accuracy after quantization; keep it in qint16 where that helps");
        row("a scalar operand names the method of its own operator", "bayes",
            "%x: f32[1,3,8,8]) { @s: f32[] %y = mul(%x, @s) return %y ", "One operand is a scalar: Use mul_scalar instead of mul in eager mode");
        row("an unknown dimension asks for a shape", "bayes",
            "%x: f32[1,3,?,8]) { %y = max_pool2d(%x) {kernel_size=[2,2], stride=[2,2]} return %y ",
            "Input height rule not decided: input height unknown: Give the input a shape");
        row("a range", "bayes", "%x: f32[1,3,64,64]) { @w: f32[4,3,33,1] %y = conv2d(%x, @w) {kernel_size=[33,1]} return %y ",
            "Kernel is larger than Bayes allows: Bring it to at most 31");
        row("a word", "bayes", "%x: f32[1,3,8,8]) { %y = pad(%x) {pad=[1,1,1,1], mode=\"reflect\"} return %y ",
            "Mode is not one that Bayes allows: Use another one");
        row("a rank", "bernoulli2", "%x: f32[1,3,8]) { %y = relu(%x) return %y ",
            "Rank is smaller than Bernoulli2 allows: Keep 4 axes through the model, of length 1 where one is not needed");
        row("a nearest operator that has to end the model", "bernoulli2", "%x: f32[1,3,8,8]) { %y = amax(%x) {dim=[1], keepdim=true} return %y ",
            "amax is not an operator that Bernoulli2 knows: Use torch.max as a model output, the nearest that Bernoulli2 runs");
        row("both channel counts of a wide transposed convolution", "bayes",
            "%x: f32[1,3000,4,4]) { @w: f32[3000,16,4,4] %y = conv_transpose2d(%x, @w) {kernel_size=[4,4], stride=[2,2], padding=[1,1,1,1]} return %y ",
            "Channel count is larger than Bayes allows: Bring it into the range 1 to 2,048");
        row("boxes as ONNX has them", "bayes", "%x: f32[1,3,8,8], %b: f32[5,4], %i: i64[5]) { %y = roi_align(%x, %b, %i) {output_size=[2,2]} return %y ",
            "The file does not record how the boxes were passed; look at the source: Pass the boxes as List[Tensor] of shape [1, box_num, 4]");
    }

    void theAdviceFits()
    {
        QFETCH(std::string, march);
        QFETCH(std::string, body);
        QFETCH(std::string, expected);
        std::string text;
        for (const Finding& f : passes::checkMarch(test::typedGraph(body), *march::find(march))) {
            if (f.code != "eager.replace" && f.code != "march.unspecified")
                text += (text.empty() ? "" : "\n") + f.message + ": " + f.advice;
        }
        QCOMPARE(text.c_str(), expected.c_str());
    }

    void aConsequenceNamesItsCause()
    {
        const ir::Graph graph = test::typedGraph("graph g(%x: f32[1,3,4,5]) { %f = flatten(%x) {start_dim=1, end_dim=3} %y = relu(%f) return %y }");
        const Findings findings = passes::checkMarch(graph, *march::find("bernoulli2"));
        QCOMPARE(findings.size(), size_t(2));
        QVERIFY(!findings[0].cause.isValid());
        QCOMPARE(findings[1].cause.index, findings[0].node.index);
    }

    void theBranchesOfAnIfAreChecked()
    {
        const auto branch = std::make_shared<const ir::Graph>(test::typedGraph("graph b(%x: f32[1,3,9,9]) { %h = hard_swish(%x) %y = relu(%h) return %y }"));
        ir::Graph graph = test::typedGraph("graph g(%c: bool[], %x: f32[1,3,9,9]) { %y: f32[1,3,9,9] = onnx.If(%c) return %y }");
        const NodeId holder = graph.order().front();
        ir::GraphEditor editor(std::move(graph));
        editor.setAttribute(holder, "then_branch", branch);
        editor.setAttribute(holder, "else_branch", branch);
        const Result<ir::Graph> edited = editor.finish();
        QVERIFY(edited);
        std::string text;
        for (const Finding& f : passes::checkMarch(*edited, *march::find("bayes"))) {
            QCOMPARE(f.node.index, holder.index);
            text += fmt::format("{} {}\n", f.where, f.op);
        }
        // The two branches are the same graph here: it is reported where it is met first.
        QCOMPARE(text.c_str(), "y onnx.If\ny/else_branch/h torch.nn.Hardswish\n");
    }

    /// A trace holds the steps of the module, of which each by itself would be refused.
    void attentionInStepsIsJudgedAsTheModule()
    {
        constexpr char kStep[] = "scope \"attn\" origin \"torch.nn.MultiheadAttention\"";
        const std::string steps = fmt::format("@w: f32[8,8] = fill 1 %a = permute(%x) {{dims=[1,0,2]}} {0} %b = linear(%a, @w) {0} %c = softmax(%b) {0} ", kStep);
        const ir::Graph self = test::typedGraph("graph g(%x: f32[2,4,8]) {" + steps + "return %c }");
        const Findings findings = passes::checkMarch(self, *march::find("bayes"));
        QCOMPARE(listed(findings), std::string("warning march.precision.risk found '' allowed ''"));
        QCOMPARE(findings[0].where, std::string("attn"));
        QCOMPARE(findings[0].op, std::string("torch.nn.MultiheadAttention"));
        QCOMPARE(listed(passes::checkMarch(self, *march::find("bernoulli2"))),
                 std::string("error march.unsupported found 'torch.nn.MultiheadAttention' allowed ''"));
        // The inspector tells the same of each step.
        QCOMPARE(passes::explainRules(self, self.order().back(), *march::find("bayes")).front().found, std::string("torch.nn.MultiheadAttention"));
        // Of two inputs one may be the mask: whether query and key agree is not known.
        const ir::Graph cross = test::typedGraph(fmt::format("graph g(%x: f32[2,4,8], %m: f32[4,2,8]) {{{} %d = add(%c, %m) {} return %d }}", steps, kStep));
        const Findings undecided = passes::checkMarch(cross, *march::find("bayes"));
        QCOMPARE(count(undecided, Severity::Undecided), size_t(1));
        QCOMPARE(undecided[0].code, std::string("march.embed-dim.relation"));
    }

    void anIgnoredFindingIsMarkedAndNotCounted()
    {
        const ir::Graph graph = test::typedGraph("graph g(%x: f32[1,3,4,5]) { %y = hard_swish(%x) %z = hard_swish(%y) return %z }");
        const march::March& bayes = *march::find("bayes");
        const Findings before = passes::checkMarch(graph, bayes);
        QCOMPARE(count(before, Severity::Error), size_t(2));
        const Result<ir::Graph> accepted = passes::withIgnored(graph, {before[1]}, "runs on the CPU");
        QVERIFY(accepted);
        const Findings after = passes::checkMarch(*accepted, bayes);
        QCOMPARE(after.size(), size_t(2));
        QCOMPARE(after[1].ignored, std::string("runs on the CPU"));
        QCOMPARE(count(after, Severity::Error), size_t(1));
        QCOMPARE(count(passes::checkMarch(*passes::withIgnored(*accepted, {after[1]}, {}), bayes), Severity::Error), size_t(2));
    }

    void theOtherMarchIsNamed()
    {
        const ir::Graph graph = test::typedGraph("graph g(%x: f32[1,3,16,16]) { %y = avg_pool2d(%x) {kernel_size=[8,8], stride=[8,8]} return %y }");
        const Findings findings = passes::checkMarch(graph, *march::find("bernoulli2"), {.others = {march::find("bayes")}});
        QCOMPARE(findings.at(0).otherMarch, std::string("1 to 256; support not stated"));
    }

    void aFixIsOffered()
    {
        const ir::Graph graph = test::typedGraph("graph g(%x: f32[1,3,16,16]) { %y = avg_pool2d(%x) {kernel_size=[8,8], stride=[8,8]} return %y }");
        const Findings findings = passes::checkMarch(graph, *march::find("bernoulli2"));
        QCOMPARE(findings.at(0).fix, std::string("split-avg-pool"));
    }

    void aCameraInputHasThreeChannels()
    {
        const ir::Graph graph = test::typedGraph("graph g(%x: f32[1,1,16,16]) { %y = relu(%x) return %y }");
        const Findings findings = passes::checkMarch(graph, *march::find("bayes"), {.inputSource = passes::InputSource::Pyramid});
        QCOMPARE(listed(findings), std::string("error march.input-source found '1' allowed '3'"));
    }

    void tenThousandNodesTakeMilliseconds()
    {
        std::string body = "graph g(%x: f32[1,16,8,8]) { @w: f32[16,16,3,3] %v0 = relu(%x) ";
        for (int i = 0; i < 10'000; i += 2)
            body += fmt::format("%v{} = conv2d(%v{}, @w) {{kernel_size=[3,3], padding=[1,1,1,1]}} %v{} = relu(%v{}) ", i + 1, i, i + 2, i + 1);
        const ir::Graph graph = test::typedGraph(body + "return %v10000 }");
        QElapsedTimer timer;
        timer.start();
        const Findings findings = passes::checkMarch(graph, *march::find("bayes"));
        const qint64 us = timer.nsecsElapsed() / 1000;
        qInfo("check of %zu nodes: %lld us", graph.nodeCount(), static_cast<long long>(us));
        QVERIFY(findings.empty());
        QVERIFY(us < 200'000); // a bound that a loaded machine keeps; the figure is in the benchmarks
    }
};

QTEST_APPLESS_MAIN(CheckMarchTest)
#include "tst_check_march.moc"
