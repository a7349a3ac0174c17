// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/images/image_reader.h"

#include <QBuffer>
#include <QImageReader>
#include <QLoggingCategory>
#include <QtEndian>
#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <zlib.h>

namespace bpu::app {
namespace {

/// What is wrong with the pieces of a PNG file; empty for a sound one and for what is no PNG. libpng writes to stderr by itself
/// when it meets damage, so it does not get to see the usual kinds. Source: ISO/IEC 15948, section 5.
std::string_view pngFault(std::span<const std::byte> file)
{
    constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
    constexpr size_t kFrame = 12; // length, type and checksum of a piece
    const auto* bytes = reinterpret_cast<const uint8_t*>(file.data());
    if (file.size() < kSignature.size() || std::memcmp(bytes, kSignature.data(), kSignature.size()) != 0)
        return {};
    const auto number = [&](size_t at) { return qFromBigEndian<quint32>(bytes + at); };
    for (size_t at = kSignature.size(); at + kFrame <= file.size();) {
        const size_t length = number(at);
        if (length > file.size() - at - kFrame)
            break;
        if (crc32(0, bytes + at + 4, static_cast<uInt>(length + 4)) != number(at + 8 + length))
            return "a checksum is wrong";
        if (std::memcmp(bytes + at + 4, "IEND", 4) == 0)
            return {};
        at += kFrame + length;
    }
    return "it is cut off";
}

constexpr int kMegabytes = 1024; // of four bytes each pixel

class QtImageReader : public data::ImageReader {
public:
    Result<data::Image> read(std::span<const std::byte> file) const override
    {
        if (const std::string_view fault = pngFault(file); !fault.empty())
            return Error{"image.read", {}, fmt::format("is a damaged PNG ({}); replace it or take it out", fault)};
        QByteArray bytes = QByteArray::fromRawData(reinterpret_cast<const char*>(file.data()), static_cast<qsizetype>(file.size()));
        QBuffer buffer(&bytes);
        QImageReader reader(&buffer);
        reader.setAutoTransform(false);
        reader.setDecideFormatFromContent(true);
        const QImage decoded = reader.read();
        if (decoded.isNull())
            return Error{"image.read", {}, fmt::format("is no image that can be read ({}); replace it or take it out", reader.errorString().toStdString())};
        return pixelsOf(decoded);
    }

private:
    static data::Image pixelsOf(const QImage& decoded)
    {
        const bool isPalette = decoded.format() == QImage::Format_Indexed8 || decoded.format() == QImage::Format_Mono || decoded.format() == QImage::Format_MonoLSB;
        const bool isGray = decoded.format() == QImage::Format_Grayscale8 || decoded.format() == QImage::Format_Grayscale16 || (isPalette && decoded.allGray());
        const QImage image = decoded.convertToFormat(isGray ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
        data::Image result{image.height(), image.width(), isGray ? 1 : 3, {}};
        const auto line = static_cast<size_t>(result.width * result.channels);
        result.pixels.resize(line * static_cast<size_t>(result.height));
        for (int y = 0; y < image.height(); ++y) // Qt pads its lines
            std::copy_n(image.constScanLine(y), line, result.pixels.data() + static_cast<size_t>(y) * line);
        return result;
    }
};

} // namespace

std::shared_ptr<const data::ImageReader> qtImageReader()
{
    QImageReader::setAllocationLimit(kMegabytes);
    return std::make_shared<QtImageReader>();
}

} // namespace bpu::app

/// What a program that loads this as a module asks for; valid as long as the module.
extern "C" Q_DECL_EXPORT const bpu::data::ImageReader* bpuImageReader()
{
    static const std::shared_ptr<const bpu::data::ImageReader> reader = bpu::app::qtImageReader();
    QLoggingCategory::setFilterRules(QStringLiteral("qt.gui.imageio*=false")); // libpng's own words would stand beside ours
    return reader.get();
}
