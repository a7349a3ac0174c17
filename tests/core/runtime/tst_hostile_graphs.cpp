// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Whatever a file makes of operators, shapes, types and constants, the executor answers with an Error or with numbers: damaged
// ONNX files, and graphs as a hostile .bpuir may hold them, whose types no rule has made. Meant for a sanitizer.
// BPU_SEED and BPU_FUZZ_SECONDS change start and time, BPU_FUZZ_TRACE=1 prints each case before it runs, BPU_FUZZ_CASE=N runs one.
#include "core/import/onnx/import_onnx.h"
#include "core/ir/text.h"
#include "core/ir/verifier.h"
#include "core/ops/op_spec.h"
#include "core/runtime/float_executor.h"
#include "tests/support/graph_mutator.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/onnx_mutator.h"
#include "tests/support/text_graph.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <unistd.h>

using namespace bpu;
using test::Dice;

namespace {

/// Inputs and the node: what torch has and ONNX's data tests lack, and what has many operands.
constexpr const char* kNodes[] = {
    "%x: f32[2,4,6,5], %g: f32[4], %b: f32[4]) { %y = group_norm(%x, %g, %b) {groups=2, epsilon=1e-5}",
    "%x: f32[2,4,6], %g: f32[4], %b: f32[4]) { %y = instance_norm(%x, %g, %b) {epsilon=1e-5}",
    "%x: f32[2,4,6], %g: f32[6], %b: f32[6]) { %y, %m, %d = layer_norm(%x, %g, %b) {normalized_shape=[6], epsilon=1e-5}",
    "%x: f32[2,4,6], %g: f32[6]) { %y = rms_norm(%x, %g) {epsilon=1e-5}",
    "%x: f32[2,4,5,5], %g: f32[4], %b: f32[4], %m: f32[4], %v: f32[4]) { %y = batch_norm2d(%x, %g, %b, %m, %v) {epsilon=1e-5}",
    "%x: f32[2,4,5]) { %y = lp_norm(%x) {p=2, dim=1}",
    "%x: f32[2,4,5]) { %y = mean_variance_norm(%x) {dim=[0,2]}",
    "%x: f32[2,6,5]) { %y = local_response_norm(%x) {size=3, alpha=0.1, beta=0.75, bias=1.0}",
    "%q: f32[2,3,5,4], %k: f32[2,3,6,4], %v: f32[2,3,6,7], %m: f32[5,6]) { %y = attention(%q, %k, %v, %m) {scale=0.5, is_causal=false}",
    "%q: f32[2,5,8], %k: f32[2,6,8], %v: f32[2,6,8], %w: f32[24,8], %b: f32[24], %o: f32[8,8], %p: f32[8], %m: bool[5,6]) { %y = multihead_attention(%q, %k, %v, %w, %b, %o, %p, %m) {num_heads=2}",
    "%x: f32[5,2,3], %w: f32[1,16,3], %r: f32[1,16,4], %b: f32[1,32], %l: i32[2], %h: f32[1,2,4], %c: f32[1,2,4]) { %y, %z, %u = lstm(%x, %w, %r, %b, %l, %h, %c) {hidden_size=4, direction=\"forward\", layout=0}",
    "%x: f32[2,5,3], %w: f32[2,12,3], %r: f32[2,12,4], %b: f32[2,24]) { %y, %z = gru(%x, %w, %r, %b) {hidden_size=4, direction=\"bidirectional\", layout=1, linear_before_reset=1}",
    "%x: f32[5,2,3], %w: f32[1,4,3], %r: f32[1,4,4], %b: f32[1,8]) { %y, %z = rnn(%x, %w, %r, %b) {hidden_size=4, activations=[\"Tanh\"]}",
    "%x: f32[3,4], %h: f32[3,5], %c: f32[3,5], %w: f32[20,4], %r: f32[20,5], %a: f32[20], %b: f32[20]) { %y, %z = lstm_cell(%x, %h, %c, %w, %r, %a, %b)",
    "%x: f32[3,4], %h: f32[3,5], %w: f32[15,4], %r: f32[15,5], %a: f32[15], %b: f32[15]) { %y = gru_cell(%x, %h, _, %w, %r, %a, %b)",
    "%x: f32[2,3,8,9], %b: f32[4,4], %i: i64[4]) { %y = roi_align(%x, %b, %i) {output_size=[3,3], spatial_scale=0.5, sampling_ratio=2, mode=\"avg\", coordinate_mode=\"half_pixel\"}",
    "%x: f32[1,3,8,8], %z: f32[1,3,4,4], %b: f32[5,5]) { %y = multi_scale_roi_align(%x, %z, %b) {output_size=[2,2], sampling_ratio=2}",
    "%x: f32[1,3,8,8]) { %y = interpolate(%x) {mode=\"bilinear\", size=[11,5], align_corners=false}",
    "%x: f32[1,3,8,8]) { %y = interpolate(%x) {mode=\"bicubic\", scale_factor=[1.5,0.6], coordinate_mode=\"half_pixel\", antialias=true}",
    "%x: f32[1,3,8]) { %y = interpolate(%x) {mode=\"area\", size=[5]}",
    "%x: f32[2,3,6,5], %g: f32[2,4,7,2]) { %y = grid_sample(%x, %g) {mode=\"bilinear\", padding_mode=\"reflection\", align_corners=true}",
    "%t: f32[2,2,3]) { %y = affine_grid(%t) {size=[2,3,4,5], align_corners=false}",
    "%x: f32[2,8,3,4]) { %y = pixel_shuffle(%x) {factor=2}",
    "%x: f32[2,3,4,6]) { %y = pixel_unshuffle(%x) {factor=2}",
    "%x: f32[2,6,4]) { %y = channel_shuffle(%x) {groups=3}",
    "%x: f32[2,3,9,8]) { %y, %i = max_pool2d(%x) {kernel_size=[3,3], stride=[2,2], padding=[1,1,1,1], dilation=[1,1], ceil_mode=true}",
    "%x: f32[2,3,9,8]) { %y = avg_pool2d(%x) {kernel_size=[3,3], stride=[2,2], padding=[1,1,1,1], ceil_mode=true, count_include_pad=true}",
    "%x: f32[2,3,9,8]) { %y = lp_pool2d(%x) {p=2, kernel_size=[3,3], stride=[2,2], padding=[0,0,0,0]}",
    "%x: f32[2,3,9,8]) { %y = adaptive_avg_pool2d(%x) {output_size=[4,5]}",
    "%x: f32[2,3,9,8]) { %y, %i = adaptive_max_pool2d(%x) {output_size=[4,5]}",
    "%x: f32[2,3,4,9,8]) { %y = max_pool3d(%x) {kernel_size=[2,3,3], stride=[2,2,2]}",
    "%x: f32[2,6,9,8], %w: f32[4,3,3,3], %b: f32[4], %a: f32[2,4,7,6]) { %y = conv2d(%x, %w, %b, %a) {kernel_size=[3,3], groups=2, activation=\"relu6\"}",
    "%x: f32[2,6,5,4], %w: f32[6,4,3,3], %b: f32[8]) { %y = conv_transpose2d(%x, %w, %b) {kernel_size=[3,3], stride=[2,2], padding=[1,1,1,1], output_padding=[1,1], groups=2}",
    "%x: f32[2,3,5], %w: f32[7,5], %b: f32[7], %a: f32[2,3,7]) { %y = linear(%x, %w, %b, %a) {activation=\"relu\"}",
    "%a: f32[2,1,3,4], %b: f32[5,4,2]) { %y = matmul(%a, %b)",
    "%a: f32[2,3], %b: f32[3,4]) { %y = einsum(%a, %b) {equation=\"ij,jk->ik\"}",
    "%x: f32[3,4], %i: i64[3,2]) { %y = gather(%x, %i) {dim=1}",
    "%x: f32[3,4], %i: i64[2]) { %y = index_select(%x, %i) {dim=0}",
    "%x: f32[3,4,5], %i: i64[2,2]) { %y = gather_nd(%x, %i) {batch_dims=0}",
    "%x: f32[3,4], %i: i64[3,2], %u: f32[3,2]) { %y = scatter(%x, %i, %u) {dim=1, reduction=\"add\"}",
    "%x: f32[3,4], %i: i64[2,1], %u: f32[2,4]) { %y = scatter_nd(%x, %i, %u) {reduction=\"none\"}",
    "%x: f32[3,4]) { %y, %i = topk(%x) {k=2, dim=1, largest=true, sorted=true}",
    "%x: f32[3,4]) { %y, %i = sort(%x) {dim=1, descending=true}",
    "%x: f32[3,4,5]) { %y, %i = max(%x) {dim=1, keepdim=true}",
    "%x: f32[3,4,5]) { %y = argmin(%x) {dim=1, keepdim=false}",
    "%x: f32[3,4,5]) { %y = cumsum(%x) {dim=1, exclusive=true, reverse=true}",
    "%x: f32[2,3,4]) { %y = pad(%x) {padding=[0,1,2,0,1,1], mode=\"reflect\"}",
    "%x: f32[2,7]) { %a, %b, %c = split(%x) {dim=1, sizes=[2,4,1]}",
    "%x: f32[2,7]) { %a, %b, %c = chunk(%x) {dim=1, chunks=3}",
    "%x: f32[4,7]) { %y = slice(%x) {starts=[1,5], ends=[4,0], dims=[0,1], steps=[1,-2]}",
    "%x: f32[4,7]) { %y = select(%x) {dim=1, index=3}",
    "%x: f32[4,6]) { %y = reshape(%x) {shape=[2,-1,3]}",
    "%x: f32[4,6]) { %y = permute(%x) {dims=[1,0]}",
    "%x: f32[4,1]) { %y = expand(%x) {shape=[2,4,3]}",
    "%x: f32[4,2]) { %y = tile(%x) {repeats=[2,3]}",
    "%x: f32[2,3], %z: f32[2,4]) { %y = cat(%x, %z) {dim=1}",
    "%x: f32[2,3], %z: f32[2,3]) { %y = stack(%x, %z) {dim=1}",
    "%x: f32[2,4,3]) { %y = glu(%x) {dim=1}",
    "%x: f32[2,4,3], %s: f32[4]) { %y = prelu(%x, %s)",
    "%x: f32[2,4,3], %a: f32[1], %b: f32[1]) { %y = clamp(%x, %a, %b)",
    "%x: f32[2,4,3]) { %y = softmax(%x) {dim=1}",
    "%x: f32[2,4,3], %s: f32[4], %z: i8[4]) { %y = quantize_linear(%x, %s, %z) {dim=1}",
    "%x: f32[2,4,3]) { %y = fake_quantize(%x) {scale=[0.1,0.2,0.3,0.4], qtype=\"qint8\", ch_axis=1}",
    "%x: f32[1,3,8,8]) { %c = relu(%x) %d = add(%c, %x) %e = mean(%d) {dim=[2,3], keepdim=true} %f = sigmoid(%e) %y = mul(%d, %f)",
};

/// A run that does not end is stopped between two nodes, as the window's cancel does; one node that does not is an alarm.
class Watchdog {
public:
    Watchdog() : m_thread([this](const std::stop_token& ended) {
        std::unique_lock lock(m_mutex);
        if (!m_wake.wait_for(lock, ended, std::chrono::seconds(2), [&] { return ended.stop_requested(); }))
            m_stop.request_stop();
    }) {}
    std::stop_token token() const { return m_stop.get_token(); }

private:
    std::stop_source m_stop;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::jthread m_thread; ///< last: it uses the others
};

/// Whether a run of it takes little time and memory, so that thousands can be tried. Bodies are small where it is.
bool isSmall(const ir::Graph& graph)
{
    int64_t elements = 0;
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
        if (const ir::Value* value = graph.find(ValueId{i}); value && value->type.isStatic())
            for (int64_t size = 1; const ir::Dim dim : value->type.shape()) {
                size = std::min(size, int64_t{1} << 31) * std::min(dim, int64_t{1} << 31);
                elements = std::max(elements, size);
            }
    return elements <= 1 << 18;
}

} // namespace

