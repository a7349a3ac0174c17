// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/atomic_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace bpu {
namespace {

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

} // namespace

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path)
{
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return Error{"file.directory", path.string(), "is a folder; name a file inside it"};
    // A device or a pipe (/dev/stdout) has no "beside", cannot go back and must not be replaced by a file.
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
        AtomicFile file(path, Descriptor(::memfd_create("bpu", MFD_CLOEXEC)));
        if (!file.m_file.isOpen())
            return writeError(path, errno);
        return file;
    }
    // A link is followed, so that the file it names is replaced and not the link itself.
    std::error_code failed;
    std::filesystem::path target = std::filesystem::weakly_canonical(path, failed);
    if (failed)
        target = path;
    std::string temporary = target.string() + ".XXXXXX";
    AtomicFile file(path, Descriptor(::mkostemp(temporary.data(), O_CLOEXEC)));
    if (!file.m_file.isOpen())
        return writeError(path, errno);
    file.m_temporary = std::move(temporary);
    file.m_target = target.string();
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(file.m_file.get(), 0666 & ~mask);
    return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_file(std::move(other.m_file)), m_temporary(std::exchange(other.m_temporary, {})),
      m_target(std::move(other.m_target)), m_errno(other.m_errno)
{
}

AtomicFile::~AtomicFile()
{
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

bool AtomicFile::write(std::span<const std::byte> data)
{
    if (m_errno == 0)
        m_errno = writeAll(m_file.get(), data);
    return m_errno == 0;
}

bool AtomicFile::seek(int64_t position)
{
    if (m_errno == 0 && ::lseek(m_file.get(), position, SEEK_SET) < 0)
        m_errno = errno;
    return m_errno == 0;
}

int64_t AtomicFile::position() const
{
    return ::lseek(m_file.get(), 0, SEEK_CUR);
}

/// 0 or what the system said.
int AtomicFile::copyToDevice()
{
    Descriptor device(::open(m_path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!device.isOpen() || ::lseek(m_file.get(), 0, SEEK_SET) < 0)
        return errno;
    std::array<std::byte, 1 << 16> part;
    for (;;) {
        const ssize_t got = ::read(m_file.get(), part.data(), part.size());
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        if (const int code = writeAll(device.get(), std::span(part).first(static_cast<size_t>(got))); code != 0)
            return code;
    }
    return device.close() == 0 ? 0 : errno;
}

Result<void> AtomicFile::commit()
{
    if (m_errno == 0 && m_temporary.empty())
        m_errno = copyToDevice();
    if (m_errno == 0 && ::fsync(m_file.get()) != 0 && errno != EINVAL)
        m_errno = errno;
    if (m_file.close() != 0 && m_errno == 0)
        m_errno = errno;
    if (m_errno == 0 && !m_temporary.empty() && ::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        m_errno = errno;
    if (m_errno != 0)
        return writeError(m_path, m_errno);
    m_temporary.clear();
    return {};
}

} // namespace bpu
