// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Models with dimensions that have no number: what their computed shapes become, and that nothing is assumed
// which a real shape could contradict.
#include "core/import/onnx/sizes/size_algebra.h"
#include "tests/support/imported_model.h"
#include "tests/support/onnx_builder.h"

#include <QTest>

using namespace bpu;

class TestDynamicShapes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void resolvesComputedShapes_data();
    void resolvesComputedShapes();
    void keepsShapesItCannotState_data();
    void keepsShapesItCannotState() { resolvesComputedShapes(); }
    void tellsEqualSizes();
    void boundsExpressions();
};

static void row(const char* name, int opset, const char* body, const char* expected)
{
    QTest::newRow(name) << opset << QByteArray(body) << QByteArray(expected);
}

void TestDynamicShapes::resolvesComputedShapes_data()
{
    QTest::addColumn<int>("opset");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    row("flatten before a linear layer", 11,
        "(float[N,2,H,W] x) => (float y) <int64 i = {0}, int64[1] rest = {-1}, float[2,3] w = {1,2,3,4,5,6}> "
        "{ p = GlobalAveragePool(x) s = Shape(p) n = Gather(s, i) u = Unsqueeze<axes=[0]>(n) t = Concat<axis=0>(u, rest) r = Reshape(p, t) y = Gemm(r, w) }",
        "adaptive_avg_pool2d(x) {output_size=[1,1]}\nreshape(p) {shape=[0,-1]}\nlinear(r, @y/weight)");
    row("the batch of another value", 11,
        "(float[N,2,4,4] x) => (float y) <int64 i = {0}, int64[1] c = {32}> "
        "{ s = Shape(x) n = Gather(s, i) u = Unsqueeze<axes=[0]>(n) a = Relu(x) t = Concat<axis=0>(u, c) y = Reshape(a, t) }",
        "relu(x)\nreshape(a) {shape=[0,32]}");
    row("heads of an attention", 13,
        "(float[N,T,8] x) => (float y) <int64 zero = {0}, int64 one = {1}, int64[1] heads = {2}, int64[1] size = {4}, int64[1] ax = {0}> "
        "{ s = Shape(x) n = Gather(s, zero) t = Gather(s, one) nu = Unsqueeze(n, ax) tu = Unsqueeze(t, ax) "
        "v = Concat<axis=0>(nu, tu, heads, size) y = Reshape(x, v) }",
        "reshape(x) {shape=[0,0,2,4]}");
    row("a channel count divided by a number", 13,
        "(float[N,6,H] x) => (float y) <int64 one = {1}, int64 two = {2}, int64[1] ax = {0}, int64[1] rest = {-1}, int64[1] keep = {0}> "
        "{ s = Shape(x) c = Gather(s, one) h = Div(c, two) u = Unsqueeze(h, ax) t = Concat<axis=0>(keep, u, rest) y = Reshape(x, t) }",
        "reshape(x) {shape=[0,3,-1]}");
    row("pixel shuffle", 13,
        "(float[N,8,H,W] x) => (float y) <int64 zero = {0}, int64 two = {2}, int64 three = {3}, int64[1] r = {2}, int64[1] c = {2}, int64[1] ax = {0}> "
        "{ s = Shape(x) n = Gather(s, zero) h = Gather(s, two) w = Gather(s, three) nu = Unsqueeze(n, ax) hu = Unsqueeze(h, ax) wu = Unsqueeze(w, ax) "
        "t = Concat<axis=0>(nu, c, r, r, hu, wu) a = Reshape(x, t) b = Transpose<perm=[0,1,4,2,5,3]>(a) h2 = Mul(hu, r) w2 = Mul(wu, r) "
        "t2 = Concat<axis=0>(nu, c, h2, w2) y = Reshape(b, t2) }",
        "pixel_shuffle(x) {factor=2}");
    row("channel shuffle", 13,
        "(float[N,6,H,W] x) => (float y) <int64[1] a0 = {0}, int64[1] a1 = {1}, int64[1] a2 = {2}, int64[1] a4 = {4}, int64[2] g = {2,3}, int64[1] c = {6}> "
        "{ s = Shape(x) n = Slice(s, a0, a1, a0) hw = Slice(s, a2, a4, a0) t = Concat<axis=0>(n, g, hw) a = Reshape(x, t) "
        "b = Transpose<perm=[0,2,1,3,4]>(a) t2 = Concat<axis=0>(n, c, hw) y = Reshape(b, t2) }",
        "channel_shuffle(x) {groups=2}");
    row("twice the size", 11,
        "(float[N,2,H,W] x) => (float y) <int64[1] a0 = {0}, int64[1] a2 = {2}, int64[1] a4 = {4}, float two = {2}> "
        "{ s = Shape(x) nc = Slice(s, a0, a2, a0) hw = Slice(s, a2, a4, a0) f = Cast<to=1>(hw) m = Mul(f, two) g = Floor(m) i = Cast<to=7>(g) "
        "t = Concat<axis=0>(nc, i) y = Resize<mode=\"nearest\", coordinate_transformation_mode=\"asymmetric\", nearest_mode=\"floor\">(x, , , t) }",
        "interpolate(x) {align_corners=false, coordinate_mode=\"asymmetric\", mode=\"nearest\", nearest_mode=\"floor\", scale_factor=[2.0,2.0]}");
    row("expand to its own batch", 13,
        "(float[N,1,4] x) => (float y) <int64 zero = {0}, int64[1] ax = {0}, int64[2] more = {3,4}> "
        "{ s = Shape(x) n = Gather(s, zero) u = Unsqueeze(n, ax) t = Concat<axis=0>(u, more) y = Expand(x, t) }",
        "expand(x) {shape=[1,3,4]}");
    row("expand as torch writes it: -1 keeps", 13,
        "(float[N,1] x) => (float y) <int64[1] ax = {0}, int64 zero = {0}, int64[2] ones = {1,1}, int64[2] minus = {-1,-1}, int64[1] c = {3}> "
        "{ s = Shape(x) n = Gather(s, zero) u = Unsqueeze(n, ax) t = Concat<axis=0>(u, c) q = Equal(t, minus) v = Where(q, ones, t) y = Expand(x, v) }",
        "expand(x) {shape=[1,3]}");
    row("the number of channels, which is known", 13,
        "(float[N,6,H] x) => (float y) <int64 one = {1}> { s = Shape(x) c = Gather(s, one) f = Cast<to=1>(c) r = Sqrt(f) y = Div(x, r) }",
        "div(x, @r)");
    row("layer norm whose size only its scale knows", 13,
        "(float[N,T,D] x) => (float y) <float e = {0.00001}, float two = {2}, float[2] g = {1,2}, float[2] b = {3,4}> "
        "{ m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) p = Pow(d, two) v = ReduceMean<axes=[-1]>(p) a = Add(v, e) q = Sqrt(a) n = Div(d, q) k = Mul(n, g) y = Add(k, b) }",
        "layer_norm(x, @g, @b) {epsilon=1e-05, normalized_shape=[2]}");
}

