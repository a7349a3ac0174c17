// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// code/X.py.debug_pkl: which line of the author's Python each part of code/X.py was made from.
#pragma once

#include "core/import/torchscript/pickle.h"

namespace bpu::importer::torchscript {

/// file      as PyTorch saw it when the model was exported; empty when it did not know
/// line      1-based, in `file`
/// column    0-based, bytes
/// function  source text from the function's first line on, as far as the file keeps it
/// written   the part of `function` that stands at this place: "self.conv(x)"
struct SourcePlace {
    std::string_view file;
    int64_t line = 0;
    int64_t column = 0;
    std::string_view function;
    std::string_view written;
};

/// The views it hands out live as long as the table.
class DebugTable {
public:
    DebugTable() = default; ///< knows nothing
    /// Both layouts: whole texts (PyTorch 1.2 to 1.11) and a table of lines. Errors: those of Pickle::read,
    /// "torchscript.debug" for a pickle that is no such table. `where` as in Pickle::read.
    static Result<DebugTable> read(Bytes bytes, const std::string& where);

    /// `codeOffset` counts bytes in code/X.py. Nothing in front of the first entry or where nothing is known.
    std::optional<SourcePlace> at(size_t codeOffset) const;
    size_t size() const { return m_entries.size(); }

private:
    friend class DebugReader;
    struct Source {
        std::string text;
        std::string file;
        int64_t firstLine = 0; ///< where the text starts in the file
        std::vector<size_t> lineStarts;
    };
    struct Entry {
        size_t codeOffset = 0;
        uint32_t source = 0;
        size_t begin = 0;
        size_t end = 0;
    };
    std::deque<Source> m_sources;
    std::vector<Entry> m_entries; ///< by codeOffset
};

} // namespace bpu::importer::torchscript
