// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What ONNX nodes become: a table of small models and the lines of the graph that they give.
#include "core/ir/text.h"
#include "tests/support/imported_model.h"
#include "tests/support/onnx_builder.h"

#include <QTest>

using namespace bpu;

class TestOnnxImport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsOperator_data();
    void readsOperator();
    void recognizesPattern_data();
    void recognizesPattern();
    void keepsWhatLooksSimilar_data();
    void keepsWhatLooksSimilar();
    void fusedNodeKeepsAllOrigins();
    void keepsWeightsInTheFile_data();
    void keepsWeightsInTheFile();
    void derivesScopes_data();
    void derivesScopes();
    void opaqueNodeGivesAFinding_data();
    void opaqueNodeGivesAFinding();
    void givesSubgraphsTheValuesTheyCapture();
    void takesTheBranchOfAKnownCondition_data();
    void takesTheBranchOfAKnownCondition();
    void takesTheBranchThatInputShapesDecide();
    void recognizesPatternsThatInputShapesUncover();
    void branchMayReuseNamesAround();
    void acceptsUnsortedNodes();
    void inputShapeFillsUnknownDimensions();
    void withInputShapesFoldsWhatBecameConstant();
    void statesFacts();

private:
    static QString nodeLines(const ir::Graph& graph) { return QString::fromStdString(test::nodeLines(graph)); }
};

static void row(const char* name, int opset, const char* body, const char* expected)
{
    QTest::newRow(name) << opset << QByteArray(body) << QString::fromLatin1(expected);
}

