// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/image_module.h"

#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>

#ifndef BPU_IMAGES_MODULE
#define BPU_IMAGES_MODULE ""
#endif

namespace bpu::cli {
namespace {

/// Beside the program, else where it was built.
std::filesystem::path modulePath()
{
    const std::filesystem::path built(BPU_IMAGES_MODULE);
    std::error_code code;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", code);
    const std::filesystem::path beside = program.parent_path() / built.filename();
    return !code && !built.empty() && std::filesystem::exists(beside, code) ? beside : built;
}

class ModuleReader : public data::ImageReader {
public:
    Result<data::Image> read(std::span<const std::byte> file) const override
    {
        std::call_once(m_once, [this] { load(); });
        if (!m_reader)
            return Error{"image.module", {}, m_failure, ErrorKind::Machine};
        return m_reader->read(file);
    }

private:
    /// Never unloaded: Qt does not like to be.
    void load() const
    {
        const std::filesystem::path path = modulePath();
        void* module = path.empty() ? nullptr : ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        void* symbol = module ? ::dlsym(module, "bpuImageReader") : nullptr;
        if (symbol)
            m_reader = reinterpret_cast<const data::ImageReader* (*)()>(symbol)();
        else
            m_failure = fmt::format("images cannot be read: {}; build the program again with BPU_GUI on, or convert the images to .npy",
                                    path.empty() ? "this program was built without decoders" : ::dlerror());
    }

    mutable std::once_flag m_once;
    mutable const data::ImageReader* m_reader = nullptr;
    mutable std::string m_failure;
};

} // namespace

std::shared_ptr<const data::ImageReader> loadImageReader()
{
    return std::make_shared<ModuleReader>();
}

} // namespace bpu::cli
