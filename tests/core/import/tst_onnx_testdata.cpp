// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every model of Debian's libonnx-testdata opens, and our shapes agree with onnx's own inference.
#include "core/import/import.h"
#include "core/ir/verifier.h"
#include "tests/support/onnx_builder.h"

#include <QTest>
#include <fstream>
#include <algorithm>
#include <sstream>

using namespace bpu;

class TestOnnxTestdata : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyModelOpens();
    void shapesAgreeWithOnnx();

private:
    std::vector<std::filesystem::path> m_models;
};

void TestOnnxTestdata::initTestCase()
{
    const std::filesystem::path folder = "/usr/share/libonnx-testdata";
    if (!std::filesystem::exists(folder))
        QSKIP("libonnx-testdata is not installed");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().filename() == "model.onnx")
            m_models.push_back(entry.path());
    std::ranges::sort(m_models);
    QVERIFY(m_models.size() >= 1000);
}

void TestOnnxTestdata::everyModelOpens()
{
    for (const auto& path : m_models) {
        const auto result = importer::importModel(path);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        const auto valid = ir::verify(result->graph);
        QVERIFY2(valid, valid ? "" : (path.string() + ": " + valid.error().text()).c_str());
    }
}

void TestOnnxTestdata::shapesAgreeWithOnnx()
{
    QStringList differences;
    int compared = 0;
    for (const auto& path : m_models) {
        std::ostringstream bytes;
        bytes << std::ifstream(path, std::ios::binary).rdbuf();
        const auto theirs = test::inferredByOnnx(bytes.str());
        const auto result = importer::importModel(path);
        QVERIFY(result);
        for (const auto& [name, shape] : theirs) {
            const ValueId id = result->graph.findValue(name);
            if (!id.isValid() || !result->graph.value(id).type.hasRank())
                continue;
            const ir::Shape& ours = result->graph.value(id).type.shape();
            bool agree = ours.size() == shape.size();
            for (size_t i = 0; agree && i < ours.size(); ++i)
                agree = ours[i] == ir::kUnknownDim || shape[i] < 0 || ours[i] == shape[i];
            ++compared;
            if (!agree)
                differences << QString::fromStdString(path.parent_path().filename().string() + " " + name + " " + result->graph.value(id).type.text());
        }
    }
    QVERIFY(compared > 1000);
    QVERIFY2(differences.isEmpty(), qPrintable(differences.join(QLatin1Char('\n'))));
}

QTEST_APPLESS_MAIN(TestOnnxTestdata)
#include "tst_onnx_testdata.moc"
