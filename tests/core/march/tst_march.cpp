// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/march/march.h"

#include <QTest>
#include <fmt/format.h>

using namespace bpu;

namespace {

std::string file(std::string_view operators, std::string_view more = {})
{
    return fmt::format(R"({{"format": 1, "name": "m", "title": "M", "board": "B"{}, "operators": [{}]}})", more, operators);
}

} // namespace

class MarchTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bothMarchesAreListedByName()
    {
        QCOMPARE(march::all().size(), size_t(2));
        QCOMPARE(march::all()[0]->name(), std::string("bayes"));
        QCOMPARE(march::all()[1]->name(), std::string("bernoulli2"));
        QVERIFY(!march::find("x"));
        for (const march::MarchPtr& march : march::all())
            QCOMPARE(march->rows().size(), size_t(118));
    }

    void referIsFollowedToItsEnd()
    {
        const march::MarchPtr bayes = march::find("bayes");
        QCOMPARE(bayes->resolve(*bayes->find("torch.Tensor.less_equal")).name, std::string("torch.eq"));
        QCOMPARE(bayes->resolve(*bayes->find("torch.nn.SiLU")).name, std::string("torch.acos"));
        QCOMPARE(bayes->find("torch.nn.Hardswish"), nullptr);
    }

    void aNearestReplacementRunsOnTheMarch()
    {
        for (const march::MarchPtr& march : march::all()) {
            for (const auto& [from, to] : march->nearest()) {
                const march::Row& row = march->resolve(*march->find(to));
                QVERIFY2(row.support != march::Support::No, (march->name() + ": " + from + " -> " + to).c_str());
                const march::Row* self = march->find(from);
                QVERIFY2(!self || march->resolve(*self).support == march::Support::No, from.c_str());
            }
        }
    }

    void badFilesAreRefused_data()
    {
        QTest::addColumn<std::string>("json");
        QTest::addColumn<std::string>("code");
        QTest::addColumn<std::string>("text");
        const auto row = [](const char* label, std::string json, std::string code, std::string text) {
            QTest::newRow(label) << std::move(json) << std::move(code) << std::move(text);
        };
        row("cut off", R"({"name": )", "march.json", "f.json: is not valid JSON at byte 10");
        row("a list", "[]", "march.field", "f.json: '' is not an object");
        row("no rows", R"({"format": 1, "name": "m", "title": "M", "board": "B"})", "march.field", "f.json: 'operators' is missing");
        row("support", file(R"({"name": "a", "family": "f", "support": "maybe"})"), "march.field",
            "f.json: 'operators[0].support' has the unknown value 'maybe'");
        row("min as text",
            file(R"({"name": "a", "family": "f", "support": "yes", "constraints": [{"kind": "range", "subject": "k", "text": "t", "min": "1"}]})"),
            "march.field", "f.json: 'operators[0].constraints[0].min' is not a number");
        row("unknown row", file(R"({"name": "a", "family": "f", "support": "refer", "refer_to": "b"})"), "march.refer",
            "f.json: 'a' refers to 'b', which is not listed");
        row("cycle",
            file(R"({"name": "a", "family": "f", "support": "refer", "refer_to": "b"}, {"name": "b", "family": "f", "support": "refer", "refer_to": "a"})"),
            "march.refer", "f.json: the references of 'a' go round in a circle");
        row("twice", file(R"({"name": "a", "family": "f", "support": "no"}, {"name": "a", "family": "f", "support": "no"})"), "march.field",
            "f.json: the operator 'a' is listed twice");
        row("nearest", file("", R"(, "nearest": {"a": "b"})"), "march.refer", "f.json: 'nearest.a' names 'b', which is not listed");
    }

    void badFilesAreRefused()
    {
        QFETCH(std::string, json);
        QFETCH(std::string, code);
        QFETCH(std::string, text);
        const Result<march::March> result = march::March::parse(json, "f.json");
        QVERIFY(!result);
        QCOMPARE(result.error().code, code);
        QCOMPARE(result.error().text(), text);
    }
};

QTEST_APPLESS_MAIN(MarchTest)
#include "tst_march.moc"