class TestHostileGraphs : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void giveAnErrorOrNumbers();

    void refuses_data();
    void refuses();

private:
    void runCase(uint64_t number);
    Result<ir::Graph> graphOf(Dice& dice) const;
    void use(const ir::Graph& graph, Dice& dice);

    std::vector<std::string> m_files;
    std::vector<ir::Graph> m_graphs;
    bool m_traces = qEnvironmentVariableIsSet("BPU_FUZZ_TRACE");
    int m_refused = 0;
    int m_planned = 0;
    int m_computed = 0;
};

void TestHostileGraphs::initTestCase()
{
    const std::filesystem::path root = "/usr/share/libonnx-testdata/data/node";
    QVERIFY2(std::filesystem::exists(root), "install libonnx-testdata");
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(root))
        folders.push_back(entry.path());
    std::ranges::sort(folders); // so that a case is the same everywhere
    for (const auto& folder : folders)
        if (std::string model = test::parameterizedOnnxModel(folder); !model.empty())
            m_files.push_back(std::move(model));
    QVERIFY(m_files.size() > 500);
    for (const char* node : kNodes) {
        const std::string_view text = node;
        const size_t begin = text.find("{ ") + 2;
        const std::string_view results = text.contains("%y") ? "%y" : text.substr(begin, text.find(" = ") - begin);
        m_graphs.push_back(test::typedGraph("graph net(" + std::string(text) + "\nreturn " + std::string(results) + " }"));
    }
}

