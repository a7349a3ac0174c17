// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/recognize.h"

#include <algorithm>
#include <string_view>

namespace bpu::importer {
namespace {

std::string_view view(const Bytes& file, size_t offset, size_t size)
{
    offset = std::min(offset, file.size());
    return {reinterpret_cast<const char*>(file.span().data()) + offset, std::min(size, file.size() - offset)};
}

/// A zip names its members in the directory at its end.
FileKind zipKind(const Bytes& file)
{
    constexpr size_t kTail = 4 << 20;
    const std::string_view tail = view(file, file.size() > kTail ? file.size() - kTail : 0, kTail);
    const std::string_view head = view(file, 0, 4096);
    const auto has = [&](std::string_view name) { return tail.find(name) != std::string_view::npos || head.find(name) != std::string_view::npos; };
    if (has("graph.json"))
        return FileKind::Bpuir;
    if (has("/code/"))
        return FileKind::TorchScript;
    return has("data.pkl") ? FileKind::TorchPickle : FileKind::OtherZip;
}

bool isPrintable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t';
    });
}

bool startsWithTag(std::string_view text)
{
    const size_t first = text.find_first_not_of(" \r\n\t");
    if (first == std::string_view::npos)
        return false;
    std::string head(text.substr(first, 16));
    std::ranges::transform(head, head.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<?xml") || head.starts_with("<head");
}

} // namespace

FileKind recognize(const Bytes& file)
{
    const std::string_view head = view(file, 0, 1024);
    if (head.empty())
        return FileKind::Empty;
    if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"))
        return zipKind(file);
    if (head.starts_with("version https://git-lfs.github.com/"))
        return FileKind::LfsPointer;
    if (head.starts_with("\x89HDF\r\n"))
        return FileKind::Hdf5;
    if (head.size() > 8 && head.substr(4, 4) == "TFL3")
        return FileKind::TfLite;
    if (head.starts_with("BPUHBM"))
        return FileKind::Hbm;
    if (head.starts_with("\x80\x02") && head.find('.') != std::string_view::npos)
        return FileKind::Pickle;
    if (startsWithTag(head))
        return FileKind::Html;
    if (isPrintable(head) && (head.size() > 3 || file.size() == head.size()))
        return head.find("ir_version:") != std::string_view::npos ? FileKind::OnnxText : FileKind::Text;
    return FileKind::Onnx;
}

std::optional<std::string> whyNotReadable(FileKind kind)
{
    switch (kind) {
    case FileKind::Onnx:
    case FileKind::TorchScript:
    case FileKind::Bpuir: return std::nullopt;
    case FileKind::Empty: return "is empty; export or copy the model again";
    case FileKind::TorchPickle:
        return "is a PyTorch checkpoint (weights without the network); load it in PyTorch and call torch.onnx.export";
    case FileKind::Pickle: return "is a Python pickle, which is never executed here; load it in PyTorch and call torch.onnx.export";
    case FileKind::Hbm: return "is a compiled model, which holds no network any more; open the model it was compiled from";
    case FileKind::OtherZip: return "is a zip archive; unpack it and open the model inside";
    case FileKind::LfsPointer: return "is a Git LFS pointer, not the model itself; fetch it with git lfs pull";
    case FileKind::Html: return "is a web page, not a model; download the file itself (its raw form)";
    case FileKind::Hdf5: return "is an HDF5 file (Keras); convert it to ONNX with tf2onnx";
    case FileKind::TfLite: return "is a TensorFlow Lite model; convert it to ONNX with tf2onnx";
    case FileKind::OnnxText: return "is an ONNX model in text form; save it in the binary form";
    case FileKind::Text: return "is a text file, not a model; choose an ONNX, TorchScript or .bpuir file";
    }
    return std::nullopt;
}

} // namespace bpu::importer
