// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// TorchScript files made to harm: `bpu info` in a process of its own ends within two seconds of processor time and
// 500 MB, with one line that says why or with the model.
#include "app/cli/cli.h"
#include "core/base/file.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bpu;
using namespace bpu::test;

namespace {

constexpr double kMostSeconds = 2;
constexpr long kMostKiB = 500 * 1024;

struct Outcome {
    int status = 0;
    std::string err;
    double seconds = 0;
    long peakKiB = 0;
};

Outcome infoInChild(const std::string& path)
{
    int ends[2];
    if (pipe(ends) != 0)
        qFatal("no pipe");
    const pid_t child = fork();
    if (child == 0) {
        std::ostringstream out;
        std::ostringstream err;
        const int status = cli::run({"info", path}, out, err);
        (void)!write(ends[1], err.str().data(), std::min<size_t>(err.str().size(), 60000));
        _exit(status);
    }
    close(ends[1]);
    Outcome outcome;
    char buffer[4096];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        outcome.err.append(buffer, static_cast<size_t>(got));
    close(ends[0]);
    int status = 0;
    rusage used{};
    wait4(child, &status, 0, &used);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    outcome.seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    outcome.peakKiB = used.ru_maxrss;
    return outcome;
}

std::string archive(const std::string& data, const std::string& code)
{
    return zipOf({{.name = "m/version", .data = "3\n"}, {.name = "m/data.pkl", .data = data}, {.name = "m/code/__torch__.py", .data = code}});
}

std::string module()
{
    return pickle::whole(pickle::object("__torch__", "M", pickle::dict(pickle::text("training") + pickle::boolean(false))));
}

/// A module whose forward has these lines.
std::string forward(const std::string& lines, const std::string& before = {})
{
    return before + "class M(Module):\n  __parameters__ = []\n  training : bool\n  def forward(self: __torch__.M,\n    x: Tensor) -> Tensor:\n" + lines;
}

std::string repeated(const std::string& text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

} // namespace

class TestHostileTorchscript : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void endsSoonInLittleMemory_data();
    void endsSoonInLittleMemory();
    void everyTruncationIsRefused();

private:
    QTemporaryDir m_folder;
};