void TestOnnxImport::readsOperator_data()
{
    QTest::addColumn<int>("opset");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");
    row("Conv", 11, "(float[1,2,8,8] x, float[4,2,3,3] w) => (float y) { y = Conv<pads=[1,1,1,1], strides=[2,2]>(x, w) }",
        "conv2d(x, w) {dilation=[1,1], groups=1, kernel_size=[3,3], padding=[1,1,1,1], stride=[2,2]}");
    row("Conv SAME_UPPER", 11, "(float[1,2,7,8] x, float[4,2,3,3] w) => (float y) { y = Conv<auto_pad=\"SAME_UPPER\", strides=[2,2]>(x, w) }",
        "conv2d(x, w) {dilation=[1,1], groups=1, kernel_size=[3,3], padding=[1,0,1,1], stride=[2,2]}");
    row("Conv SAME of unknown size", 11, "(float[1,2,N,8] x, float[4,2,3,3] w) => (float y) { y = Conv<auto_pad=\"SAME_UPPER\">(x, w) }",
        "conv2d(x, w) {auto_pad=\"SAME_UPPER\", dilation=[1,1], groups=1, kernel_size=[3,3], padding=[0,0,0,0], stride=[1,1]}");
    row("Conv over one dimension", 11, "(float[1,2,8] x, float[4,2,3] w, float[4] b) => (float y) { y = Conv(x, w, b) }",
        "conv1d(x, w, b) {dilation=[1], groups=1, kernel_size=[3], padding=[0,0], stride=[1]}");
    row("ConvTranspose output_shape", 11,
        "(float[1,2,4,4] x, float[2,3,3,3] w) => (float y) { y = ConvTranspose<strides=[2,2], output_shape=[8,8]>(x, w) }",
        "conv_transpose2d(x, w) {dilation=[1,1], groups=1, kernel_size=[3,3], output_padding=[0,0], padding=[1,1,0,0], stride=[2,2]}");
    row("Gemm transB", 11, "(float[1,2] x) => (float y) <float[2,2] w = {1,2,3,4}, float[2] b = {1,2}> { y = Gemm<transB=1>(x, w, b) }",
        "linear(x, @w, @b)");
    row("Gemm alpha", 11, "(float[1,2] x) => (float y) <float[2,2] w = {1,2,3,4}> { y = Gemm<alpha=2.0, transB=1>(x, w) }",
        "linear(x, @y/weight)");
    row("Gemm of two inputs", 11, "(float[1,2] x, float[2,2] w, float[2] b) => (float y) { y = Gemm(x, w, b) }", "matmul(x, w)\nadd(y/matmul, b)");
    row("BatchNormalization", 9, "(float[1,2,4,4] x, float[2] g, float[2] b, float[2] m, float[2] v) => (float y) { y = BatchNormalization(x, g, b, m, v) }",
        "batch_norm2d(x, g, b, m, v) {epsilon=1e-05}");
    row("BatchNormalization results for training that nobody reads", 9,
        "(float[1,2,4] x, float[2] g, float[2] b, float[2] m, float[2] v) => (float y) { y, p, q, r, s = BatchNormalization(x, g, b, m, v) }",
        "batch_norm1d(x, g, b, m, v) {epsilon=1e-05}");
    row("Clip with attributes", 9, "(float[2] x) => (float y) { y = Clip<min=0.5, max=2.0>(x) }", "clamp(x) {max=2.0, min=0.5}");
    row("Clip 0 to 6 with attributes", 9, "(float[2] x) => (float y) { y = Clip<min=0.0, max=6.0>(x) }", "relu6(x)");
    row("Clip with operands", 11, "(float[2] x) => (float y) <float low = {0}, float high = {6}> { y = Clip(x, low, high) }", "relu6(x)");
    row("Clip with a maximum only", 11, "(float[2] x) => (float y) <float high = {0.1}> { y = Clip(x, , high) }", "clamp(x) {max=0.1}");
    row("Clip with a computed bound", 11, "(float[2] x, float low) => (float y) { y = Clip(x, low) }", "clamp(x, low)");
    row("Softmax of opset 11, last axis", 11, "(float[2,5] x) => (float y) { y = Softmax(x) }", "softmax(x) {dim=1}");
    row("Softmax of opset 11 flattens", 11, "(float[2,5,3] x) => (float y) { y = Softmax(x) }",
        "flatten(x) {end_dim=2, start_dim=1}\nsoftmax(y/flatten) {dim=1}\nreshape(y/softmax) {shape=[2,5,3]}");
    row("Softmax of opset 13", 13, "(float[2,5,3] x) => (float y) { y = Softmax<axis=-2>(x) }", "softmax(x) {dim=1}");
    row("Squeeze by attribute", 11, "(float[1,5,1] x) => (float y) { y = Squeeze<axes=[-1]>(x) }", "squeeze(x) {dims=[2]}");
    row("Squeeze by operand", 13, "(float[1,5,1] x) => (float y) <int64[1] a = {0}> { y = Squeeze(x, a) }", "squeeze(x) {dims=[0]}");
    row("Squeeze of all", 13, "(float[1,5,1] x) => (float y) { y = Squeeze(x) }", "squeeze(x) {dims=[0,2]}");
    row("Unsqueeze by operand", 13, "(float[5] x) => (float y) <int64[1] a = {-1}> { y = Unsqueeze(x, a) }", "unsqueeze(x) {dims=[1]}");
    row("Split in equal parts", 11, "(float[4,6] x) => (float y) { y, z = Split<axis=-1>(x) }", "split(x) {dim=1, sizes=[3,3]}");
    row("Split by operand", 13, "(float[4,6] x) => (float y) <int64[2] s = {2,4}> { y, z = Split<axis=1>(x, s) }", "split(x) {dim=1, sizes=[2,4]}");
    row("ReduceMean", 11, "(float[1,2,4,4] x) => (float y) { y = ReduceMean<axes=[-1,-2], keepdims=0>(x) }", "mean(x) {dim=[2,3], keepdim=false}");
    row("ReduceSum by operand", 13, "(float[1,2] x) => (float y) <int64[1] a = {1}> { y = ReduceSum(x, a) }", "sum(x) {dim=[1], keepdim=true}");
    row("ReduceMax of opset 18", 18, "(float[1,2] x) => (float y) <int64[1] a = {1}> { y = ReduceMax(x, a) }", "amax(x) {dim=[1], keepdim=true}");
    row("Pad of opset 2", 9, "(float[1,2] x) => (float y) { y = Pad<pads=[0,1,0,1], mode=\"edge\">(x) }",
        "pad(x) {mode=\"replicate\", padding=[0,1,0,1], value=0.0}");
    row("Pad by operand", 11, "(float[1,2] x) => (float y) <int64[4] p = {0,1,0,1}, float v = {2}> { y = Pad(x, p, v) }",
        "pad(x) {mode=\"constant\", padding=[0,1,0,1], value=2.0}");
    row("Pad of opset 18 with axes", 18, "(float[1,2] x) => (float y) <int64[2] p = {1,1}, int64[1] a = {-1}> { y = Pad(x, p, , a) }",
        "pad(x) {mode=\"constant\", padding=[0,1,0,1], value=0.0}");
    row("Slice of opset 1", 9, "(float[4,6] x) => (float y) { y = Slice<starts=[1], ends=[3], axes=[1]>(x) }",
        "slice(x) {dims=[1], ends=[3], starts=[1], steps=[1]}");
    row("Slice by operands", 10,
        "(float[4,6] x) => (float y) <int64[1] s = {5}, int64[1] e = {0}, int64[1] a = {-1}, int64[1] t = {-1}> { y = Slice(x, s, e, a, t) }",
        "slice(x) {dims=[1], ends=[0], starts=[5], steps=[-1]}");
    row("Upsample of opset 9", 9, "(float[1,2,4,4] x) => (float y) <float[4] s = {1,1,2,2}> { y = Upsample(x, s) }",
        "interpolate(x) {align_corners=false, coordinate_mode=\"asymmetric\", mode=\"nearest\", nearest_mode=\"floor\", scale_factor=[2.0,2.0]}");
    row("Resize of opset 10", 10, "(float[1,2,4,4] x) => (float y) <float[4] s = {1,1,2,2}> { y = Resize<mode=\"linear\">(x, s) }",
        "interpolate(x) {align_corners=false, coordinate_mode=\"asymmetric\", mode=\"bilinear\", nearest_mode=\"floor\", scale_factor=[2.0,2.0]}");
    row("Resize to sizes", 11,
        "(float[1,2,4,4] x) => (float y) <int64[4] s = {1,2,7,9}> { y = Resize<mode=\"linear\", coordinate_transformation_mode=\"align_corners\">(x, , , s) }",
        "interpolate(x) {align_corners=true, coordinate_mode=\"align_corners\", mode=\"bilinear\", nearest_mode=\"round_prefer_floor\", size=[7,9]}");
    row("Resize sizes from Shape, Slice, Concat", 11,
        "(float[1,2,4,4] x) => (float y) <int64[1] a = {0}, int64[1] b = {2}, int64[2] s = {8,8}> "
        "{ n = Shape(x) m = Slice(n, a, b, a) t = Concat<axis=0>(m, s) y = Resize(x, , , t) }",
        "interpolate(x) {align_corners=false, coordinate_mode=\"half_pixel\", mode=\"nearest\", nearest_mode=\"round_prefer_floor\", size=[8,8]}");
    row("GlobalAveragePool", 11, "(float[1,2,4,4] x) => (float y) { y = GlobalAveragePool(x) }", "adaptive_avg_pool2d(x) {output_size=[1,1]}");
    row("MaxPool", 11, "(float[1,2,4,4] x) => (float y) { y = MaxPool<kernel_shape=[2,2], strides=[2,2]>(x) }",
        "max_pool2d(x) {ceil_mode=false, dilation=[1,1], kernel_size=[2,2], padding=[0,0,0,0], stride=[2,2]}");
    row("AveragePool", 11, "(float[1,2,4,4] x) => (float y) { y = AveragePool<kernel_shape=[2,2], count_include_pad=1>(x) }",
        "avg_pool2d(x) {ceil_mode=false, count_include_pad=true, kernel_size=[2,2], padding=[0,0,0,0], stride=[1,1]}");
    row("Flatten", 11, "(float[1,2,4,4] x) => (float y) { y = Flatten(x) }", "flatten(x) {end_dim=3, start_dim=1}");
    row("Flatten at axis 2", 11, "(float[3,2,4,4] x) => (float y) { y = Flatten<axis=2>(x) }", "reshape(x) {shape=[6,16]}");
    row("DepthToSpace CRD", 11, "(float[1,4,2,2] x) => (float y) { y = DepthToSpace<blocksize=2, mode=\"CRD\">(x) }", "pixel_shuffle(x) {factor=2}");
    row("DepthToSpace DCR", 11, "(float[1,4,2,2] x) => (float y) { y = DepthToSpace<blocksize=2>(x) }", "depth_to_space(x) {block=2, mode=\"DCR\"}");
    row("Gather of one index", 11, "(float[3,4] x) => (float y) <int64 i = {1}> { y = Gather<axis=1>(x, i) }", "select(x) {dim=1, index=1}");
    row("Gather of a list", 11, "(float[3,4] x, int64[2] i) => (float y) { y = Gather<axis=-1>(x, i) }", "index_select(x, i) {dim=1}");
    row("Sum of three", 11, "(float[2] x, float[2] z) => (float y) { y = Sum(x, z, x) }", "add(x, z)\nadd(y/add, x)");
    row("Old-style broadcast", 6, "(float[1,2,3,4] x, float[2] b) => (float y) { y = Add<broadcast=1, axis=1>(x, b) }",
        "unsqueeze(b) {dims=[1,2]}\nadd(x, y/unsqueeze)");
    row("Cast", 11, "(float[2] x) => (int64 y) { y = Cast<to=7>(x) }", "cast(x) {to=\"i64\"}");
    row("Cast to the type it has", 11, "(float[2] x) => (float y) { y = Cast<to=1>(x) }", "identity(x)");
    row("TopK", 11, "(float[9] x) => (float y) <int64[1] k = {3}> { y, i = TopK(x, k) }", "topk(x) {dim=0, k=3, largest=true, sorted=true}");
    row("Flatten written as Shape, Gather, Concat, Reshape", 11,
        "(float[2,3,4] x) => (float y) <int64 zero = {0}, int64[1] rest = {-1}> "
        "{ s = Shape(x) n = Gather(s, zero) u = Unsqueeze<axes=[0]>(n) t = Concat<axis=0>(u, rest) y = Reshape(x, t) }",
        "reshape(x) {shape=[2,-1]}");
    row("Identity shares a constant", 11, "(float[2] x) => (float y) <float[2] w = {1,2}> { v = Identity(w) y = Add(x, v) }", "add(x, @w)");
}