/// A file or a graph of the lists, changed once to four times.
Result<ir::Graph> TestHostileGraphs::graphOf(Dice& dice) const
{
    size_t changes = 1 + dice.below(4);
    Result<ir::Graph> graph = m_graphs[dice.below(m_graphs.size())];
    if (dice.oneIn(2)) {
        std::string file = m_files[dice.below(m_files.size())];
        for (; changes > 0 && dice.below(3) > 0; --changes)
            file = test::mutatedOnnx(file, dice);
        auto imported = importer::importOnnx("model.onnx", Bytes::copyOf(std::as_bytes(std::span(file))), {});
        graph = imported ? Result<ir::Graph>(std::move(imported->graph)) : Result<ir::Graph>(imported.error());
    }
    for (; graph && changes > 0; --changes)
        graph = test::mutated(*graph, dice);
    if (graph && dice.oneIn(2))
        graph = ops::inferTypes(*std::move(graph));
    return graph;
}

void TestHostileGraphs::use(const ir::Graph& graph, Dice& dice)
{
    const auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(graph), {.observed = {}, .observeAll = dice.oneIn(4)});
    if (!executor) {
        ++m_refused;
        QVERIFY2(!executor.error().message.empty(), "an error without a sentence");
        return;
    }
    ++m_planned;
    std::vector<ir::Tensor> inputs;
    for (const ValueId input : graph.inputs())
        inputs.push_back(test::tensorOf(graph.value(input).type, dice));
    const Watchdog watchdog;
    const auto results = executor->run(inputs, {.control = {.onProgress = {}, .stop = watchdog.token()}});
    if (!results) {
        QVERIFY2(!results.error().message.empty(), "an error without a sentence");
        return;
    }
    ++m_computed;
    QCOMPARE(results->size(), graph.outputs().size());
    for (const ir::Tensor& tensor : *results)
        QCOMPARE(tensor.bytes().size(), static_cast<size_t>(tensor.elementCount()) * ir::byteSize(tensor.dtype()));
}

