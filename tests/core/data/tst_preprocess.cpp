// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Preprocessing against numbers made by hand, by Pillow, by torchvision and by numpy.
#include "core/data/npy.h"
#include "core/data/preprocess.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

using namespace bpu;
using data::Color;
using data::Image;

namespace {

const ir::DType kFloat = ir::DType::Float32;

data::Item itemOf(const Image& image)
{
    const ir::TensorType type(ir::DType::UInt8, {image.height, image.width, image.channels});
    return {"x.png", ir::Tensor(type, Bytes::copyOf(std::as_bytes(std::span(image.pixels)))), {}, data::ItemForm::Hwc};
}

Image pixel(uint8_t r, uint8_t g, uint8_t b)
{
    return {1, 1, 3, {r, g, b}};
}

/// "1 2 3 ...", or the error.
QByteArray numbersOf(const Result<ir::Tensor>& tensor)
{
    if (!tensor)
        return QByteArray::fromStdString(tensor.error().text());
    QByteArrayList texts;
    for (const double number : tensor->toDoubles())
        texts.append(QByteArray::number(number, 'g', 6));
    return texts.join(' ');
}

QByteArray prepared(const Image& image, const char* json, const ir::TensorType& type)
{
    const Result<data::Preprocess> preprocess = data::parsePreprocess(json, "p.json");
    return preprocess ? numbersOf(data::prepareItem(itemOf(image), *preprocess, {"image", type}, true)) : QByteArray::fromStdString(preprocess.error().text());
}

/// 0, 1, 2, ... in one channel.
Image counted(int64_t height, int64_t width)
{
    Image image{height, width, 1, {}};
    for (int64_t i = 0; i < height * width; ++i)
        image.pixels.push_back(static_cast<uint8_t>(i));
    return image;
}

} // namespace

class TestPreprocess : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void colorsAreThoseOfTheFormulas_data();
    void colorsAreThoseOfTheFormulas();
    void grayHasNoColorInAnySwing();
    void colorsStayNearTheDefinition_data();
    void colorsStayNearTheDefinition();
    void resizesAsPillow_data();
    void resizesAsPillow();
    void doesTheUsualStepsAsTorchvision();
    void stepsGiveTheNumbersMadeByHand_data();
    void stepsGiveTheNumbersMadeByHand();
    void arraysChangeTheirNumbersOnly();
    void refusesWhatCannotBe_data();
    void refusesWhatCannotBe();

private:
    ir::Tensor array(const QString& name) const { return data::readNpy(m_folder.filePath(name + QStringLiteral(".npy")).toStdString()).value(); }
    Image image(const QString& name) const
    {
        const ir::Tensor tensor = array(name);
        const auto* bytes = reinterpret_cast<const uint8_t*>(tensor.bytes().data());
        return {tensor.shape()[0], tensor.shape()[1], tensor.shape().size() == 3 ? tensor.shape()[2] : 1, {bytes, bytes + tensor.bytes().size()}};
    }

    QTemporaryDir m_folder;
};

void TestPreprocess::initTestCase()
{
    QCOMPARE(QProcess::execute(QStringLiteral("/usr/bin/python3"), {QStringLiteral("-W"), QStringLiteral("ignore"), QStringLiteral(BPU_SOURCE_DIR "/tests/core/data/make_images.py"), m_folder.path()}), 0);
}

void TestPreprocess::colorsAreThoseOfTheFormulas_data()
{
    QTest::addColumn<int>("color");
    QTest::addColumn<QList<int>>("rgb");
    QTest::addColumn<QList<int>>("expected");
    const auto row = [](const char* name, Color color, const QList<int>& rgb, const QList<int>& expected) { QTest::newRow(name) << static_cast<int>(color) << rgb << expected; };
    row("rgb stays", Color::Rgb, {1, 2, 3}, {1, 2, 3});
    row("bgr turns round", Color::Bgr, {1, 2, 3}, {3, 2, 1});
    row("gray of red: (77 * 255 + 128) / 256", Color::Gray, {255, 0, 0}, {77});
    row("full swing, black", Color::YuvFull, {0, 0, 0}, {-128, 0, 0});
    row("full swing, white", Color::YuvFull, {255, 255, 255}, {127, 0, 0});
    row("full swing, red: 77 - 128, floor(-10837 / 256), floor(32513 / 256)", Color::YuvFull, {255, 0, 0}, {-51, -43, 127});
    row("full swing, blue", Color::YuvFull, {0, 0, 255}, {-99, 127, -21});
    row("studio swing, black", Color::YuvVideo, {0, 0, 0}, {-112, 0, 0});
    row("studio swing, white", Color::YuvVideo, {255, 255, 255}, {107, 0, 0});
    row("studio swing, red", Color::YuvVideo, {255, 0, 0}, {-46, -38, 112});
    row("studio swing, blue", Color::YuvVideo, {0, 0, 255}, {-87, 112, -18});
}