void TestOnnxImport::readsOperator()
{
    QFETCH(int, opset);
    QFETCH(QByteArray, body);
    QFETCH(QString, expected);
    const auto result = test::importedModel(test::onnxModel(body.toStdString(), opset));
    QCOMPARE(nodeLines(result.graph), expected);
    QVERIFY(result.findings.empty());
}

void TestOnnxImport::recognizesPattern_data()
{
    QTest::addColumn<int>("opset");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");
    const char* swish = "hard_swish(x)";
    row("hard swish: clip, times, divided", 9, "(float[1,2] x) => (float y) <float t = {3}, float s = {6}> { a = Add(x, t) b = Clip<min=0.0, max=6.0>(a) c = Mul(x, b) y = Div(c, s) }", swish);
    row("hard swish: clip divided, times", 9, "(float[1,2] x) => (float y) <float t = {3}, float s = {6}> { a = Add(t, x) b = Clip<min=0.0, max=6.0>(a) c = Div(b, s) y = Mul(c, x) }", swish);
    row("hard swish: hard sigmoid", 14, "(float[1,2] x) => (float y) { a = HardSigmoid<alpha=0.16666667, beta=0.5>(x) y = Mul(x, a) }", swish);
    row("hard sigmoid composed", 9, "(float[1,2] x) => (float y) <float t = {3}, float s = {6}> { a = Add(x, t) b = Clip<min=0.0, max=6.0>(a) y = Div(b, s) }", "hard_sigmoid(x) {alpha=0.16666666666666666, beta=0.5}");
    row("gelu: torch", 13, "(float[1,2] x) => (float y) <float r = {1.4142135}, float one = {1}, float half = {0.5}> { a = Div(x, r) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, half) }", "gelu(x) {approximate=\"none\"}");
    row("gelu: half first", 13, "(float[1,2] x) => (float y) <float r = {0.70710678}, float one = {1}, float half = {0.5}> { a = Mul(x, r) b = Erf(a) c = Add(one, b) d = Mul(half, x) y = Mul(d, c) }", "gelu(x) {approximate=\"none\"}");
    row("gelu: tanh", 13, "(float[1,2] x) => (float y) <float k = {0.7978846}, float q = {0.044715}, float one = {1}, float half = {0.5}, float three = {3}> "
        "{ a = Pow(x, three) b = Mul(q, a) c = Add(x, b) d = Mul(k, c) e = Tanh(d) f = Add(e, one) g = Mul(x, f) y = Mul(g, half) }", "gelu(x) {approximate=\"tanh\"}");
    row("softmax written out", 13, "(float[1,4,3] x) => (float y) <int64[1] d = {1}> { m = ReduceMax<axes=[1]>(x) a = Sub(x, m) e = Exp(a) s = ReduceSum(e, d) y = Div(e, s) }", "softmax(x) {dim=1}");
    row("layer norm: TensorFlow", 13, "(float[1,5,2] x) => (float y) <float eps = {0.001}, float[2] g = {1,2}, float[2] b = {3,4}> "
        "{ m = ReduceMean<axes=[2]>(x) d = Sub(x, m) q = Mul(d, d) v = ReduceMean<axes=[2]>(q) a = Add(v, eps) s = Sqrt(a) r = Reciprocal(s) k = Mul(r, g) "
        "p = Mul(x, k) n = Mul(m, k) o = Sub(b, n) y = Add(p, o) }",
        "layer_norm(x, @g, @b) {epsilon=0.001, normalized_shape=[2]}");
    row("linear: CNTK's bias of two dimensions", 8, "(float[1,2] x) => (float y) <float[2,2] w = {1,2,3,4}, float[1,2] b = {1,2}> { a = MatMul(x, w) y = Add(a, b) }",
        "linear(x, @w_2, @b_2)");
    row("relu6: Max and Min", 11, "(float[1,2] x) => (float y) <float low = {0}, float high = {6}> { a = Max(x, low) y = Min(a, high) }", "relu6(x)");
    row("lstm without an initial state", 13, "(float[5,N,3] x, float[1,16,3] w, float[1,16,4] r) => (float y) <int64 one = {1}, int64[1] ax = {0}, int64[1] d = {1}, int64[1] h = {4}> "
        "{ s = Shape(x) n = Gather(s, one) u = Unsqueeze(n, ax) t = Concat<axis=0>(d, u, h) z = ConstantOfShape(t) y = LSTM<hidden_size=4>(x, w, r, , , z, z) }",
        "lstm(x, w, r) {direction=\"forward\", hidden_size=4, layout=0}");
    row("silu", 13, "(float[1,2] x) => (float y) { a = Sigmoid(x) y = Mul(x, a) }", "silu(x)");
    row("mish", 13, "(float[1,2] x) => (float y) { a = Softplus(x) b = Tanh(a) y = Mul(x, b) }", "mish(x)");
    row("glu", 11, "(float[1,4] x) => (float y) { a, b = Split<axis=1>(x) c = Sigmoid(b) y = Mul(a, c) }", "glu(x) {dim=1}");
    row("log softmax", 13, "(float[1,4] x) => (float y) { a = Softmax(x) y = Log(a) }", "log_softmax(x) {dim=1}");
    row("average pool of a zero pad", 9, "(float[1,2,4,4] x) => (float y) { a = Pad<mode=\"constant\", pads=[0,0,0,0,0,0,0,0]>(x) y = AveragePool<kernel_shape=[2,2], strides=[2,2]>(a) }",
        "avg_pool2d(x) {ceil_mode=false, count_include_pad=false, kernel_size=[2,2], padding=[0,0,0,0], stride=[2,2]}");
    row("average pool of a pad", 9, "(float[1,2,4,4] x) => (float y) { a = Pad<mode=\"constant\", pads=[0,0,1,1,0,0,1,1]>(x) y = AveragePool<kernel_shape=[3,3], strides=[1,1]>(a) }",
        "avg_pool2d(x) {ceil_mode=false, count_include_pad=true, kernel_size=[3,3], padding=[1,1,1,1], stride=[1,1]}");
    row("relu6: relu then clip", 9, "(float[2] x) => (float y) { a = Relu(x) y = Clip<min=0.0, max=6.0>(a) }", "relu6(x)");
    row("relu6: min and max", 13, "(float[2] x) => (float y) <float zero = {0}, float six = {6}> { a = Max(x, zero) y = Min(a, six) }", "relu6(x)");
    row("leaky relu: max", 13, "(float[2] x) => (float y) <float s = {0.1}> { a = Mul(x, s) y = Max(x, a) }", "leaky_relu(x) {negative_slope=0.1}");
    row("prelu of relus", 13, "(float[1,2,3] x) => (float y) <float[2,1] w = {0.1, 0.2}> { p = Relu(x) n = Neg(x) q = Relu(n) r = Mul(w, q) y = Sub(p, r) }", "prelu(x, @w)");
    row("layer norm", 13, "(float[1,4] x) => (float y) <float two = {2}, float eps = {0.00001}, float[4] g = {1,1,1,1}, float[4] b = {0,0,0,0}> "
        "{ m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) p = Pow(d, two) v = ReduceMean<axes=[-1]>(p) e = Add(v, eps) s = Sqrt(e) n = Div(d, s) h = Mul(n, g) y = Add(h, b) }",
        "layer_norm(x, @g, @b) {epsilon=1e-05, normalized_shape=[4]}");
    row("layer norm without affine, square as product", 13, "(float[1,4] x) => (float y) <float eps = {0.00001}> "
        "{ m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) p = Mul(d, d) v = ReduceMean<axes=[-1]>(p) e = Add(v, eps) s = Sqrt(e) y = Div(d, s) }",
        "layer_norm(x) {epsilon=1e-05, normalized_shape=[4]}");
    row("group norm", 13, "(float[1,4,2,2] x) => (float y) <int64[3] s = {0,2,-1}, int64[4] t = {1,4,2,2}, float[2] one = {1,1}, float[2] zero = {0,0}, float[4,1,1] g = {1,2,3,4}, float[4,1,1] b = {1,2,3,4}> "
        "{ a = Reshape(x, s) n = InstanceNormalization(a, one, zero) c = Reshape(n, t) d = Mul(c, g) y = Add(d, b) }",
        "group_norm(x, @d/gamma, @y/beta) {epsilon=1e-05, groups=2}");
    row("pixel shuffle", 13, "(float[1,8,3,3] x) => (float y) <int64[6] s = {1,2,2,2,3,3}, int64[4] t = {1,2,6,6}> { a = Reshape(x, s) b = Transpose<perm=[0,1,4,2,5,3]>(a) y = Reshape(b, t) }", "pixel_shuffle(x) {factor=2}");
    row("pixel unshuffle", 13, "(float[1,2,6,6] x) => (float y) <int64[6] s = {1,2,3,2,3,2}, int64[4] t = {1,8,3,3}> { a = Reshape(x, s) b = Transpose<perm=[0,1,3,5,2,4]>(a) y = Reshape(b, t) }", "pixel_unshuffle(x) {factor=2}");
    row("channel shuffle", 13, "(float[1,8,3,3] x) => (float y) <int64[5] s = {1,2,4,3,3}, int64[4] t = {1,8,3,3}> { a = Reshape(x, s) b = Transpose<perm=[0,2,1,3,4]>(a) y = Reshape(b, t) }", "channel_shuffle(x) {groups=2}");
    row("L2 normalization", 13, "(float[1,8] x) => (float y) <float e = {0.000000000001}> { n = ReduceL2<axes=[1]>(x) c = Clip(n, e) s = Shape(x) d = Expand(c, s) y = Div(x, d) }", "lp_norm(x) {dim=1, epsilon=1e-12, p=2}");
    row("linear: MatMul and Add", 13, "(float[1,5,2] x) => (float y) <float[2,3] w = {1,2,3,4,5,6}, float[3] b = {1,2,3}> { a = MatMul(x, w) y = Add(b, a) }", "linear(x, @w_2, @b)");
    row("convolution with its bias added", 7, "(float[1,1,4,4] x) => (float y) <float[2,1,1,1] w = {1,2}, float[2,1,1] b = {1,2}> { a = Conv(x, w) y = Add(a, b) }",
        "conv2d(x, @w, @b_2) {dilation=[1,1], groups=1, kernel_size=[1,1], padding=[0,0,0,0], stride=[1,1]}");
}

