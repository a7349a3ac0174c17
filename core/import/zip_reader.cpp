// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/zip_reader.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <zip.h>

namespace bpu::importer {
namespace {

using ZipFile = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

/// The file as libzip reads it: bytes in memory. libzip does not tell where an entry's data lies; it is
/// where the first read after opening the entry goes to.
struct Source {
    Bytes file;
    uint64_t position = 0;
    uint64_t readFrom = 0; ///< of the last read
    zip_error_t error;
};

template <typename Unsigned>
Unsigned littleEndian(std::span<const std::byte> bytes, size_t offset)
{
    Unsigned value;
    std::memcpy(&value, bytes.data() + offset, sizeof(value)); // little-endian hosts only, as everywhere in core
    return value;
}

zip_int64_t sourceStatus(const Source& source, void* data)
{
    zip_stat_t& status = *static_cast<zip_stat_t*>(data);
    zip_stat_init(&status);
    status.size = source.file.size();
    status.valid = ZIP_STAT_SIZE;
    return sizeof(status);
}

zip_int64_t onSource(void* state, void* data, zip_uint64_t size, zip_source_cmd_t command)
{
    Source& source = *static_cast<Source*>(state);
    switch (command) {
    case ZIP_SOURCE_OPEN: source.position = 0; return 0;
    case ZIP_SOURCE_READ: {
        const uint64_t count = std::min<uint64_t>(size, source.file.size() - source.position);
        if (count != 0)
            std::memcpy(data, source.file.span().data() + source.position, count);
        source.readFrom = source.position;
        source.position += count;
        return static_cast<zip_int64_t>(count);
    }
    case ZIP_SOURCE_SEEK: {
        const zip_int64_t target = zip_source_seek_compute_offset(source.position, source.file.size(), data, size, &source.error);
        if (target < 0)
            return -1;
        source.position = static_cast<uint64_t>(target);
        return 0;
    }
    case ZIP_SOURCE_TELL: return static_cast<zip_int64_t>(source.position);
    case ZIP_SOURCE_STAT: return sourceStatus(source, data);
    case ZIP_SOURCE_ERROR: return zip_error_to_data(&source.error, data, size);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE: return 0;
    case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_SEEKABLE;
    default: zip_error_set(&source.error, ZIP_ER_OPNOTSUPP, 0); return -1;
    }
}

/// What the end of the file says of the number of entries, before libzip takes memory for them.
std::optional<uint64_t> claimedEntries(std::span<const std::byte> file)
{
    constexpr size_t kEnd = 22;
    constexpr size_t kLocator = 20;
    constexpr size_t kZip64End = 56;
    for (size_t back = kEnd; back <= std::min<size_t>(file.size(), 0xffff + kEnd); ++back) {
        const size_t end = file.size() - back;
        if (littleEndian<uint32_t>(file, end) != 0x06054b50)
            continue;
        if (end < kLocator || littleEndian<uint32_t>(file, end - kLocator) != 0x07064b50)
            return littleEndian<uint16_t>(file, end + 10);
        const auto zip64 = littleEndian<uint64_t>(file, end - kLocator + 8);
        if (zip64 > file.size() || file.size() - zip64 < kZip64End)
            return std::nullopt;
        return std::max<uint64_t>(littleEndian<uint64_t>(file, zip64 + 32), littleEndian<uint16_t>(file, end + 10));
    }
    return std::nullopt;
}

/// "a/../b", "/a", "C:\a" and the like: harmless here, where nothing is unpacked to disk, and a sign of malice.
bool leadsOut(std::string_view name)
{
    if (name.starts_with('/') || name.find('\\') != std::string_view::npos || (name.size() > 1 && name[1] == ':'))
        return true;
    for (size_t start = 0; start <= name.size();) {
        const size_t end = std::min(name.find('/', start), name.size());
        if (name.substr(start, end - start) == "..")
            return true;
        start = end + 1;
    }
    return false;
}

/// Names come from the file: cut, and without control characters.
std::string shown(std::string_view name)
{
    std::string text(name.substr(0, 80));
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f; }, '?');
    return text;
}

} // namespace

struct ZipReader::Handle {
    Source source;
    zip_t* archive = nullptr;

