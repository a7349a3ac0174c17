// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Nothing a file can say crashes an operator: sizes are bounded, sums saturate, errors carry a code.
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ops/fold.h"
#include "core/ops/op_spec.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

using namespace bpu;

namespace {

/// Seeds for each operator; BPU_FUZZ_SEEDS asks for more.
constexpr int kSeeds = 300;

template <typename List>
auto pick(std::mt19937_64& random, const List& list)
{
    return list[random() % std::size(list)];
}

int64_t hostileInteger(std::mt19937_64& random)
{
    static constexpr std::array kValues{INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, -(int64_t{1} << 62), int64_t{1} << 62,
                                        int64_t{1} << 31, (int64_t{1} << 31) + 1, int64_t{-7}, int64_t{-2}, int64_t{-1}, int64_t{0},
                                        int64_t{0}, int64_t{1}, int64_t{1}, int64_t{1}, int64_t{2}, int64_t{2}, int64_t{3}, int64_t{7}};
    return pick(random, kValues);
}

std::vector<int64_t> hostileList(std::mt19937_64& random)
{
    std::vector<int64_t> list(random() % 8 == 0 ? random() % 70 : random() % 6);
    std::ranges::generate(list, [&] { return hostileInteger(random); });
    return list;
}

ir::TensorType hostileType(std::mt19937_64& random)
{
    static constexpr std::array kDims{int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{2}, int64_t{7}, int64_t{1} << 31, int64_t{1} << 62};
    const auto dtype = static_cast<ir::DType>(random() % (static_cast<unsigned>(ir::DType::Complex128) + 1));
    if (random() % 10 == 0)
        return ir::TensorType::unranked(dtype);
    ir::Shape shape(random() % 7);
    std::ranges::generate(shape, [&] { return pick(random, kDims); });
    return {dtype, std::move(shape)};
}

ir::Tensor hostileConstant(std::mt19937_64& random)
{
    if (random() % 2 == 0) {
        const std::vector<int64_t> list = hostileList(random);
        return list.size() == 1 && random() % 2 == 0 ? ir::Tensor::ints({}, list) : ir::Tensor::ints({static_cast<int64_t>(list.size())}, list);
    }
    static constexpr std::array kDims{int64_t{0}, int64_t{1}, int64_t{1}, int64_t{2}, int64_t{3}};
    static constexpr std::array kDTypes{ir::DType::Float32, ir::DType::Int64, ir::DType::UInt8, ir::DType::Bool, ir::DType::Float16, ir::DType::Float64};
    ir::TensorType type(pick(random, kDTypes), ir::Shape(random() % 5));
    ir::Shape shape = type.shape();
    std::ranges::generate(shape, [&] { return pick(random, kDims); });
    type = type.withShape(shape);
    std::vector<std::byte> bytes(static_cast<size_t>(type.elementCount()) * ir::byteSize(type.dtype()));
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(type.dtype() == ir::DType::Bool ? random() % 2 : random()); });
    return {type, Bytes::copyOf(bytes)};
}

ir::Attribute hostileAttribute(std::mt19937_64& random)
{
    static constexpr std::array kTexts{"", "SAME_UPPER", "VALID", "bidirectional", "ij,jk->ik", "i...->", ",,->a", "->", "f32", "bool", "relu", "constant", "?"};
    static constexpr std::array kNumbers{0.0, -1.0, 0.5, 2.0, 1e300, -1e300, 1e-300};
    switch (random() % 8) {
    case 0: return std::string(pick(random, kTexts));
    case 1: return pick(random, kNumbers);
    case 2: return std::vector<double>(random() % 5, pick(random, kNumbers));
    case 3: return random() % 2 == 0;
    case 4: return hostileConstant(random);
    case 5: return hostileInteger(random);
    default: return hostileList(random);
    }
}

/// Every attribute name of docs/operators.md that a shape rule, kernel or summary may read.
constexpr std::array kAttributes{"kernel_size", "stride", "padding", "dilation", "groups", "auto_pad", "output_padding", "activation", "equation",
                                 "epsilon", "normalized_shape", "p", "dim", "size", "alpha", "min", "max", "keepdim", "k", "ceil_mode",
                                 "output_size", "scale_factor", "factor", "block", "mode", "sizes", "chunks", "shape", "allow_zero", "start_dim", "end_dim",
                                 "dims", "repeats", "starts", "ends", "steps", "index", "batch_dims", "start", "end", "value", "to", "upper",
                                 "hidden_size", "direction", "layout", "num_heads", "scale", "qtype", "ch_axis", "exclusive", "reverse"};