void TestDynamicShapes::resolvesComputedShapes()
{
    QFETCH(int, opset);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    const auto result = test::importedModel(test::onnxModel(body.toStdString(), opset));
    QCOMPARE(QByteArray::fromStdString(test::nodeLines(result.graph)), expected);
    QVERIFY(result.findings.empty());
}

void TestDynamicShapes::keepsShapesItCannotState_data()
{
    QTest::addColumn<int>("opset");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    row("a shape from outside may hold -1", 13, "(float[2,3] x, int64[2] s) => (float y) { y = Reshape(x, s) }", "reshape(x, s)");
    row("two dimensions of another value", 13, "(float[N,4] x, float[A,B] z) => (float y) { s = Shape(z) y = Reshape(x, s) }", "shape(z)\nreshape(x, s)");
    row("equal symbols are no equal lengths", 13, "(float[N,4] x, float[N,M] z) => (float y) { s = Shape(z) y = Reshape(x, s) }", "shape(z)\nreshape(x, s)");
    row("a computed shape that is also a result", 13,
        "(float[N,4,2] x) => (float y, int64[2] t) <int64 i = {0}, int64[1] ax = {0}, int64[1] c = {8}> "
        "{ s = Shape(x) n = Gather(s, i) u = Unsqueeze(n, ax) t = Concat<axis=0>(u, c) y = Reshape(x, t) }",
        "shape(x)\nselect(s) {dim=0, index=0}\nunsqueeze(n) {dims=[0]}\ncat(u, @c) {dim=0}\nreshape(x) {shape=[0,8]}");
    row("not the size of a resize of another value", 11, "(float[1,2,H,W] x, float[1,2,P,Q] z) => (float y) { s = Shape(z) y = Resize(x, , , s) }",
        "shape(z)\ninterpolate(x, s) {align_corners=false, coordinate_mode=\"half_pixel\", mode=\"nearest\", nearest_mode=\"round_prefer_floor\"}");
    row("expand to fewer dimensions than there are", 13,
        "(float[A,N,1] x, float[N,4] z) => (float y) <int64 one = {1}, int64[1] ax = {0}, int64[1] c = {3}> "
        "{ s = Shape(x) n = Gather(s, one) u = Unsqueeze(n, ax) t = Concat<axis=0>(u, c) y = Expand(x, t) }",
        "shape(x)\nselect(s) {dim=0, index=1}\nunsqueeze(n) {dims=[0]}\ncat(u, @c) {dim=0}\nexpand(x, t)");
    row("a single number turned about", 13, "(float[N] x) => (float y) <int64[0] s = {}, int64[1] t = {1}> { a = Reshape(x, s) b = Transpose(a) y = Reshape(b, t) }",
        "reshape(x) {shape=[]}\npermute(a) {dims=[]}\nreshape(b) {shape=[1]}");
    row("height and width swapped are no channel shuffle", 13,
        "(float[N,6,H,W] x) => (float y) <int64[1] a0 = {0}, int64[1] a1 = {1}, int64[1] a2 = {2}, int64[1] a3 = {3}, int64[1] a4 = {4}, int64[2] g = {2,3}, int64[1] c = {6}> "
        "{ s = Shape(x) n = Slice(s, a0, a1, a0) h = Slice(s, a2, a3, a0) w = Slice(s, a3, a4, a0) t = Concat<axis=0>(n, g, w, h) a = Reshape(x, t) "
        "b = Transpose<perm=[0,2,1,3,4]>(a) t2 = Concat<axis=0>(n, c, w, h) y = Reshape(b, t2) }",
        "shape(x)\nslice(s) {dims=[0], ends=[1], starts=[0], steps=[1]}\nslice(s) {dims=[0], ends=[3], starts=[2], steps=[1]}\n"
        "slice(s) {dims=[0], ends=[4], starts=[3], steps=[1]}\nreshape(x) {shape=[0,2,3,0,-1]}\npermute(a) {dims=[0,2,1,3,4]}\n"
        "cat(n, @c, w, h) {dim=0}\nreshape(b, t2)");
}

