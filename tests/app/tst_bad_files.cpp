// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Every command on every kind of bad file: one line that says what to do, exit status 2, nothing written or lost.
#include "app/cli/cli.h"
#include "core/base/file.h"
#include "tests/support/bad_files.h"
#include "tests/support/onnx_builder.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <csignal>
#include <functional>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bpu;

namespace {

struct Outcome {
    int status = 0;
    std::string err;
};

Outcome bpuRun(const std::vector<std::string>& args)
{
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(args, out, err);
    return {status, err.str()};
}

/// Runs in a process of its own, which may give up rights or take limits: what bpu wrote to stderr and its exit status.
Outcome inChild(const std::function<void()>& prepare, const std::vector<std::string>& args)
{
    int ends[2];
    if (pipe(ends) != 0)
        qFatal("no pipe");
    const pid_t child = fork();
    if (child == 0) {
        prepare();
        const Outcome outcome = bpuRun(args);
        (void)!write(ends[1], outcome.err.data(), outcome.err.size());
        _exit(outcome.status);
    }
    close(ends[1]);
    Outcome outcome;
    char buffer[4096];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        outcome.err.append(buffer, static_cast<size_t>(got));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return outcome;
}

const char* const kOld = "an earlier result";

} // namespace

class TestBadFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyCommandRefuses_data();
    void everyCommandRefuses();
    void everyTruncationIsRefused();
    void whatIsNoFileDoesNotHang_data();
    void whatIsNoFileDoesNotHang();
    void aFileWithoutPermissionIsRefused();
    void aFullDiskLeavesNothingBehind_data();
    void aFullDiskLeavesNothingBehind();

private:
    std::string path(const std::string& name) const { return m_folder.path().toStdString() + "/" + name; }
    void save(const std::string& name, std::string_view bytes) { QVERIFY(writeFile(path(name), bytes)); }
    void refuses(const std::string& model);

    QTemporaryDir m_folder;
    std::vector<std::string> m_names;
};

void TestBadFiles::initTestCase()
{
    m_names = test::writeBadFiles(m_folder.path().toStdString());
}

void TestBadFiles::everyCommandRefuses_data()
{
    QTest::addColumn<QString>("name");
    for (const std::string& name : m_names)
        QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

void TestBadFiles::everyCommandRefuses()
{
    QFETCH(QString, name);
    refuses(path(name.toStdString()));
}

void TestBadFiles::refuses(const std::string& model)
{
    const std::string out = path("result.bpuir");
    const std::vector<std::vector<std::string>> lines{{"info", model, "-o", out},
                                                      {"check", model, "--march", "bayes", "-o", out},
                                                      {"fuse", model, "-o", out},
                                                      {"visualize", model, "-o", out},
                                                      {"diff", "samples/classic_net.onnx", model, "-o", out}};
    for (const std::vector<std::string>& line : lines) {
        save("result.bpuir", kOld);
        const Outcome outcome = bpuRun(line);
        const std::string said = line.front() + ": " + outcome.err;
        QVERIFY2(outcome.status == 2, said.c_str());
        QVERIFY2(std::ranges::count(outcome.err, '\n') == 1, said.c_str());
        QVERIFY2(outcome.err.starts_with("bpu: ") && outcome.err.find(std::filesystem::path(model).filename().string()) != std::string::npos, said.c_str());
        QVERIFY2(outcome.err.find("; ") != std::string::npos, said.c_str());
        const auto kept = readFile(out);
        QVERIFY(kept && kept->size() == std::string_view(kOld).size());
    }
}

void TestBadFiles::everyTruncationIsRefused()
{
    const auto whole = readFile("samples/camera_net.onnx");
    QVERIFY(whole);
    for (size_t size = 1024; size < whole->size(); size += 1024) {
        QVERIFY(writeFile(path("cut.onnx"), whole->span().first(size)));
        const Outcome outcome = bpuRun({"info", path("cut.onnx")});
        QVERIFY2(outcome.status == 2 && std::ranges::count(outcome.err, '\n') == 1, outcome.err.c_str());
        QVERIFY2(outcome.err.find("; copy the file again") != std::string::npos, outcome.err.c_str());
    }
    refuses(path("cut.onnx"));
}

void TestBadFiles::whatIsNoFileDoesNotHang_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("folder") << m_folder.path();
    QTest::newRow("endless device") << QStringLiteral("/dev/zero");
    QTest::newRow("pipe nobody writes to") << m_folder.filePath(QStringLiteral("pipe.onnx"));
    QTest::newRow("pipe named as a graph") << m_folder.filePath(QStringLiteral("pipe.bpuir"));
    for (const char* name : {"pipe.onnx", "pipe.bpuir"})
        mkfifo(path(name).c_str(), 0600);
}

void TestBadFiles::whatIsNoFileDoesNotHang()
{
    QFETCH(QString, name);
    refuses(name.toStdString());
}

/// Root may read everything, so the child becomes nobody first.
void TestBadFiles::aFileWithoutPermissionIsRefused()
{
    QTemporaryDir folder;
    const std::string model = folder.filePath(QStringLiteral("mine.onnx")).toStdString();
    QVERIFY(writeFile(model, test::onnxModel("(float[2] x) => (float[2] y) { y = Relu(x) }")));
    QVERIFY(chmod(folder.path().toUtf8().constData(), 0755) == 0 && chmod(model.c_str(), 0000) == 0);
    const auto becomeNobody = [] {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(99);
    };
    const Outcome outcome = inChild(becomeNobody, {"info", model});
    QVERIFY2(outcome.status == 2, outcome.err.c_str());
    QVERIFY2(outcome.err.find("mine.onnx: ") != std::string::npos && outcome.err.find("; ") != std::string::npos, outcome.err.c_str());
    QCOMPARE(std::ranges::count(outcome.err, '\n'), 1);
}

void TestBadFiles::aFullDiskLeavesNothingBehind_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("ending");
    QTest::newRow("drawing") << QStringLiteral("visualize") << QStringLiteral("svg");
    QTest::newRow("graph") << QStringLiteral("fuse") << QStringLiteral("bpuir");
}

/// A limit on the size of files stops the writing in the middle, as a disk without space does.
void TestBadFiles::aFullDiskLeavesNothingBehind()
{
    QFETCH(QString, command);
    QFETCH(QString, ending);
    QTemporaryDir folder;
    const std::string out = folder.filePath(QStringLiteral("result.") + ending).toStdString();
    QVERIFY(writeFile(out, kOld));
    const auto limit = [] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{2048, 2048};
        setrlimit(RLIMIT_FSIZE, &small);
    };
    const Outcome outcome = inChild(limit, {command.toStdString(), "samples/camera_net.onnx", "-o", out});
    QVERIFY2(outcome.status == 3, outcome.err.c_str());
    QCOMPARE(std::ranges::count(outcome.err, '\n'), 1);
    QVERIFY2(outcome.err.find("result.") != std::string::npos && outcome.err.find("; ") != std::string::npos, outcome.err.c_str());
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden), QStringList{QStringLiteral("result.") + ending});
    const auto kept = readFile(out);
    QVERIFY(kept && kept->size() == std::string_view(kOld).size());
}

QTEST_GUILESS_MAIN(TestBadFiles)
#include "tst_bad_files.moc"