void TestHostileGraphs::runCase(uint64_t number)
{
    Dice dice(number);
    if (m_traces)
        std::fprintf(stderr, "case %llu\n", static_cast<unsigned long long>(number));
    const auto graph = graphOf(dice);
    if (!graph || !ir::verify(*graph)) {
        ++m_refused;
        return;
    }
    if (!isSmall(*graph))
        return;
    if (m_traces)
        std::fprintf(stderr, "%s\n", ir::print(*graph).c_str());
    alarm(60);
    use(*graph, dice);
    alarm(0);
}

void TestHostileGraphs::giveAnErrorOrNumbers()
{
    if (qEnvironmentVariableIsSet("BPU_FUZZ_CASE"))
        return runCase(qEnvironmentVariable("BPU_FUZZ_CASE").toULongLong());
    const uint64_t seed = qEnvironmentVariableIsSet("BPU_SEED") ? qEnvironmentVariable("BPU_SEED").toULongLong() : 1;
    const int seconds = qEnvironmentVariableIsSet("BPU_FUZZ_SECONDS") ? qEnvironmentVariableIntValue("BPU_FUZZ_SECONDS") : 5;
    QElapsedTimer clock;
    clock.start();
    uint64_t number = seed << 32;
    for (; clock.elapsed() < 1000 * seconds && !QTest::currentTestFailed(); ++number)
        runCase(number);
    qInfo("cases %llu to %llu: %d refused, %d planned, %d computed", static_cast<unsigned long long>(seed << 32), static_cast<unsigned long long>(number - 1), m_refused, m_planned,
          m_computed);
    QVERIFY(m_refused > 0 && m_computed > 0);
}

