// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"

#include "core/base/assert.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <new>
#include <sys/stat.h>
#include <unistd.h>

namespace bpu {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }
    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    /// Some file systems report a full disk only here.
    int close()
    {
        const int result = m_fd >= 0 ? ::close(m_fd) : 0;
        m_fd = -1;
        return result;
    }

private:
    int m_fd;
};

Error readError(const std::filesystem::path& path, int code)
{
    if (code == ENOENT || code == ENOTDIR)
        return {"file.missing", path.string(), "there is no such file; check the path"};
    if (code == EACCES || code == EPERM)
        return {"file.permission", path.string(), "no permission to read it; change its access rights (chmod +r)"};
    return {"file.read", path.string(), fmt::format("cannot be read ({}); copy the file again", std::strerror(code))};
}

Error writeError(const std::filesystem::path& path, int code)
{
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        return {"file.disk-full", path.string(), "disk full while writing; nothing was changed, free some space and write again",
                ErrorKind::Machine};
    if (code == EACCES || code == EPERM || code == EROFS)
        return {"file.permission", path.string(), "no permission to write there; choose another folder"};
    if (code == ENOENT || code == ENOTDIR)
        return {"file.missing", path.string(), "its folder does not exist; create it or choose another one"};
    return {"file.write", path.string(), fmt::format("cannot be written ({}); choose another folder", std::strerror(code)),
            ErrorKind::Machine};
}

int writeAll(int fd, std::span<const std::byte> data)
{
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        data = data.subspan(static_cast<size_t>(written));
    }
    return 0;
}

Result<void> writeDirectly(const std::filesystem::path& path, std::span<const std::byte> data)
{
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.isOpen())
        return writeError(path, errno);
    int code = writeAll(file.get(), data);
    if (file.close() != 0 && code == 0)
        code = errno;
    if (code != 0)
        return writeError(path, code);
    return {};
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
        return std::make_shared_for_overwrite<std::byte[]>(size);
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
    if (std::error_code ignored; std::filesystem::is_directory(path, ignored))
        return Error{"file.directory", path.string(), "is a folder; name a file inside it"};
    // A device or a pipe (/dev/stdout) has no "beside" and must not be replaced by a file.
    if (std::error_code ignored; std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
        return writeDirectly(path, data);
    // A link is followed, so that the file it names is replaced and not the link itself.
    std::error_code failed;
    std::filesystem::path target = std::filesystem::weakly_canonical(path, failed);
    if (failed)
        target = path;
    std::string temporary = target.string() + ".XXXXXX";
    Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.isOpen())
        return writeError(path, errno);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(file.get(), 0666 & ~mask);
    int code = writeAll(file.get(), data);
    if (code == 0 && ::fsync(file.get()) != 0 && errno != EINVAL)
        code = errno;
    if (file.close() != 0 && code == 0)
        code = errno;
    if (code == 0 && ::rename(temporary.c_str(), target.c_str()) != 0)
        code = errno;
    if (code != 0) {
        ::unlink(temporary.c_str());
        return writeError(path, code);
    }
    return {};
}

Result<void> writeFile(const std::filesystem::path& path, std::string_view text)
{
    return writeFile(path, std::as_bytes(std::span(text.data(), text.size())));
}

} // namespace bpu