ir::Graph hostileGraph(std::string_view op, uint64_t seed)
{
    std::mt19937_64 random(seed);
    ir::GraphEditor editor("hostile");
    std::vector<ValueId> inputs;
    for (size_t i = random() % 6; i-- > 0;) {
        const auto kind = random() % 8;
        inputs.push_back(kind == 0  ? ValueId{}
                         : kind < 4 ? editor.addConstant("c", hostileConstant(random))
                                    : editor.addInput("x", hostileType(random)));
    }
    ir::Attributes attributes;
    for (const char* name : kAttributes)
        if (random() % 3 == 0)
            attributes.set(name, hostileAttribute(random));
    const std::vector<ir::TensorType> results(random() % 4);
    const NodeId node = editor.addNode({.op = std::string(op), .inputs = inputs, .attributes = attributes}, results);
    for (const ValueId output : std::vector<ValueId>(editor.graph().node(node).outputs))
        editor.addOutput(output);
    return *editor.finish();
}

bool isSound(const ir::TensorType& type)
{
    return std::ranges::all_of(type.shape(), [](ir::Dim dim) { return dim >= ir::kUnknownDim; }) && type.shape().size() <= 512;
}

bool isSound(const ops::Cost& cost)
{
    return cost.macs >= 0 && cost.ops >= 0 && cost.readBytes >= 0 && cost.writtenBytes >= 0;
}

/// What is wrong with the answers for one node; empty when all is well.
QByteArray complaint(const ops::OpSpec& spec, const ir::Graph& graph)
{
    const ir::Node& node = graph.node(graph.order().front());
    const auto types = spec.inferTypes ? spec.inferTypes(graph, node) : Result<ops::Types>(ops::Types{});
    if (!types && !types.error().code.starts_with("op."))
        return "error code " + QByteArray::fromStdString(types.error().code);
    if (types && !std::ranges::all_of(*types, [](const ir::TensorType& type) { return isSound(type); }))
        return "a dimension below -1 or an endless rank: " + QByteArray::fromStdString(types->front().text());
    if (spec.evaluate)
        if (const auto results = spec.evaluate(graph, node))
            for (const ir::Tensor& tensor : *results)
                if (tensor.bytes().size() != static_cast<size_t>(tensor.elementCount()) * ir::byteSize(tensor.dtype()))
                    return "a folded result of " + QByteArray::number(tensor.bytes().size()) + " bytes for " + QByteArray::fromStdString(tensor.type().text());
    ops::summary(graph, node);
    if (ops::title(node).empty() || ops::qualifiedName(node).empty())
        return "no title";
    const auto inferred = ops::inferTypes(graph);
    if (inferred)
        if (const auto cost = ops::cost(*inferred, inferred->node(inferred->order().front())); cost && !isSound(*cost))
            return "a negative cost";
    const auto folded = ops::foldConstants(graph);
    return folded.has_value() || folded.error().code.starts_with("op.") ? QByteArray() : QByteArray::fromStdString(folded.error().text());
}

} // namespace

class TestHostile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namedCasesGiveErrors_data();
    void namedCasesGiveErrors();
    void randomNodesAreAnswered_data();
    void randomNodesAreAnswered();
};