/// What the random cases have found, and what the rules of operators leave to the executor.
void TestHostileGraphs::refuses_data()
{
    QTest::addColumn<QString>("graph");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* graph, const char* message) { QTest::newRow(name) << QString::fromLatin1(graph) << QString::fromLatin1(message); };
    row("claimed size", "%x: f32[1,3]) { %y: f32[1,300] = relu(%x)", "declared as f32[1,300] and would be f32[1,3]");
    row("claimed type", "%x: f32[1,3]) { %y: f64[1,3] = relu(%x)", "declared as f64[1,3] and would be f32[1,3]");
    row("size beyond memory", "%x: f32[4611686018427387904,3]) { %y: f32[4611686018427387904,3] = relu(%x)", "which no memory holds");
    row("no weight", "%x: f32[1,3,8,8]) { %y: f32[1,3,6,6] = conv2d(%x) {kernel_size=[3,3]}", "lacks its operand 2");
    row("short bias", "%x: f32[1,3,8,8], %w: f32[4,3,3,3], %b: f32[1]) { %y = conv2d(%x, %w, %b)", "its bias has not as many numbers");
    row("small addend", "%x: f32[2,3], %w: f32[4,3], %b: f32[4], %a: f32[4]) { %y = linear(%x, %w, %b, %a)", "what is added to its result has another type");
    row("short gamma", "%x: f32[2,4,5], %g: f32[1], %b: f32[4]) { %y = group_norm(%x, %g, %b) {groups=2}", "not as many parameters");
    row("short beta", "%x: f32[2,4,5], %g: f32[5], %b: f32[1]) { %y = layer_norm(%x, %g, %b) {normalized_shape=[5]}", "its parameters do not fit");
    row("other rows", "%x: f32[2,4,5]) { %y = layer_norm(%x) {normalized_shape=[4611686018427387904,4]}", "other dimensions than its input has");
    row("axis of a norm", "%x: f32[2,4,5]) { %y = mean_variance_norm(%x) {dim=[0,7]}", "axis 7 lies outside");
    row("no cell weights", "%x: f32[3,4], %h: f32[3,5], %c: f32[3,5], %r: f32[20,5]) { %y, %z = lstm_cell(%x, %h, %c, _, %r)", "do not fit together");
    row("other hidden size", "%x: f32[5,2,3], %w: f32[1,16,3], %r: f32[1,16,4]) { %y = lstm(%x, %w, %r) {hidden_size=9}", "do not fit together");
    row("endless sampling", "%x: f32[1,3,8,8], %b: f32[1,4], %i: i64[1]) { %y = roi_align(%x, %b, %i) {output_size=[2,2], sampling_ratio=9223372036854775807}", "samples a cell");
    row("endless boxes", "%x: f32[1,3,8,8], %i: i64[1]) { @b: f32[1,4] = [0, 0, 5, 5] %y = roi_align(%x, @b, %i) {output_size=[2,2], spatial_scale=1e30}", "correct the boxes or the scale");
    row("boxes of half a minute", "%x: f32[1,3,8,8], %i: i64[1]) { @b: f32[1,4] = [-9000, -9000, 9000, 9000] %y = roi_align(%x, @b, %i) {output_size=[2,2]}", "correct the boxes or the scale");
    row("factor and size", "%x: f32[1,3,8,8]) { %y = interpolate(%x) {mode=\"bilinear\", size=[4,4], scale_factor=[1e-30,0.5]}", "does not make 4 elements of 8");
    row("state with users", "%x: f32[2,3]) { %y: f32[2,3] = set_state(%x) {name=\"h\"}", "nothing takes the result");
    row("global pool of volumes", "%x: f32[4,2,3,9,8,2]) { %y: f32[4,2,1,1,1,1] = adaptive_avg_pool2d(%x)", "too few or too many dimensions");
    row("indices of another size", "%i: i64[7], %d: i64[1], %v: f32[2]) { %y: f32[3,5] = one_hot(%i, %d, %v) {dim=1}", "");
}

void TestHostileGraphs::refuses()
{
    QFETCH(QString, graph);
    QFETCH(QString, message);
    auto parsed = ir::parse("graph net(" + graph.toStdString() + " return %y }");
    QVERIFY2(parsed, parsed ? "" : parsed.error().text().c_str());
    if (!graph.contains(QStringLiteral("%y:")))
        parsed = ops::inferTypes(*std::move(parsed));
    QVERIFY2(parsed, parsed ? "" : parsed.error().text().c_str());
    const auto executor = runtime::FloatExecutor::make(std::make_shared<const ir::Graph>(*parsed));
    Error error = executor ? Error{} : executor.error();
    if (executor) {
        std::vector<ir::Tensor> inputs;
        for (const ValueId input : parsed->inputs()) {
            const ir::TensorType& type = parsed->value(input).type;
            inputs.emplace_back(type, Bytes::copyOf(std::vector<std::byte>(static_cast<size_t>(type.elementCount()) * ir::byteSize(type.dtype()), std::byte{65})));
        }
        const auto results = executor->run(inputs);
        QVERIFY2(!results, "it was computed");
        error = results.error();
    }
    QVERIFY2(QString::fromStdString(error.message).contains(message), error.text().c_str());
}

QTEST_GUILESS_MAIN(TestHostileGraphs)
#include "tst_hostile_graphs.moc"