void TestOnnxImport::recognizesPattern()
{
    readsOperator();
}

void TestOnnxImport::keepsWhatLooksSimilar_data()
{
    QTest::addColumn<int>("opset");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");
    row("the sigmoid of a silu is a result too", 13, "(float[1,2] x) => (float y, float a) { a = Sigmoid(x) y = Mul(x, a) }", "sigmoid(x)\nmul(x, a)");
    row("sigmoid of another value", 13, "(float[1,2] x, float[1,2] z) => (float y) { a = Sigmoid(z) y = Mul(x, a) }", "sigmoid(z)\nmul(x, a)");
    row("a bias that adds a dimension", 8, "(float[3,2] x) => (float y) <float[2,2] w = {1,2,3,4}, float[1,1,2] b = {1,2}> { a = MatMul(x, w) y = Add(a, b) }", "matmul(x, @w)\nadd(a, @b)");
    row("softmax with another sum", 13, "(float[1,4,3] x) => (float y) <int64[1] d = {2}> { m = ReduceMax<axes=[1]>(x) a = Sub(x, m) e = Exp(a) s = ReduceSum(e, d) y = Div(e, s) }",
        "amax(x) {dim=[1], keepdim=true}\nsub(x, m)\nexp(a)\nsum(e) {dim=[2], keepdim=true}\ndiv(e, s)");
    row("clip to 5", 9, "(float[2] x) => (float y) { a = Relu(x) y = Clip<min=0.0, max=5.0>(a) }", "relu(x)\nclamp(a) {max=5.0, min=0.0}");
    row("another permutation", 13, "(float[1,8,3,3] x) => (float y) <int64[6] s = {1,2,2,2,3,3}, int64[4] t = {1,2,6,6}> { a = Reshape(x, s) b = Transpose<perm=[0,1,4,3,5,2]>(a) y = Reshape(b, t) }",
        "reshape(x) {shape=[1,2,2,2,3,3]}\npermute(a) {dims=[0,1,4,3,5,2]}\nreshape(b) {shape=[1,2,6,6]}");
}