    Handle() { zip_error_init(&source.error); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle()
    {
        if (archive)
            zip_discard(archive);
        zip_error_fini(&source.error);
    }
};

ZipReader::ZipReader(std::unique_ptr<Handle> handle, Bytes file, ZipErrors errors)
    : m_handle(std::move(handle)), m_file(std::move(file)), m_errors(std::move(errors))
{
}
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

Result<ZipReader> ZipReader::open(Bytes file, ZipErrors errors)
{
    ZipReader reader(std::make_unique<Handle>(), std::move(file), std::move(errors));
    Handle& handle = *reader.m_handle;
    const auto entries = claimedEntries(reader.m_file.span());
    if (!entries)
        return reader.error("is no complete zip file: the directory at its end is missing or damaged");
    if (*entries > kMaxEntries)
        return reader.error(fmt::format("claims to hold {} entries, more than the {} that are allowed", *entries, kMaxEntries));
    handle.source.file = reader.m_file;
    zip_error_t failed;
    zip_error_init(&failed);
    zip_source_t* source = zip_source_function_create(onSource, &handle.source, &failed);
    handle.archive = source ? zip_open_from_source(source, ZIP_RDONLY, &failed) : nullptr;
    zip_error_fini(&failed);
    if (!handle.archive) {
        zip_source_free(source);
        return reader.error("is no complete zip file: the directory at its end is missing or damaged");
    }
    BPU_CHECK(reader.readDirectory());
    return reader;
}

Result<void> ZipReader::readDirectory()
{
    const auto count = static_cast<uint64_t>(zip_get_num_entries(m_handle->archive, 0));
    m_entries.reserve(std::min(count, kMaxEntries));
    for (uint64_t index = 0; index < count; ++index)
        BPU_CHECK(addEntry(index));
    for (size_t i = 0; i < m_entries.size(); ++i)
        if (!m_byName.emplace(m_entries[i].name, i).second)
            return error(fmt::format("holds two entries named '{}'", shown(m_entries[i].name)));
    return {};
}

Result<void> ZipReader::addEntry(uint64_t index)
{
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr auto kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (m_entries.size() >= kMaxEntries || zip_stat_index(m_handle->archive, index, ZIP_FL_ENC_RAW, &status) != 0 || (status.valid & kNeeded) != kNeeded)
        return error("has a damaged directory");
    const std::string_view name(status.name);
    if (leadsOut(name))
        return error(fmt::format("holds an entry named '{}', which leads out of its folder: the file was made to do harm", shown(name)));
    if (name.ends_with('/') && status.size == 0)
        return {};
    if (status.encryption_method != ZIP_EM_NONE)
        return error(fmt::format("holds the encrypted entry '{}', and no model needs one", shown(name)));
    const bool isStored = status.comp_method == ZIP_CM_STORE;
    if (!isStored && status.comp_method != ZIP_CM_DEFLATE)
        return error(fmt::format("packs '{}' with method {}, which no exporter of models uses", shown(name), status.comp_method));
    constexpr uint64_t kBestDeflate = 1032; // no deflated byte gives more
    if (status.comp_size > m_file.size() || (isStored ? status.size != status.comp_size : status.size / kBestDeflate > status.comp_size))
        return error(fmt::format("claims {} bytes for '{}', more than the {} bytes in the file can hold", status.size, shown(name), status.comp_size));
    m_entries.push_back({std::string(name), status.size, status.comp_size, index, isStored});
    return {};
}

const ZipEntry* ZipReader::find(std::string_view name) const
{
    const auto found = m_byName.find(name);
    return found == m_byName.end() ? nullptr : &m_entries[found->second];
}

Result<Bytes> ZipReader::read(const ZipEntry& entry, bool verify)
{
    if (!entry.isStored)
        return unpack(entry);
    if (verify) {
        std::vector<std::byte> part(std::min<uint64_t>(entry.size, 1U << 16U));
        BPU_CHECK(readThrough(entry, part));
    }
    return slice(entry);
}

Result<Bytes> ZipReader::slice(const ZipEntry& entry)
{
    if (entry.size == 0)
        return Bytes();
    const ZipFile file(zip_fopen_index(m_handle->archive, entry.index, ZIP_FL_COMPRESSED), zip_fclose);
    std::byte first;
    if (!file || zip_fread(file.get(), &first, 1) != 1)
        return error(fmt::format("'{}' is damaged or cut off", shown(entry.name)));
    const uint64_t offset = m_handle->source.readFrom;
    if (offset > m_file.size() || entry.size > m_file.size() - offset)
        return error(fmt::format("'{}' is cut off: its {} bytes reach beyond the end of the file", shown(entry.name), entry.size));
    return m_file.slice(offset, entry.size);
}

Result<Bytes> ZipReader::unpack(const ZipEntry& entry)
{
    const uint64_t allowed = kMaxInflated + 8 * static_cast<uint64_t>(m_file.size());
    m_inflated += entry.size;
    if (m_inflated > allowed)
        return error(fmt::format("unpacks to {} bytes and more, of which at most {} are allowed for a file of {}", m_inflated, allowed, m_file.size()));
    BPU_TRY(data, allocate(entry.size, m_errors.where));
    BPU_CHECK(readThrough(entry, {data.get(), entry.size}));
    return Bytes{std::move(data), entry.size};
}

Result<void> ZipReader::readThrough(const ZipEntry& entry, std::span<std::byte> target)
{
    const ZipFile file(zip_fopen_index(m_handle->archive, entry.index, 0), zip_fclose);
    if (!file)
        return error(fmt::format("'{}' cannot be unpacked ({})", shown(entry.name), zip_strerror(m_handle->archive)));
    const bool keep = target.size() == entry.size;
    for (uint64_t done = 0; done < entry.size;) {
        std::byte* to = target.data() + (keep ? done : 0);
        const zip_int64_t got = zip_fread(file.get(), to, std::min<uint64_t>(entry.size - done, target.size()));
        if (got <= 0)
            return error(fmt::format("'{}' is damaged or cut off: {} of {} bytes could be unpacked", shown(entry.name), done, entry.size));
        done += static_cast<uint64_t>(got);
    }
    std::byte beyond;
    const zip_int64_t more = zip_fread(file.get(), &beyond, 1); // the read at the end is what compares the checksum
    if (more > 0)
        return error(fmt::format("'{}' unpacks to more than the {} bytes that the directory declares", shown(entry.name), entry.size));
    if (more < 0)
        return error(fmt::format("'{}' does not match its checksum", shown(entry.name)));
    return {};
}

} // namespace bpu::importer