void TestDynamicShapes::tellsEqualSizes()
{
    importer::SizeAlgebra a;
    const importer::Size h = a.unknown("h", true);
    const importer::Size w = a.unknown("w", true);
    const importer::Size two = a.number(2);
    QCOMPARE(a.product(h, w), a.product(w, h));
    QCOMPARE(a.quotient(a.product(a.product(h, w), two), w), a.product(two, h));
    QCOMPARE(a.sum(a.sum(h, a.number(1)), a.number(-1)), h);
    QCOMPARE(a.sum(h, h), a.product(two, h));
    QCOMPARE(a.difference(a.sum(h, w), w), h);
    QCOMPARE(a.numberOf(a.difference(h, h)), std::optional<int64_t>(0));
    QVERIFY(a.product(a.quotient(h, two), two) != h); // h may be odd
    QVERIFY(!a.isLength(a.difference(h, w)));
    QVERIFY(!a.exactQuotient(h, two));
    QCOMPARE(a.numberOf(a.quotient(a.number(7), two)), std::optional<int64_t>(3));
}

/// 10,000 steps stay small: an expression beyond the bound is named instead of written out.
void TestDynamicShapes::boundsExpressions()
{
    importer::SizeAlgebra a;
    importer::Size grown = a.number(1);
    for (int i = 0; i < 10'000; ++i) {
        const importer::Size next = a.unknown(std::to_string(i), true);
        grown = i % 2 == 0 ? a.product(grown, next) : a.sum(grown, next);
        QVERIFY(a.isLength(grown) && !a.numberOf(grown));
    }
}

QTEST_GUILESS_MAIN(TestDynamicShapes)
#include "tst_dynamic_shapes.moc"