void TestOnnxImport::keepsWhatLooksSimilar()
{
    readsOperator();
}

void TestOnnxImport::fusedNodeKeepsAllOrigins()
{
    const auto result = test::importedModel(test::onnxModelNamed("(float[1,2] x) => (float y) { a = Sigmoid(x) y = Mul(x, a) }", {{"a", "gate"}, {"y", "times"}}));
    const ir::Node& node = result.graph.node(result.graph.order().front());
    QCOMPARE(node.origins.size(), size_t{2});
    QCOMPARE(node.origins[0].what, std::string("onnx.Sigmoid"));
    QCOMPARE(node.origins[0].name, std::string("gate"));
    QCOMPARE(node.origins[1].name, std::string("times"));
    QCOMPARE(node.name, std::string("times"));
    QCOMPARE(result.graph.value(node.output()).name, std::string("y"));
}

void TestOnnxImport::keepsWeightsInTheFile_data()
{
    QTest::addColumn<bool>("raw");
    QTest::newRow("raw_data") << true;
    QTest::newRow("float_data") << false;
}

void TestOnnxImport::keepsWeightsInTheFile()
{
    QFETCH(bool, raw);
    const auto result = test::importedModel(test::largeOnnxModel(100'000, raw));
    const ir::Value& weight = result.graph.value(result.graph.findValue("w"));
    QCOMPARE(weight.constant->at<float>(99'999), 99'999.0F);
    QCOMPARE(weight.constant->at<float>(1), 1.0F);
}

void TestOnnxImport::derivesScopes_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("scope");
    QTest::newRow("path") << "/conv1/Conv" << "conv1";
    QTest::newRow("a part that continues the one before") << "/layer1/layer1.0/conv1/Conv" << "layer1.0.conv1";
    QTest::newRow("three such parts") << "/features/features.0/features.0.0/Conv" << "features.0.0";
    QTest::newRow("top level") << "/Conv" << "";
    QTest::newRow("no path: from the weight") << "Conv_12" << "block.conv";
    QTest::newRow("without a leading slash") << "model/stem/Conv2D" << "model.stem";
}

void TestOnnxImport::derivesScopes()
{
    QFETCH(QString, name);
    QFETCH(QString, scope);
    const auto result = test::importedModel(test::onnxModelNamed("(float[1,1,4,4] x) => (float y) <float[1,1,1,1] w = {1}> { y = Conv(x, w) }",
                                                      {{"y", name.toStdString()}, {"w", "block.conv.weight"}}));
    QCOMPARE(QString::fromStdString(result.graph.node(result.graph.order().front()).scope), scope);
}

void TestOnnxImport::opaqueNodeGivesAFinding_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("op");
    QTest::addColumn<QString>("code");
    QTest::newRow("unknown operator") << QByteArray("(float[2] x) => (float y) { y = Frobnicate(x) }") << "onnx.Frobnicate" << "onnx.unknown-op";
    QTest::newRow("other domain") << QByteArray("(float[2] x) => (float y) { y = com.acme.Warp<k=3>(x) }") << "com.acme.Warp" << "onnx.unknown-op";
    QTest::newRow("attribute of a wrong type") << QByteArray("(float[1,1,4,4] x, float[1,1,1,1] w) => (float y) { y = Conv<strides=\"wide\">(x, w) }") << "onnx.Conv" << "onnx.unexpected-form";
    QTest::newRow("too few operands") << QByteArray("(float[2] x) => (float y) { y = Add(x) }") << "onnx.Add" << "onnx.unexpected-form";
    QTest::newRow("axis out of range") << QByteArray("(float[2] x) => (float y) { y = Softmax<axis=7>(x) }") << "onnx.Softmax" << "onnx.unexpected-form";
    QTest::newRow("training mode") << QByteArray("(float[1,2,4] x, float[2] g) => (float y) { y = BatchNormalization<training_mode=1>(x, g, g, g, g) }") << "onnx.BatchNormalization" << "onnx.unexpected-form";
    QTest::newRow("operands that do not fit") << QByteArray("(float[2] x, float[3] z) => (float y) { y = Add(x, z) }") << "add" << "onnx.shape";
}

void TestOnnxImport::opaqueNodeGivesAFinding()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, op);
    QFETCH(QString, code);
    const auto result = test::importedModel(test::onnxModel(body.toStdString(), 14, "com.acme"));
    QCOMPARE(result.graph.nodeCount(), size_t{1});
    QCOMPARE(QString::fromStdString(result.graph.node(result.graph.order().front()).op), op);
    QCOMPARE(result.findings.size(), size_t{1});
    QCOMPARE(QString::fromStdString(result.findings[0].code), code);
    QCOMPARE(result.findings[0].node, result.graph.order().front());
}

