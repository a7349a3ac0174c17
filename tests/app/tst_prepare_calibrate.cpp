// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// `bpu prepare` and `bpu calibrate` as they are typed, on the digits of samples.
#include "app/cli/cli.h"
#include "core/base/file.h"
#include "tests/support/golden.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <sstream>

using namespace bpu;

namespace {

using Args = std::vector<std::string>;

struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
};

Outcome bpuRun(const Args& args)
{
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(args, out, err);
    return {status, out.str(), err.str()};
}

const std::string kNet = "samples/digits_net.onnx";
const std::string kDigits = "samples/digits";

double top1(const std::string& model)
{
    const Outcome outcome = bpuRun({"eval", model, "--data", kDigits, "--batch", "50", "--threads", "1", "--json"});
    const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(outcome.out)).object();
    return json.value(u"accuracy").toObject().value(u"top1").toDouble(std::nan(""));
}

} // namespace

class TestPrepareCalibrate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void preparingTellsWhatItDid_data();
    void preparingTellsWhatItDid();
    void calibratingGivesEveryGridAScale();
    void accuracyStaysWithinHalfAPoint_data();
    void accuracyStaysWithinHalfAPoint();
    void refusesInOneSentence_data();
    void refusesInOneSentence();

private:
    std::string path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)).toStdString(); }
    QTemporaryDir m_folder;
};

void TestPrepareCalibrate::initTestCase()
{
    QVERIFY(writeFile(path("wrong.json"), std::string("{\"global\": null}")));
    QVERIFY(writeFile(path("sixteen.json"), std::string("{\"\": {\"activation\": {\"dtype\": \"qint16\"}}}")));
    QCOMPARE(bpuRun({"prepare", kNet, "--march", "bayes", "-o", path("qat.bpuir")}).status, 0);
}

void TestPrepareCalibrate::preparingTellsWhatItDid_data()
{
    QTest::addColumn<Args>("options");
    QTest::newRow("bayes.txt") << Args{"--march", "bayes"};
    QTest::newRow("hybrid.txt") << Args{"--march", "bernoulli2", "--hybrid"};
    QTest::newRow("hybrid.json") << Args{"--march", "bernoulli2", "--hybrid", "--json"};
}

void TestPrepareCalibrate::preparingTellsWhatItDid()
{
    QFETCH(Args, options);
    Args args{"prepare", kNet};
    args.insert(args.end(), options.begin(), options.end());
    const Outcome outcome = bpuRun(args);
    QCOMPARE(outcome.err, std::string());
    const std::string difference = test::compareGolden(std::string("prepare_digits_") + QTest::currentDataTag(), outcome.out);
    QVERIFY2(difference.empty(), difference.c_str());
}

void TestPrepareCalibrate::calibratingGivesEveryGridAScale()
{
    const Outcome outcome = bpuRun({"calibrate", path("qat.bpuir"), "--data", kDigits, "--observer", "min_max", "--batches", "20", "--threads", "1", "-o", path("min_max.bpuir")});
    QCOMPARE(outcome.status, 0);
    QCOMPARE(outcome.err, std::string());
    const std::string difference = test::compareGolden("calibrate_digits.txt", outcome.out);
    QVERIFY2(difference.empty(), difference.c_str());
    QCOMPARE(bpuRun({"info", path("min_max.bpuir")}).status, 0);
    QCOMPARE(bpuRun({"compare", kNet, path("min_max.bpuir"), "--data", "random:2", "--threads", "1"}).status, 0);
    QCOMPARE(bpuRun({"diff", path("qat.bpuir"), path("min_max.bpuir")}).status, 0);
    QCOMPARE(bpuRun({"visualize", path("min_max.bpuir"), "-o", path("net.svg")}).status, 0);
}

void TestPrepareCalibrate::accuracyStaysWithinHalfAPoint_data()
{
    QTest::addColumn<std::string>("observer");
    for (const char* observer : {"min_max", "percentile", "mse", "kl", "mix"})
        QTest::newRow(observer) << std::string(observer);
}

void TestPrepareCalibrate::accuracyStaysWithinHalfAPoint()
{
    QFETCH(std::string, observer);
    const std::string out = path("calibrated.bpuir");
    const Outcome outcome = bpuRun({"calibrate", path("qat.bpuir"), "--data", kDigits, "--observer", observer, "--limit", "200", "--batch", "20", "--threads", "1", "-o", out});
    QVERIFY2(outcome.status == 0, outcome.err.c_str());
    const double before = top1(kNet), after = top1(out);
    QVERIFY2(after >= before - 0.005, fmt::format("{} to {}", before, after).c_str());
}

void TestPrepareCalibrate::refusesInOneSentence_data()
{
    QTest::addColumn<Args>("args");
    QTest::addColumn<std::string>("sentence");
    const std::string qat = path("qat.bpuir"), wrong = path("wrong.json"), sixteen = path("sixteen.json");
    const auto row = [](const char* name, Args args, std::string sentence) { QTest::newRow(name) << std::move(args) << std::move(sentence); };
    row("no march", {"prepare", kNet}, "bpu: --march: is missing; write one of bayes, bernoulli2");
    row("all marches", {"prepare", kNet, "--march", "all"}, "bpu: --march: cannot be 'all'; write one of bayes, bernoulli2");
    row("unsupported", {"prepare", kNet, "--march", "bernoulli2"}, "bpu: " + kNet + ": 1 operator cannot run on Bernoulli2: ");
    row("no file", {"prepare", kNet, "--march", "bayes", "--qconfig", "absent.json"}, "bpu: absent.json: ");
    row("unknown key", {"prepare", kNet, "--march", "bayes", "--qconfig", wrong}, "bpu: " + wrong + ": has the unknown key \"global\"; ");
    row("16 bits", {"prepare", kNet, "--march", "bernoulli2", "--qconfig", sixteen},
        "bpu: " + sixteen + ": \"\".activation: Bernoulli2 (RDK X3) has no qint16 activations; it takes qint8");
    row("prepared twice", {"prepare", qat, "--march", "bayes"}, "bpu: " + qat + ": fuse takes a float model, this one is qat; open the float model");
    row("no data", {"calibrate", qat}, "bpu: --data: is missing; write --data PATH with a hundred or so samples of what the network will see");
    row("float model", {"calibrate", kNet, "--data", kDigits}, "bpu: " + kNet + ": a prepared model is calibrated, this one is float; run bpu prepare first");
    row("averaging", {"calibrate", qat, "--data", kDigits, "--averaging", "2"}, "bpu: --averaging: cannot be '2'; write a number from 0 to 1, such as 0.1");
    row("observer", {"calibrate", qat, "--data", kDigits, "--observer", "mean"}, "bpu: --observer: cannot be 'mean'; write one of min_max, percentile, mse, kl, mix, clip, clip_std, fixed_scale");
    row("ending", {"calibrate", qat, "--data", kDigits, "-o", "x.txt"}, "bpu: x.txt: ");
}

void TestPrepareCalibrate::refusesInOneSentence()
{
    QFETCH(Args, args);
    QFETCH(std::string, sentence);
    const Outcome outcome = bpuRun(args);
    QCOMPARE(outcome.status, 2);
    QVERIFY2(outcome.err.starts_with(sentence), outcome.err.c_str());
    QCOMPARE(std::ranges::count(outcome.err, '\n'), 1);
}

QTEST_APPLESS_MAIN(TestPrepareCalibrate)
#include "tst_prepare_calibrate.moc"
