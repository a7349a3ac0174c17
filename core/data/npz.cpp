// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/npz.h"

#include "core/import/zip_reader.h"
#include "core/data/npy.h"

namespace bpu::data {

Result<std::vector<NamedTensor>> readNpz(const std::filesystem::path& path)
{
    constexpr std::string_view kEnding = ".npy";
    BPU_TRY(file, readFile(path));
    BPU_TRY(zip, importer::ZipReader::open(file, {.code = "npz.zip", .where = path.string(), .advice = "save the arrays again with numpy.savez"}));
    std::vector<NamedTensor> arrays;
    for (const importer::ZipEntry& entry : zip.entries()) {
        if (!entry.name.ends_with(kEnding))
            continue;
        BPU_TRY(bytes, zip.read(entry, true));
        BPU_TRY(tensor, parseNpy(bytes, path.string() + "/" + entry.name));
        arrays.push_back({entry.name.substr(0, entry.name.size() - kEnding.size()), std::move(tensor)});
    }
    if (arrays.empty())
        return Error{"npz.empty", path.string(), "holds no arrays; save some with numpy.savez"};
    return arrays;
}

} // namespace bpu::data