void TestOnnxImport::givesSubgraphsTheValuesTheyCapture()
{
    const auto result = test::importedModel(test::onnxModel("(bool c, float[2] x) => (float[2] y) <float[2] w = {1,2}> { z = Relu(x) "
                                                 "y = If(c) <then_branch = t () => (float[2] a) { a = Add(z, w) }, else_branch = e () => (float[2] b) { b = Neg(x) }> }"));
    const ir::Node& node = result.graph.node(result.graph.order().back());
    QCOMPARE(node.op, std::string("if"));
    QCOMPARE(nodeLines(result.graph).section(QLatin1Char('\n'), -1).section(QLatin1Char(')'), 0, 0), QStringLiteral("if(c, z, x"));
    const auto* branch = std::get_if<ir::GraphPtr>(node.attributes.find("then_branch"));
    QVERIFY(branch);
    QCOMPARE(nodeLines(**branch), QStringLiteral("add(z, @w)"));
    QCOMPARE((*branch)->inputs().size(), size_t{1});
}

void TestOnnxImport::takesTheBranchOfAKnownCondition_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto branches = [](const char* name, const char* before, const char* expected) {
        QTest::newRow(name) << QByteArray("(float[2,N] x) => (float[2,N] y) <float w = {3}, int64 zero = {0}, int64 one = {1}, int64 two = {2}, bool no = {0}> { z = Relu(x) ") + before
                                   + "v = If(c) <then_branch = t () => (float[2,N] a) { b = Abs(z) a = Add(b, w) }, else_branch = e () => (float[2,N] a) { a = Frobnicate(x) }> y = Neg(v) }"
                            << QByteArray(expected);
    };
    branches("a size that the file states", "s = Shape(x) n = Gather(s, zero) c = Equal(n, two) ", "relu(x)\nabs(z)\nadd(b, @w)\nneg(v)");
    branches("the rank", "s = Shape(x) r = Size(s) c = Equal(r, two) ", "relu(x)\nabs(z)\nadd(b, @w)\nneg(v)");
    branches("no", "c = Identity(no) ", "relu(x)\nonnx.Frobnicate(x)\nneg(v)");
    branches("a size that is unknown", "s = Shape(x) n = Gather(s, one) c = Equal(n, two) ",
             "relu(x)\nshape(x)\nselect(s) {dim=0, index=1}\neq(n, @two)\nif(c, z, x)");
}