void TestHostileTorchscript::endsSoonInLittleMemory_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("why");
    const auto row = [](const char* name, const std::string& file, int status, const char* why) {
        QTest::newRow(name) << QByteArray::fromStdString(file) << status << QString::fromLatin1(why);
    };
    const auto code = [&](const char* name, const std::string& text, int status, const char* why) { row(name, archive(module(), text), status, why); };
    row("os.system", archive(pickle::whole(pickle::call(pickle::global("os", "system"), pickle::text("true"))), forward("    return x\n")), 2, "os.system");
    row("calls what it may not", archive(pickle::whole(pickle::call(pickle::global("builtins", "getattr"), pickle::text("a") + pickle::text("b"))), forward("    return x\n")), 2, "builtins.getattr");
    row("lists in lists by the million", archive(pickle::whole(repeated("]", 2'000'000) + repeated("a", 1'999'999)), forward("    return x\n")), 2, "nests values");
    row("marks by the million", archive(pickle::whole(repeated("(", 20'000'000)), forward("    return x\n")), 2, "nests values");
    row("declares four gigabytes", zipOf({{.name = "m/version", .data = "3\n"}, {.name = "m/data.pkl", .data = module(), .deflated = true, .claimedSize = 0xfffffff0U},
                                          {.name = "m/code/__torch__.py", .data = forward("    return x\n")}}), 2, "claims 4294967280 bytes");
    row("code of megabytes of blanks", zipOf({{.name = "m/version", .data = "3\n"}, {.name = "m/data.pkl", .data = module()},
                                             {.name = "m/code/__torch__.py", .data = forward("    return x\n") + std::string(120U << 20U, ' '), .deflated = true}}), 2, "");
    row("memo bomb", archive(pickle::whole(pickle::list(pickle::put(0)) + repeated(pickle::tuple(pickle::get(0) + pickle::get(0)) + pickle::put(0), 3000)), forward("    return x\n")), 2, "");
    row("names that leave the folder", zipOf({{.name = "m/version", .data = "3\n"}, {.name = "m/data.pkl", .data = module()},
                                             {.name = "m/code/../../../../etc/passwd.py", .data = ""}, {.name = "m/code/__torch__.py", .data = forward("    return x\n")}}), 2, "");
    row("megabytes of zeros", zipOf({{.name = "m/version", .data = "3\n"}, {.name = "m/data.pkl", .data = module()}, {.name = "m/code/__torch__.py", .data = forward("    return x\n")},
                                      {.name = "m/data/0", .data = std::string(64U << 20U, '\0'), .deflated = true}}), 0, "");
    code("loop without end", forward("    _0 = True\n    while _0:\n      x = torch.neg(x)\n    return x\n"), 2, "runs too long");
    code("a million million rounds", forward("    for i in range(1000000000000):\n      y = i\n    return x\n"), 2, "torch.jit.trace");
    code("recursion", forward("    return (self).forward(x, )\n"), 2, "torch.jit.trace");
    code("functions that call each other twice", repeated("def f0(x: Tensor) -> Tensor:\n  return x\n", 1)
        + [] {
              std::string all;
              for (int i = 1; i < 60; ++i)
                  all += fmt::format("def f{0}(x: Tensor) -> Tensor:\n  y = __torch__.f{1}(x, )\n  return __torch__.f{1}(y, )\n", i, i - 1);
              return all;
          }() + forward("    return __torch__.f59(x, )\n"), 2, "torch.jit.trace");
    code("a list that doubles", forward("    l = [1, 2]\n" + repeated("    l = torch.add(l, l)\n", 60) + "    return x\n"), 2, "");
    code("a text that doubles", forward("    t = \"ab\"\n" + repeated("    t = torch.add(t, t)\n", 60) + "    return x\n"), 0, "");
    code("a list times a billion", forward("    l = torch.mul([1], 1000000000)\n    return x\n"), 2, "");
    code("lists in lists", forward("    l = [1]\n" + repeated("    l = [l, l]\n", 90) + "    if torch.eq(l, l):\n      y = 1\n    else:\n      y = 2\n    return x\n"), 2, "");
    code("a tensor of a terabyte", forward("    y = torch.zeros([1000000, 1000000], dtype=6, layout=None, device=None)\n    return torch.add(x, y)\n"), 0, "");
    code("a hundred thousand large tensors", forward("    l = annotate(List[Tensor], [])\n    for i in range(100000):\n      _0 = torch.append(l, torch.zeros([2000, 2000], dtype=6))\n    return torch.cat(l)\n"), 2, "runs too long");
    code("a hundred thousand rows", forward("    l = annotate(List[Tensor], [])\n    for i in range(100000):\n      _0 = torch.append(l, torch.arange(900000))\n    return torch.cat(l)\n"), 2, "runs too long");
    code("a negative size", forward("    y = torch.zeros([-5, 3], dtype=6, layout=None, device=None)\n    return torch.add(x, y)\n"), 0, "");
    code("deep brackets", forward("    y = " + std::string(100000, '(') + "1" + std::string(100000, ')') + "\n    return x\n"), 2, "");
    code("deep sums", forward("    y = 1" + repeated(" + 1", 100000) + "\n    return x\n"), 2, "");
    code("deep ifs", [] {
        std::string lines;
        for (int i = 0; i < 3000; ++i)
            lines += std::string(static_cast<size_t>(4 + 2 * i), ' ') + "if True:\n";
        return forward(lines + std::string(6004, ' ') + "y = 1\n    return x\n");
    }(), 2, "");
    code("a million statements", forward(repeated("    y = torch.neg(x)\n", 1000000) + "    return x\n"), 2, "2000000 tokens");
    code("numbers beyond all bounds", forward("    y = " + std::string(100000, '9') + "\n    return x\n"), 2, "");
    code("a shift beyond all bounds", forward("    y = torch.__lshift__(1, 1000000)\n    return x\n"), 0, "");
    code("division by nothing", forward("    y = torch.floordiv(1, 0)\n    return x\n"), 2, "");
    code("no line ends", forward("    return x") + std::string(3000000, ' '), 0, "");
    code("a class that inherits itself", "class M(__torch__.M):\n  def forward(self, x):\n    return x\n", 0, "");
    code("an iterator that grows", forward("    l = [1]\n    for i in l:\n      _ = torch.append(l, 1)\n    return x\n"), 0, "");
}

void TestHostileTorchscript::endsSoonInLittleMemory()
{
    QFETCH(QByteArray, file);
    QFETCH(int, status);
    QFETCH(QString, why);
    const std::string path = m_folder.filePath(QStringLiteral("hostile.pt")).toStdString();
    QVERIFY(writeFile(path, std::string_view(file.constData(), static_cast<size_t>(file.size()))));
    const Outcome outcome = infoInChild(path);
    const std::string said = fmt::format("status {}, {:.2f} s, {} KiB: {}", outcome.status, outcome.seconds, outcome.peakKiB, outcome.err.substr(0, 400));
    QVERIFY2(outcome.status == status, said.c_str());
    QVERIFY2(outcome.seconds < kMostSeconds, said.c_str());
    QVERIFY2(outcome.peakKiB < kMostKiB, said.c_str());
    QVERIFY2(QString::fromStdString(outcome.err).contains(why), said.c_str());
    if (status == 2)
        QVERIFY2(std::ranges::count(outcome.err, '\n') == 1 && outcome.err.starts_with("bpu: ") && outcome.err.find("; ") != std::string::npos, said.c_str());
}

void TestHostileTorchscript::everyTruncationIsRefused()
{
    const std::string whole = archive(module(), forward(repeated("    y = torch.neg(x)\n", 500) + "    return x\n"));
    const std::string path = m_folder.filePath(QStringLiteral("cut.pt")).toStdString();
    for (size_t size = 1; size < whole.size(); size += 1024) {
        QVERIFY(writeFile(path, std::string_view(whole).substr(0, size)));
        std::ostringstream out;
        std::ostringstream err;
        QCOMPARE(cli::run({"info", path}, out, err), 2);
        QVERIFY2(std::ranges::count(err.str(), '\n') == 1, err.str().c_str());
    }
}

QTEST_GUILESS_MAIN(TestHostileTorchscript)
#include "tst_hostile_torchscript.moc"