void TestPreprocess::colorsAreThoseOfTheFormulas()
{
    QFETCH(int, color);
    QFETCH(QList<int>, rgb);
    QFETCH(QList<int>, expected);
    const data::Planes planes = data::convertColor(pixel(static_cast<uint8_t>(rgb[0]), static_cast<uint8_t>(rgb[1]), static_cast<uint8_t>(rgb[2])), static_cast<Color>(color));
    QCOMPARE(QList<int>(planes.numbers.begin(), planes.numbers.end()), expected);
}

void TestPreprocess::grayHasNoColorInAnySwing()
{
    for (int level = 0; level < 256; ++level)
        for (const Color color : {Color::YuvFull, Color::YuvVideo}) {
            const auto value = static_cast<uint8_t>(level);
            const data::Planes planes = data::convertColor(pixel(value, value, value), color);
            QCOMPARE(planes.numbers[1], int16_t{0});
            QCOMPARE(planes.numbers[2], int16_t{0});
        }
}

void TestPreprocess::colorsStayNearTheDefinition_data()
{
    QTest::addColumn<int>("color");
    QTest::addColumn<QString>("expected");
    QTest::newRow("full swing") << static_cast<int>(Color::YuvFull) << QStringLiteral("colors-full");
    QTest::newRow("studio swing") << static_cast<int>(Color::YuvVideo) << QStringLiteral("colors-video");
    QTest::newRow("NV12") << static_cast<int>(Color::Nv12) << QStringLiteral("colors-nv12");
}

void TestPreprocess::colorsStayNearTheDefinition()
{
    QFETCH(int, color);
    QFETCH(QString, expected);
    const data::Planes planes = data::convertColor(image(QStringLiteral("colors")), static_cast<Color>(color));
    const ir::Tensor wanted = array(expected);
    QCOMPARE(static_cast<int64_t>(planes.numbers.size()), wanted.elementCount());
    for (int64_t i = 0; i < wanted.elementCount(); ++i)
        QVERIFY2(std::abs(planes.numbers[static_cast<size_t>(i)] - wanted.number(i)) < 1.6, qPrintable(QStringLiteral("element %1: %2, not %3").arg(i).arg(planes.numbers[static_cast<size_t>(i)]).arg(wanted.number(i))));
}

void TestPreprocess::resizesAsPillow_data()
{
    QTest::addColumn<QString>("expected");
    QTest::addColumn<int>("filter");
    QTest::addColumn<int>("most");
    for (const char* name : {"resized-30-41", "resized-61-20", "resized-200-150", "resized-1-1", "resized-61-97"})
        QTest::newRow(name) << QString::fromLatin1(name) << static_cast<int>(data::Filter::Antialias) << 0;
    QTest::newRow("bilinear without antialias, as torch") << QStringLiteral("aliased-23-37") << static_cast<int>(data::Filter::Bilinear) << 1;
}

void TestPreprocess::resizesAsPillow()
{
    QFETCH(QString, expected);
    QFETCH(int, filter);
    QFETCH(int, most);
    const ir::Tensor wanted = array(expected);
    const Image resized = data::resize(image(QStringLiteral("wide")), wanted.shape()[0], wanted.shape()[1], static_cast<data::Filter>(filter));
    QCOMPARE(static_cast<int64_t>(resized.pixels.size()), wanted.elementCount());
    for (int64_t i = 0; i < wanted.elementCount(); ++i) {
        const double error = std::abs(resized.pixels[static_cast<size_t>(i)] - wanted.number(i));
        QVERIFY2(error < most + 0.01, qPrintable(QStringLiteral("element %1").arg(i)));
    }
}