void TestOnnxImport::takesTheBranchOfAKnownCondition()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    const auto result = test::importedModel(test::onnxModel(body.toStdString()));
    QVERIFY2(nodeLines(result.graph).startsWith(QString::fromLatin1(expected)), qPrintable(nodeLines(result.graph)));
    const bool isTaken = expected.contains("Frobnicate") || expected.contains("if(");
    QCOMPARE(result.findings.size(), size_t(isTaken ? 1 : 0)); // nothing is said of a branch that is never taken
}

void TestOnnxImport::takesTheBranchThatInputShapesDecide()
{
    const auto result = test::importedModel(test::onnxModel(
        "(float[2,N] x) => (float[2,N] y) <float w = {3}, int64 one = {1}, int64 five = {5}> { z = Relu(x) s = Shape(x) n = Gather(s, one) c = Equal(n, five) "
        "y = If(c) <then_branch = t () => (float[2,N] a) { a = Sigmoid(z) }, else_branch = e () => (float[2,N] b) { b = Add(x, w) }> }"));
    QCOMPARE(result.graph.nodeCount(), size_t{5});
    const auto five = importer::withInputShapes(result.graph, {{"x", {2, 5}}});
    QCOMPARE(nodeLines(*five), QStringLiteral("relu(x)\nsigmoid(z)"));
    QCOMPARE(five->value(five->outputs()[0]).name, std::string("y"));
    QCOMPARE(five->value(five->outputs()[0]).type.text(), std::string("f32[2,5]"));
    QCOMPARE(nodeLines(*importer::withInputShapes(result.graph, {{"x", {2, 6}}})), QStringLiteral("add(x, @w)"));
}

