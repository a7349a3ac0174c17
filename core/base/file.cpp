// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"

#include "core/base/assert.h"
#include "core/base/atomic_file.h"
#include "core/base/descriptor.h"
#include "core/base/large_pages.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <new>
#include <sys/stat.h>

namespace bpu {
namespace {

Error readError(const std::filesystem::path& path, int code)
{
    if (code == ENOENT || code == ENOTDIR)
        return {"file.missing", path.string(), "there is no such file; check the path"};
    if (code == EACCES || code == EPERM)
        return {"file.permission", path.string(), "no permission to read it; change its access rights (chmod +r)"};
    return {"file.read", path.string(), fmt::format("cannot be read ({}); copy the file again", std::strerror(code))};
}

} // namespace

Bytes Bytes::copyOf(std::span<const std::byte> source)
{
    auto data = std::make_shared_for_overwrite<std::byte[]>(source.size());
    std::ranges::copy(source, data.get());
    return {std::move(data), source.size()};
}

struct Bytes::Deferred {
    std::once_flag once;
    std::function<void(std::span<std::byte>)> fill;
    std::shared_ptr<std::byte[]> data;
    std::atomic<const std::byte*> ready = nullptr; ///< spares readers of single elements the once_flag
};

Bytes Bytes::deferred(size_t size, std::function<void(std::span<std::byte>)> fill)
{
    Bytes bytes;
    bytes.m_deferred = std::make_shared<Deferred>();
    bytes.m_deferred->fill = std::move(fill);
    bytes.m_size = size;
    return bytes;
}

const std::byte* Bytes::filled() const
{
    Deferred& deferred = *m_deferred;
    if (const std::byte* ready = deferred.ready.load(std::memory_order_acquire))
        return ready;
    std::call_once(deferred.once, [&] {
        auto data = std::make_shared_for_overwrite<std::byte[]>(m_size);
        preferLargePages(data.get(), m_size);
        deferred.fill({data.get(), m_size});
        deferred.fill = nullptr; // lets go of what it was made from
        deferred.data = std::move(data);
        deferred.ready.store(deferred.data.get(), std::memory_order_release);
    });
    return deferred.ready.load(std::memory_order_acquire);
}

Bytes Bytes::slice(size_t offset, size_t size) const
{
    BPU_ASSERT(offset <= m_size && size <= m_size - offset);
    if (m_deferred)
        return {std::shared_ptr<const std::byte[]>(m_deferred, filled() + offset), size};
    return {std::shared_ptr<const std::byte[]>(m_data, m_data.get() + offset), size};
}

Result<std::shared_ptr<std::byte[]>> allocate(size_t size, const std::filesystem::path& path)
{
    try {
        auto memory = std::make_shared_for_overwrite<std::byte[]>(size);
        preferLargePages(memory.get(), size);
        return memory;
    } catch (const std::bad_alloc&) {
        return Error{"file.memory", path.string(), fmt::format("needs {} bytes of memory, more than is free; close other programs", size),
                     ErrorKind::Machine};
    }
}

Result<Bytes> readFile(const std::filesystem::path& path)
{
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // a pipe that nobody writes to must not hang
    if (!file.isOpen())
        return readError(path, errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return readError(path, errno);
    if (S_ISDIR(status.st_mode))
        return Error{"file.directory", path.string(), "is a folder; name a file inside it"};
    if (!S_ISREG(status.st_mode))
        return Error{"file.read", path.string(), "is a pipe or a device, not a file; save the model to a file first"};
    const auto size = static_cast<size_t>(status.st_size);
    BPU_TRY(data, allocate(size, path));
    size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(file.get(), data.get() + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return readError(path, errno);
        if (got == 0)
            break; // the file became shorter while being read: the reader of the format reports it
        done += static_cast<size_t>(got);
    }
    return Bytes{std::move(data), done};
}

Result<void> writeFile(const std::filesystem::path& path, std::span<const std::byte> data)
{
    BPU_TRY(file, AtomicFile::create(path));
    file.write(data);
    return file.commit();
}

Result<void> writeFile(const std::filesystem::path& path, std::string_view text)
{
    return writeFile(path, std::as_bytes(std::span(text.data(), text.size())));
}

} // namespace bpu
