// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a file really is, whatever its name says.
#pragma once

#include "core/base/file.h"

#include <optional>
#include <string>

namespace bpu::importer {

enum class FileKind : uint8_t {
    Empty,
    Onnx,        ///< nothing speaks against it; its reader has the last word
    Bpuir,       ///< our own zip
    TorchScript, ///< a zip with code/
    TorchPickle, ///< a zip without code/: a state_dict or a pickled module
    Hbm,         ///< a compiled model
    OtherZip,
    LfsPointer,  ///< the stand-in that git leaves where the file was not fetched
    Html,        ///< a web page saved under a model's name
    Hdf5,        ///< Keras
    TfLite,
    OnnxText,    ///< the protobuf text form
    Text,
    Pickle,      ///< what torch.save wrote before 1.6
};

FileKind recognize(const Bytes& file);

/// What it is and what to do, without the file's name; nothing for a kind that is readable.
std::optional<std::string> whyNotReadable(FileKind kind);

} // namespace bpu::importer