void TestOnnxImport::recognizesPatternsThatInputShapesUncover()
{
    const auto result = test::importedModel(test::onnxModel(
        "(float[N,D] x) => (float y) <float e = {0.00001}, float two = {2}> "
        "{ m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) p = Pow(d, two) v = ReduceMean<axes=[-1]>(p) a = Add(v, e) q = Sqrt(a) y = Div(d, q) }"));
    QCOMPARE(result.graph.nodeCount(), size_t{7}); // over how many is unknown
    const auto fixed = importer::withInputShapes(result.graph, {{"x", {1, 8}}});
    QCOMPARE(nodeLines(*fixed), QStringLiteral("layer_norm(x) {epsilon=1e-05, normalized_shape=[8]}"));
}

void TestOnnxImport::branchMayReuseNamesAround()
{
    const auto result = test::importedModel(test::onnxModel("(bool c, float[2] x) => (float[2] y) { z = Relu(x) "
                                                            "y = If(c) <then_branch = t () => (float[2] y) { y = Neg(z) }, else_branch = e () => (float[2] y) { y = Abs(x) }> }"));
    QVERIFY(nodeLines(result.graph).startsWith(QStringLiteral("relu(x)\nif(c, z, x)")));
}

void TestOnnxImport::acceptsUnsortedNodes()
{
    const auto result = test::importedModel(test::onnxModel("(float[2] x) => (float[2] y) { y = Neg(b) b = Abs(a) a = Relu(x) }"));
    QCOMPARE(nodeLines(result.graph), QStringLiteral("relu(x)\nabs(a)\nneg(b)"));
}

void TestOnnxImport::inputShapeFillsUnknownDimensions()
{
    importer::ImportOptions options;
    options.inputShapes[""] = {2, 3, 8, 8};
    const std::string model = test::onnxModel("(float[N,3,H,W] x) => (float[N,3,P,P] y) { y = MaxPool<kernel_shape=[2,2], strides=[2,2]>(x) }");
    const auto unknown = test::importedModel(model);
    QCOMPARE(unknown.graph.value(unknown.graph.outputs()[0]).type.text(), std::string("f32[?,3,?,?]"));
    const auto known = test::importedModel(model, options);
    QCOMPARE(known.graph.value(known.graph.outputs()[0]).type.text(), std::string("f32[2,3,4,4]"));
}

void TestOnnxImport::withInputShapesFoldsWhatBecameConstant()
{
    const auto result = test::importedModel(test::onnxModel("(float[N,M] x) => (float[K] y) { s = Size(x) u = Unsqueeze<axes=[0]>(s) y = Reshape(x, u) }", 11));
    QCOMPARE(result.graph.nodeCount(), size_t{3});
    const auto fixed = importer::withInputShapes(result.graph, {{"x", {2, 3}}});
    QVERIFY(fixed);
    QCOMPARE(nodeLines(*fixed), QStringLiteral("reshape(x) {shape=[6]}"));
    QCOMPARE(fixed->value(fixed->outputs()[0]).type.text(), std::string("f32[6]"));
    QCOMPARE(importer::withInputShapes(result.graph, {{"z", {2, 3}}}).error().code, std::string("input.unknown"));
    QCOMPARE(importer::withInputShapes(result.graph, {{"x", {2}}}).error().code, std::string("input.shape"));
}

void TestOnnxImport::statesFacts()
{
    const auto result = test::importedModel(test::onnxModel("(float[2] x) => (float[2] y) { y = Relu(x) }", 11));
    QCOMPARE(result.graph.facts().at("format"), std::string("ONNX"));
    QCOMPARE(result.graph.facts().at("opset"), std::string("11"));
    QCOMPARE(result.graph.name(), std::string("net"));
}

QTEST_APPLESS_MAIN(TestOnnxImport)
#include "tst_onnx_import.moc"
