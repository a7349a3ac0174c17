// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The same network through ONNX and through TorchScript, traced and scripted, gives the same findings, but for the
// differences listed here; docs/checks-explained.md says why each is right. export_torchvision.py writes the files.
#include "core/import/import.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"
#include "resources/resources.h"

#include <QFile>
#include <QTest>

#include <fmt/format.h>
#include <map>
#include <string>

using namespace bpu;

namespace {

const QString kFolder = QStringLiteral(BPU_MODELS_DIR "/");

/// `count` findings more in one of the files; `operatorRow` is the row that judges them, or the graph's operator that is not listed.
struct Difference {
    const char* network;
    const char* march;
    const char* moreIn;
    int count;
    const char* finding;
    const char* operatorRow;
};

constexpr Difference kDifferences[] = {
    // ONNX has taken torch.nn.MultiheadAttention apart; TorchScript tells that it is one, and it is judged by its own row.
    {"vit", "bayes", "ONNX", 20, "error march.axis.forbid", "torch.Tensor.transpose"},
    {"vit", "bayes", "ONNX", 4, "error march.not-listed", "permute"},
    {"vit", "bayes", "ONNX", 4, "warning march.dtype", "torch.div"},
    {"vit", "bayes", "ONNX", 4, "warning march.precision.risk", "torch.nn.Softmax"},
    {"vit", "bayes", "ONNX", 12, "warning march.unspecified", "torch.Tensor.__getitem__"},
    {"vit", "bayes", "TorchScript", 4, "warning march.precision.risk", "torch.nn.MultiheadAttention"},
    {"vit", "bernoulli2", "ONNX", 4, "error march.not-listed", "permute"},
    {"vit", "bernoulli2", "ONNX", 12, "error march.rank", "torch.Tensor.__getitem__"},
    {"vit", "bernoulli2", "ONNX", 8, "error march.rank", "torch.matmul"},
    {"vit", "bernoulli2", "ONNX", 20, "error march.unsupported", "torch.Tensor.reshape"},
    {"vit", "bernoulli2", "ONNX", 20, "error march.unsupported", "torch.Tensor.transpose"},
    {"vit", "bernoulli2", "ONNX", 4, "error march.unsupported", "torch.div"},
    {"vit", "bernoulli2", "ONNX", 8, "error march.unsupported", "torch.nn.Linear"},
    {"vit", "bernoulli2", "ONNX", 4, "error march.unsupported", "torch.nn.Softmax"},
    {"vit", "bernoulli2", "TorchScript", 4, "error march.unsupported", "torch.nn.MultiheadAttention"},
    // The exporter writes x.chunk(2, dim=1) as two slices: TorchScript keeps the chunk, which is judged as torch.split.
    {"shufflenet_v2_x0_5", "bayes", "ONNX", 26, "warning march.unspecified", "torch.Tensor.__getitem__"},
    // view, transpose, view shuffles channels. TorchScript tells that torch.nn.ChannelShuffle was not used, ONNX does not.
    {"shufflenet_v2_x0_5", "bernoulli2", "TorchScript", 32, "error march.unsupported", "torch.Tensor.reshape"},
    {"shufflenet_v2_x0_5", "bernoulli2", "TorchScript", 16, "error march.unsupported", "torch.Tensor.transpose"},
    // Where the input is a multiple of the output the exporter writes adaptive pooling as plain pooling.
    {"alexnet", "bayes", "ONNX", 1, "warning march.unspecified", "torch.nn.AvgPool2d"},
    {"alexnet", "bayes", "TorchScript", 1, "warning march.precision.risk", "torch.nn.AdaptiveAvgPool2d"},
    {"alexnet", "bernoulli2", "TorchScript", 1, "error march.unsupported", "torch.nn.AdaptiveAvgPool2d"},
    {"vgg11_bn", "bayes", "ONNX", 1, "warning march.unspecified", "torch.nn.AvgPool2d"},
    {"vgg11_bn", "bayes", "TorchScript", 1, "warning march.precision.risk", "torch.nn.AdaptiveAvgPool2d"},
    {"vgg11_bn", "bernoulli2", "TorchScript", 1, "error march.unsupported", "torch.nn.AdaptiveAvgPool2d"},
    // x[..., 0::2, 0::2, :] and x[..., 0::2, 1::2, :] have a slice in common, which the exporter writes once.
    {"swin", "bayes", "TorchScript", 6, "warning march.unspecified", "torch.Tensor.__getitem__"},
};

/// Code, severity and operator: the row that judged it, however the author spelled it.
std::map<std::string, int> counted(const ir::Graph& graph, const march::March& march)
{
    std::map<std::string, int> counts;
    for (const Finding& finding : passes::checkMarch(graph, march)) {
        if (finding.code.starts_with("eager."))
            continue;
        const std::string_view rule = finding.rule;
        const std::string_view prefix = "checked as ";
        std::string row(rule.substr(0, rule.find(": ")));
        if (row.starts_with(prefix))
            row.erase(0, prefix.size());
        ++counts[fmt::format("{} {} {}", name(finding.severity), finding.code, row.empty() && finding.node.isValid() ? graph.node(finding.node).op : row)];
    }
    return counts;
}

QString listed(const std::map<std::string, int>& counts)
{
    std::string text;
    for (const auto& [finding, count] : counts)
        text += fmt::format("{} {}\n", count, finding);
    return QString::fromStdString(text);
}

/// What `a` has more of than `b`.
std::map<std::string, int> moreIn(const std::map<std::string, int>& a, const std::map<std::string, int>& b)
{
    std::map<std::string, int> more;
    for (const auto& [finding, count] : a) {
        const auto other = b.find(finding);
        if (const int difference = count - (other == b.end() ? 0 : other->second); difference > 0)
            more[finding] = difference;
    }
    return more;
}

std::map<std::string, int> expectedMore(const std::string& network, const std::string& march, std::string_view file)
{
    std::map<std::string, int> more;
    for (const Difference& d : kDifferences)
        if (d.network == network && d.march == march && d.moreIn == file)
            more[fmt::format("{} {}", d.finding, d.operatorRow)] = d.count;
    return more;
}

} // namespace