void TestPreprocess::doesTheUsualStepsAsTorchvision()
{
    const auto preprocess = data::parsePreprocess(R"({"resize": {"shorter": 48}, "crop": {"height": 41, "width": 41}, "divide": 255,
                                                      "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})", "p.json");
    QVERIFY(preprocess);
    const ir::Tensor wanted = array(QStringLiteral("usual"));
    const auto tensor = data::prepareItem(itemOf(image(QStringLiteral("wide"))), *preprocess, {"image", {kFloat, {1, 3, 41, 41}}}, true);
    QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
    QCOMPARE(tensor->type(), wanted.type());
    for (int64_t i = 0; i < wanted.elementCount(); ++i) {
        const double error = std::abs(tensor->number(i) - wanted.number(i));
        QVERIFY2(error < 1e-5, qPrintable(QString::number(error)));
    }
}

void TestPreprocess::stepsGiveTheNumbersMadeByHand_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<ir::Shape>("shape");
    QTest::addColumn<bool>("isColor");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* json, const ir::Shape& shape, bool isColor, const char* expected) {
        QTest::newRow(name) << QByteArray(json) << shape << isColor << QByteArray(expected);
    };
    // The gray image is 0 1 2 3 / 4 5 6 7; the color image two pixels, (10, 20, 30) and (40, 50, 60).
    row("as stored", "{}", {1, 1, 2, 4}, false, "0 1 2 3 4 5 6 7");
    row("one line", "{}", {1, 8}, false, "0 1 2 3 4 5 6 7");
    row("no channels", "{}", {1, 2, 4}, false, "0 1 2 3 4 5 6 7");
    row("(x - mean) * scale", R"({"mean": 1, "scale": 0.5})", {1, 1, 2, 4}, false, "-0.5 0 0.5 1 1.5 2 2.5 3");
    row("(x / divide - mean) / std", R"({"divide": 2, "mean": 1, "std": 0.5})", {1, 1, 2, 4}, false, "-2 -1 0 1 2 3 4 5");
    row("center crop", R"({"crop": {"height": 1, "width": 2}})", {1, 1, 1, 2}, false, "1 2");
    row("padded", R"({"pad": {"height": 2, "width": 6, "value": 9}})", {1, 1, 2, 6}, false, "9 0 1 2 3 9 9 4 5 6 7 9");
    row("nearest", R"({"resize": {"height": 1, "width": 2, "filter": "nearest"}})", {1, 1, 1, 2}, false, "5 7");
    row("shorter side", R"({"resize": {"shorter": 1}})", {1, 1, 1, 2}, false, "3 4"); // rows: 1.25 / 1.75 and so on give 1 2 / 5 6
    row("longer side, then padded", R"({"resize": {"longer": 2}, "pad": {"height": 2, "width": 2}})", {1, 1, 2, 2}, false, "3 4 0 0");
    row("gray for three channels", "{}", {1, 3, 2, 4}, false, "0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7");
    row("NCHW", "{}", {1, 3, 1, 2}, true, "10 40 20 50 30 60");
    row("NHWC is seen", "{}", {1, 1, 2, 3}, true, "is 1x2 with 3 channels");
    row("NHWC is said", R"({"layout": "NHWC"})", {1, 1, 2, 3}, true, "10 20 30 40 50 60");
    row("BGR, mean by channel", R"({"color": "BGR", "mean": [30, 20, 10]})", {1, 3, 1, 2}, true, "0 30 0 30 0 30");
    row("gray", R"({"color": "gray"})", {1, 1, 1, 2}, true, "18 48");
    row("studio swing, centered", R"({"color": "YUV_BT601_VIDEO_RANGE", "scale": 0.0078125})", {1, 3, 1, 2}, true, "-0.75 -0.554688 0.046875 0.046875 -0.0390625 -0.0390625");
    row("flat color", "{}", {1, 6}, true, "10 40 20 50 30 60");
}

