// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// `bpu info` of a TorchScript file: what the file tells about itself, as text and as JSON.
#include "app/cli/cli.h"
#include "core/base/file.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <sstream>

using namespace bpu;
using namespace bpu::test;

class TestInfoTorchscript : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void printsTheFactsAsText();
    void printsTheFactsAsJson();

private:
    std::string info(const std::vector<std::string>& more);
    QTemporaryDir m_folder;
};

void TestInfoTorchscript::initTestCase()
{
    const std::string constant = pickle::tensor(pickle::storage("FloatStorage", "0", 1), 0, pickle::tuple(pickle::integer(1)), pickle::tuple(pickle::integer(1)));
    const std::string module = pickle::object("__torch__", "M", pickle::dict(pickle::text("training") + pickle::boolean(false)));
    QVERIFY(writeFile(m_folder.filePath(QStringLiteral("net.pt")).toStdString(),
                      zipOf({{.name = "first/.data/version", .data = "10\n"}, {.name = "first/byteorder", .data = "little"}, {.name = "first/data.pkl", .data = pickle::whole(module)},
                             {.name = "first/constants.pkl", .data = pickle::whole(pickle::tuple(constant))}, {.name = "first/constants/0", .data = "abcd"}, {.name = "first/extra/labels.txt", .data = "cat"},
                             {.name = "first/code/__torch__.py", .data = "class M(Module):\n  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n    return torch.add(x, CONSTANTS.c0)\n"}})));
}

std::string TestInfoTorchscript::info(const std::vector<std::string>& more)
{
    std::vector<std::string> arguments{"info", m_folder.filePath(QStringLiteral("net.pt")).toStdString(), "--input", "1x3"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::ostringstream out;
    std::ostringstream err;
    return cli::run(arguments, out, err) == 0 ? out.str() : err.str();
}

void TestInfoTorchscript::printsTheFactsAsText()
{
    const QStringList lines = QString::fromStdString(info({})).split(u'\n');
    for (const char* line : {"format      TorchScript", "version     10", "producer    PyTorch 2.1 or newer", "saved as    first", "constants   1 tensor in constants/", "extra       labels.txt"})
        QVERIFY2(lines.contains(QString::fromLatin1(line)), qPrintable(lines.join(u'\n')));
}

void TestInfoTorchscript::printsTheFactsAsJson()
{
    QJsonObject facts = QJsonDocument::fromJson(QByteArray::fromStdString(info({"--json"}))).object()[QStringLiteral("facts")].toObject();
    QVERIFY(facts.take(QStringLiteral("path")).toString().endsWith(QStringLiteral("net.pt")));
    const QJsonObject expected{{QStringLiteral("format"), QStringLiteral("TorchScript")},        {QStringLiteral("version"), QStringLiteral("10")},
                               {QStringLiteral("producer"), QStringLiteral("PyTorch 2.1 or newer")}, {QStringLiteral("saved as"), QStringLiteral("first")},
                               {QStringLiteral("constants"), QStringLiteral("1 tensor in constants/")}, {QStringLiteral("extra"), QStringLiteral("labels.txt")}};
    QCOMPARE(facts, expected);
}

QTEST_GUILESS_MAIN(TestInfoTorchscript)
#include "tst_info_torchscript.moc"
