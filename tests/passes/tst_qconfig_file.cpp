// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// qconfig files: who gets which qconfig, and the sentence of every mistake.
#include "passes/insert_qat/qconfig_file.h"
#include "tests/support/text_graph.h"

#include <QTest>
#include <fmt/format.h>

using namespace bpu;

namespace {

ir::Graph net()
{
    return test::graphOf(R"(graph net(%image: f32[1,4,8,8]) stage fused {
        @w: f32[4,4,1,1] = random 1
        %a: f32[1,4,8,8] = conv2d(%image, @w) scope "stem.conv" origin "torch.nn.Conv2d" name "stem/conv"
        %b: f32[1,4,8,8] = conv2d(%a, @w) scope "layer1.0.conv1" origin "torch.nn.Conv2d" name "conv1"
        %c: f32[1,4,8,8] = sigmoid(%b) scope "layer1.0.act" origin "torch.nn.Sigmoid" name "act"
        %d: f32[1,4,8,8] = conv2d(%c, @w) scope "layer10" origin "torch.nn.Conv2d" name "last"
        return %d
    })");
}

Result<quant::QConfigSet> read(const std::string& json, const char* march = "bayes")
{
    Findings notes;
    return passes::readQConfig(json, "q.json", net(), *march::find(march), notes);
}

/// "mse qint8", "32 bits", "float"
std::string textOf(const quant::MaybeQConfig& config)
{
    if (!config)
        return "float";
    return config->activation ? fmt::format("{} {}", config->activation->observer, ir::name(config->activation->options.type)) : "32 bits";
}

} // namespace

class TestQConfigFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theMostSpecificLevelWins_data();
    void theMostSpecificLevelWins();
    void everyNamedQConfigIsOfItsBoards();
    void parametersReachTheNode();
    void mistakesAreNamed_data();
    void mistakesAreNamed();
    void aTypeThatTheModelHasNotIsNoted();
};

void TestQConfigFile::theMostSpecificLevelWins_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("expected"); // stem/conv; conv1; act; last
    const auto row = [](const char* name, const char* json, const char* expected) { QTest::newRow(name) << QString::fromLatin1(json) << QString::fromLatin1(expected); };
    row("nothing said", "{}", "mse qint8; mse qint8; mse qint8; mse qint8");
    row("global", R"({"": "default_qat_8bit_weight_16bit_act_fake_quant_qconfig"})", "min_max qint16; min_max qint16; min_max qint16; min_max qint16");
    row("type", R"({"module_type": {"torch.nn.Conv2d": null}})", "float; float; mse qint8; float");
    row("short type in pairs", R"({"module_type": [["Sigmoid", {"activation": {"observer": "kl"}}]]})", "mse qint8; mse qint8; kl qint8; mse qint8");
    row("module over type", R"({"module_type": {"Conv2d": null}, "module_name": {"layer1": {"activation": {"observer": "kl"}}}})", "float; kl qint8; kl qint8; float");
    row("inner module over outer", R"({"module_name": {"layer1.0.act": null, "layer1": {"activation": null}}})", "mse qint8; 32 bits; float; mse qint8");
    row("node over module", R"({"module_name": {"layer1": null}, "node": {"conv1": {"activation": {"dtype": "qint16"}}}})", "mse qint8; mse qint16; float; mse qint8");
}

void TestQConfigFile::theMostSpecificLevelWins()
{
    QFETCH(QString, json);
    QFETCH(QString, expected);
    const auto set = read(json.toStdString());
    QVERIFY2(set, set ? "" : set.error().text().c_str());
    const ir::Graph graph = net();
    const quant::QConfigs configs(graph, *set);
    std::string text;
    for (const NodeId id : graph.order())
        text += (text.empty() ? "" : "; ") + textOf(configs.of(id));
    QCOMPARE(QString::fromStdString(text), expected);
}

void TestQConfigFile::everyNamedQConfigIsOfItsBoards()
{
    size_t here = 0;
    for (const std::string_view name : quant::qconfigNames()) {
        QVERIFY(quant::namedQConfig(name));
        for (const char* march : {"bayes", "bernoulli2"}) {
            const auto set = read(fmt::format(R"({{"": "{}"}})", name), march);
            QVERIFY(set || set.error().code == "qconfig.march");
            here += set ? 1 : 0;
        }
    }
    QCOMPARE(here, size_t{11}); // five of Bernoulli2, six of Bayes
    for (const march::MarchPtr& march : march::all())
        for (const std::string& name : march->quantization().qconfigs)
            QVERIFY2(quant::namedQConfig(name), name.c_str());
    QCOMPARE(quant::namedQConfig("default_qat_8bit_lsq_quant_qconfig")->weight.kind, std::string("lsq"));
    QCOMPARE(quant::namedQConfig("default_qat_8bit_lsq_quant_qconfig")->activation->options.averaging, 1.0);
}