void TestHostile::namedCasesGiveErrors_data()
{
    QTest::addColumn<QByteArray>("types");
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<QByteArray>("code");
    const auto row = [](const char* name, const char* types, const char* node, const char* code) {
        QTest::newRow(name) << QByteArray(types) << QByteArray(node) << QByteArray(code);
    };
    row("zero stride", "%x: f32[1,3,8,8], %w: f32[4,3,3,3]", "conv2d(%x, %w) {stride=[0,0]}", "op.window");
    row("zero groups", "%x: f32[1,3,8,8], %w: f32[4,3,3,3]", "conv2d(%x, %w) {groups=0}", "op.groups");
    row("zero kernel", "%x: f32[1,3,8,8], %w: f32[4,3,0,3]", "conv2d(%x, %w)", "op.window");
    row("stride of three numbers", "%x: f32[1,3,8,8], %w: f32[4,3,3,3]", "conv2d(%x, %w) {stride=[1,1,1]}", "op.window");
    row("kernel above input", "%x: f32[1,3,2,2]", "max_pool2d(%x) {kernel_size=[3,3]}", "op.window");
    row("reshape twice open", "%x: f32[6]", "reshape(%x) {shape=[-1,-1]}", "op.shape");
    row("reshape negative", "%x: f32[6]", "reshape(%x) {shape=[-2,3]}", "op.shape");
    row("permutation repeats", "%x: f32[2,3]", "permute(%x) {dims=[0,0]}", "op.axis");
    row("permutation short", "%x: f32[2,3]", "permute(%x) {dims=[0]}", "op.axis");
    row("softmax axis", "%x: f32[2,3]", "softmax(%x) {dim=2}", "op.axis");
    row("slice step 0", "%x: f32[5]", "slice(%x) {starts=[0],ends=[3],dims=[0],steps=[0]}", "op.slice");
    row("slice lengths", "%x: f32[5]", "slice(%x) {starts=[0,1],ends=[3]}", "op.slice");
    row("slice axis twice", "%x: f32[5]", "slice(%x) {starts=[3,4],ends=[5,5],dims=[0,0]}", "op.slice");
    row("pad below nothing", "%x: f32[5]", "pad(%x) {padding=[-3,-3]}", "op.pad");
    row("pad to -1", "%x: f32[1]", "pad(%x) {padding=[-2,0]}", "op.pad");
    row("pad list", "%x: f32[5]", "pad(%x) {padding=[1]}", "op.pad");
    row("split sum", "%x: f32[5]", "split(%x) {sizes=[4]}", "op.shape");
    row("expand shrinks", "%x: f32[5]", "expand(%x) {shape=[3]}", "op.broadcast");
    row("tile negative", "%x: f32[5]", "tile(%x) {repeats=[-1]}", "op.shape");
    row("select index", "%x: f32[5]", "select(%x) {dim=0,index=5}", "op.index");
    row("negative hidden size", "%x: f32[2,3,4], %w: f32[1,20,4], %r: f32[1,20,5]", "lstm(%x, %w, %r) {hidden_size=-5}", "op.shape");
    row("negative output size", "%x: f32[1,4,8,8], %b: f32[2,4]", "roi_align(%x, %b) {output_size=[-7,2]}", "op.shape");
    row("shuffle factor", "%x: f32[1,4,2,2]", "pixel_shuffle(%x) {factor=0}", "op.factor");
}

void TestHostile::namedCasesGiveErrors()
{
    QFETCH(QByteArray, types);
    QFETCH(QByteArray, node);
    QFETCH(QByteArray, code);
    const auto graph = ir::parse("graph(" + types.toStdString() + ") {\n%y = " + node.toStdString() + "\nreturn %y }");
    QVERIFY2(graph, graph ? "" : graph.error().text().c_str());
    const auto inferred = ops::inferTypes(*graph);
    QVERIFY2(!inferred, "the node was accepted");
    QCOMPARE(QByteArray::fromStdString(inferred.error().code), code);
    QVERIFY(!inferred.error().message.empty());
}

void TestHostile::randomNodesAreAnswered_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const ops::OpSpec* spec : ops::all())
        QTest::newRow(std::string(spec->name).c_str()) << index++;
}

/// BPU_FUZZ_TRACE=1 prints every seed before it runs, to find the one that ends the process.
void TestHostile::randomNodesAreAnswered()
{
    QFETCH(int, index);
    const ops::OpSpec& spec = *ops::all()[static_cast<size_t>(index)];
    const bool trace = qEnvironmentVariableIsSet("BPU_FUZZ_TRACE");
    const int asked = qEnvironmentVariableIntValue("BPU_FUZZ_SEEDS");
    const int seeds = asked > 0 ? asked : kSeeds;
    for (int seed = 1; seed <= seeds; ++seed) {
        if (trace)
            std::fprintf(stderr, "seed %d\n", seed);
        const ir::Graph graph = hostileGraph(spec.name, static_cast<uint64_t>(seed));
        const QByteArray wrong = complaint(spec, graph);
        QVERIFY2(wrong.isEmpty(), ("seed " + QByteArray::number(seed) + ": " + wrong + "\n" + QByteArray::fromStdString(ir::print(graph))).constData());
    }
}

QTEST_APPLESS_MAIN(TestHostile)
#include "tst_hostile.moc"