void TestPreprocess::stepsGiveTheNumbersMadeByHand()
{
    QFETCH(QByteArray, json);
    QFETCH(ir::Shape, shape);
    QFETCH(bool, isColor);
    QFETCH(QByteArray, expected);
    const Image color{1, 2, 3, {10, 20, 30, 40, 50, 60}};
    const QByteArray numbers = prepared(isColor ? color : counted(2, 4), json.constData(), {kFloat, shape});
    QVERIFY2(expected.startsWith("is ") ? numbers.contains(expected) : numbers == expected, numbers.constData());
}

void TestPreprocess::arraysChangeTheirNumbersOnly()
{
    const data::Item item{"x.npy[0]", ir::Tensor::floats({2, 1, 2}, {1, 2, 3, 4}), {}, data::ItemForm::Array};
    const auto numbers = [&](const char* json) {
        return numbersOf(data::prepareItem(item, data::parsePreprocess(json, "p.json").value(), {"x", {kFloat, {1, 2, 1, 2}}}, true));
    };
    QCOMPARE(numbers("{}"), QByteArray("1 2 3 4"));
    QCOMPARE(numbers(R"({"mean": [1, 3], "scale": [1, 10]})"), QByteArray("0 1 0 10"));
    QVERIFY(numbers(R"({"color": "gray"})").startsWith("x.npy[0]: is an array, not an image"));
    QVERIFY(numbers(R"({"mean": [1, 2, 3]})").startsWith("x.npy[0]: has 2 channels, the preprocess gives 3 numbers"));
}

void TestPreprocess::refusesWhatCannotBe_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char* json, const char* sentence) { QTest::newRow(json) << QByteArray(json) << QByteArray(sentence); };
    row("[1]", "p.json: is no JSON object");
    row("{\"mean\": }", "p.json: is no valid JSON (");
    row(R"({"maen": 1})", "p.json: has the unknown key \"maen\"; those known are resize, crop, pad, color, divide, mean, scale, std, layout");
    row(R"({"mean": "a"})", "\"mean\" has to be a number or a list of numbers");
    row(R"({"mean": []})", "\"mean\" has to be a number or a list of numbers");
    row(R"({"std": 0})", "\"divide\" and \"std\" cannot be 0");
    row(R"({"std": 1, "scale": 1})", "has both \"scale\" and \"std\"");
    row(R"({"color": "cmyk"})", "\"color\" cannot be \"cmyk\"; write one of rgb, bgr, gray, YUV_BT601_FULL_RANGE");
    row(R"({"resize": {"shorter": 2, "height": 3, "width": 3}})", "\"resize\" needs either");
    row(R"({"resize": {"height": 3}})", "\"resize\" needs either");
    row(R"({"resize": {"shorter": 99999}})", "\"shorter\" has to be a whole number from 1 to 16384");
    row(R"({"resize": 5})", "\"resize\" has to be an object in braces");
    row(R"({"crop": {"height": 2}})", "\"crop\" needs \"height\" and \"width\"");
    row(R"({"pad": {"height": 9, "width": 9, "value": 300}})", "\"value\" has to be a whole number from 0 to 255");
    row(R"({"layout": "CHWN"})", "\"layout\" cannot be \"CHWN\"; write one of NCHW, NHWC");
    row(R"({"crop": {"height": 5, "width": 2}})", "x.png: is 2x4, too small to crop 5x2 from it; resize it first");
    row(R"({"pad": {"height": 1, "width": 4}})", "x.png: is 2x4, too large to pad it to 1x4");
    row(R"({"crop": {"height": 1, "width": 1}, "color": "nv12"})", "x.png: is 1x1, NV12 needs even sides");
    row(R"({"resize": {"height": 3, "width": 3}})", "x.png: is 3x3 with 1 channel, input image takes f32[1,1,2,4]; add resize, crop or color");
    row(R"({"mean": [1, 2, 3]})", "x.png: has 1 channel, the preprocess gives 3 numbers for them");
}

void TestPreprocess::refusesWhatCannotBe()
{
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, sentence);
    const QByteArray said = prepared(counted(2, 4), json.constData(), {kFloat, {1, 1, 2, 4}});
    QVERIFY2(said.contains(sentence), said.constData());
}

QTEST_APPLESS_MAIN(TestPreprocess)
#include "tst_preprocess.moc"