void TestQConfigFile::parametersReachTheNode()
{
    const auto set = read(R"({"": {"activation": {"observer": "percentile", "percentile": 99.5, "bins": 4096, "averaging_constant": 0.5}, "weight": {"observer": "mse", "stride": 4}}})");
    QVERIFY(set);
    ir::Node node;
    node.attributes = quant::attributesOf(*set->global->activation, -1);
    const auto back = quant::fakeQuantOf(node);
    QVERIFY(back);
    QCOMPARE(back->observer, std::string("percentile"));
    QCOMPARE(back->options.percent, 99.5);
    QCOMPARE(back->options.bins, 4096);
    QCOMPARE(back->options.averaging, 0.5);
    node.attributes = quant::attributesOf(set->global->weight, 0);
    QCOMPARE(quant::fakeQuantOf(node)->options.stride, 4);
    QCOMPARE(quant::fakeQuantOf(node)->options.channelAxis, 0);
}

void TestQConfigFile::mistakesAreNamed_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("march");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* json, const char* message, const char* march = "bayes") {
        QTest::newRow(name) << QString::fromLatin1(json) << QString::fromLatin1(march) << QString::fromLatin1(message);
    };
    row("no JSON", "{\"\": \n nul}",
        "q.json: is no valid JSON (parse error at line 2, column 5: syntax error while parsing value - invalid literal; last read: '\"\": <U+000A> nul}'); correct it");
    row("a list", "[]",
        "q.json: is no JSON object such as {\"\": {\"activation\": {\"observer\": \"mse\"}}}; docs/qconfig.md lists what it may hold");
    row("unknown level", R"({"modul_name": {}})",
        "q.json: has the unknown key \"modul_name\"; did you mean module_name?");
    row("unknown key", R"({"": {"activations": {}}})",
        "q.json: \"\": has the unknown key \"activations\"; did you mean activation?");
    row("unknown parameter", R"({"": {"activation": {"percentil": 99}}})",
        "q.json: \"\".activation: has the unknown key \"percentil\"; did you mean percentile?");
    row("unknown module", R"({"module_name": {"layer1.0.conv": null}})",
        "q.json: module_name: there is no module 'layer1.0.conv' in this model; did you mean layer1.0.conv1?");
    row("unknown type", R"({"module_type": {"torch.nn.Conv2": null}})",
        "q.json: module_type: there is no module type 'torch.nn.Conv2' in this model; did you mean torch.nn.Conv2d?");
    row("unknown node", R"({"node": {"conv2": null}})",
        "q.json: node: there is no node 'conv2' in this model; did you mean conv1?");
    row("unknown name", R"({"": "default_qat_8bit_fake_quant_config"})",
        "q.json: \"\": there is no qconfig 'default_qat_8bit_fake_quant_config'; did you mean default_qat_8bit_fake_quant_qconfig?");
    row("name of the other board", R"({"": "default_qat_8bit_lsq_quant_qconfig"})",
        "q.json: \"\": 'default_qat_8bit_lsq_quant_qconfig' does not exist for Bayes; it has default_qat_8bit_fake_quant_qconfig, default_calib_8bit_fake_quant_qconfig, default_qat_8bit_weight_32bit_out_fake_quant_qconfig, default_calib_8bit_weight_32bit_out_fake_quant_qconfig, default_qat_8bit_weight_16bit_act_fake_quant_qconfig, default_calib_8bit_weight_16bit_act_fake_quant_qconfig");
    row("16 bits on Bernoulli2", R"({"node": {"conv1": {"activation": {"dtype": "qint16"}}}})",
        "q.json: node.conv1.activation: Bernoulli2 (RDK X3) has no qint16 activations; it takes qint8", "bernoulli2");
    row("unknown observer", R"({"": {"activation": {"observer": "minmax"}}})",
        "q.json: \"\".activation: \"observer\" cannot be \"minmax\"; write one of min_max, percentile, mse, kl, mix, clip, clip_std, fixed_scale");
    row("unknown dtype", R"({"": {"activation": {"dtype": "int8"}}})",
        "q.json: \"\".activation: \"dtype\" cannot be \"int8\"; write one of qint8, qint16");
    row("out of range", R"({"": {"activation": {"observer": "percentile", "percentile": 101}}})",
        "q.json: \"\".activation: percentile is 101; allowed is 50 to 100");
    row("float weights", R"({"": {"weight": null}})",
        "q.json: \"\".weight: cannot be null: the BPU has no float weights; null in place of the whole qconfig keeps the operator in float");
    row("a number", R"({"": 8})",
        "q.json: \"\": has to be the name of a qconfig, an object with activation and weight, or null for float");
}

void TestQConfigFile::mistakesAreNamed()
{
    QFETCH(QString, json);
    QFETCH(QString, march);
    QFETCH(QString, message);
    const auto set = read(json.toStdString(), march.toLatin1().constData());
    QVERIFY(!set);
    QCOMPARE(QString::fromStdString(set.error().text()), message);
}

void TestQConfigFile::aTypeThatTheModelHasNotIsNoted()
{
    Findings notes;
    QVERIFY(passes::readQConfig(R"({"module_type": {"torch.nn.Linear": null}})", "q.json", net(), *march::find("bayes"), notes));
    QCOMPARE(notes.size(), size_t{1});
    QCOMPARE(notes.front().where, std::string("torch.nn.Linear"));
}

QTEST_APPLESS_MAIN(TestQConfigFile)
#include "tst_qconfig_file.moc"