class TestSameFindings : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void onnxAndTorchScriptAgree_data();
    void onnxAndTorchScriptAgree();
    void everyDifferenceIsOfANetworkThatIsCompared();

private:
    static ir::Graph open(const QString& file, const ir::Shape& input);

    QStringList m_networks;
};

void TestSameFindings::initTestCase()
{
    initResources();
    QFile index(kFolder + QStringLiteral("index.tsv"));
    QVERIFY2(index.open(QIODevice::ReadOnly), "no index.tsv: run the test models.export first (ctest does)");
    for (const QString& line : QString::fromUtf8(index.readAll()).split(u'\n', Qt::SkipEmptyParts))
        m_networks.append(line.split(u'\t').front());
    if (m_networks.front() == QStringLiteral("missing"))
        QSKIP("python3-torchvision is not installed");
    for (const char* needed : {"resnet18", "mobilenet_v2", "mobilenet_v3_large", "vit", "inception_v3", "shufflenet_v2_x0_5", "efficientnet_b0", "densenet"})
        QVERIFY2(m_networks.contains(QLatin1String(needed)), needed);
}

void TestSameFindings::onnxAndTorchScriptAgree_data()
{
    QTest::addColumn<QString>("network");
    QTest::addColumn<QString>("form");
    for (const QString& network : m_networks)
        for (const char* form : {"scripted", "traced"})
            QTest::addRow("%s, %s", qPrintable(network), form) << network << QString::fromLatin1(form);
}

ir::Graph TestSameFindings::open(const QString& file, const ir::Shape& input)
{
    importer::ImportOptions options;
    if (!input.empty())
        options.inputShapes = {{"", input}};
    auto imported = importer::importModel((kFolder + file).toStdString(), options);
    if (!imported)
        qFatal("%s", imported.error().text().c_str());
    return std::move(imported->graph);
}

void TestSameFindings::onnxAndTorchScriptAgree()
{
    QFETCH(QString, network);
    QFETCH(QString, form);
    const int64_t size = network == QStringLiteral("inception_v3") ? 299 : 224;
    const ir::Graph onnxGraph = open(network + QStringLiteral(".onnx"), {});
    const ir::Graph torchGraph = open(QStringLiteral("%1_%2.pt").arg(network, form), {1, 3, size, size});
    for (const march::MarchPtr& march : march::all()) {
        const auto onnx = counted(onnxGraph, *march);
        const auto torch = counted(torchGraph, *march);
        const std::string key = network.toStdString();
        QCOMPARE(listed(moreIn(onnx, torch)), listed(expectedMore(key, march->name(), "ONNX")));
        QCOMPARE(listed(moreIn(torch, onnx)), listed(expectedMore(key, march->name(), "TorchScript")));
    }
}

void TestSameFindings::everyDifferenceIsOfANetworkThatIsCompared()
{
    for (const Difference& d : kDifferences)
        QVERIFY2(m_networks.contains(QLatin1String(d.network)) && march::find(d.march), d.network);
}

QTEST_GUILESS_MAIN(TestSameFindings)
#include "tst_same_findings.moc"
