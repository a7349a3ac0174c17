// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// libzip reads the weights from one source and writes the archive into another; both are callbacks here,
// the first makes one tensor at a time, the second is a file that is renamed when it is whole.
#include "core/export/bpuir_pack.h"

#include "core/base/atomic_file.h"
#include "core/ir/bpuir_format.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <zip.h>

namespace bpu::exporter {
namespace {

/// What libzip reads weights.bin from. It asks for the bytes from the first to the last, once.
class WeightsReader {
public:
    explicit WeightsReader(const BpuirWeights& weights) : m_weights(weights) {}

    static zip_int64_t call(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command)
    {
        return static_cast<WeightsReader*>(self)->answer(data, size, command);
    }

private:
    zip_int64_t answer(void* data, zip_uint64_t size, zip_source_cmd_t command)
    {
        switch (command) {
        case ZIP_SOURCE_OPEN: m_at = 0; m_part = 0; return 0;
        case ZIP_SOURCE_READ: return read({static_cast<std::byte*>(data), size});
        case ZIP_SOURCE_CLOSE: m_held = {}; return 0;
        case ZIP_SOURCE_STAT: return stat(static_cast<zip_stat_t*>(data));
        case ZIP_SOURCE_ERROR: return zip_error_to_data(&m_error, data, size);
        case ZIP_SOURCE_FREE: return 0;
        case ZIP_SOURCE_SUPPORTS:
            return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
        default: zip_error_set(&m_error, ZIP_ER_OPNOTSUPP, 0); return -1;
        }
    }

    zip_int64_t stat(zip_stat_t* status) const
    {
        zip_stat_init(status);
        status->size = m_weights.size();
        status->valid |= ZIP_STAT_SIZE;
        return sizeof *status;
    }

    zip_int64_t read(std::span<std::byte> into)
    {
        const uint64_t count = std::min<uint64_t>(into.size(), m_weights.size() - m_at);
        for (uint64_t done = 0; done < count;)
            done += readSome(into.subspan(done, count - done));
        return static_cast<zip_int64_t>(count);
    }

    /// From the current tensor or from the gap before it.
    uint64_t readSome(std::span<std::byte> into)
    {
        const BpuirWeights::Part& part = m_weights.parts()[m_part];
        uint64_t count = 0;
        if (m_at < part.offset) {
            count = std::min<uint64_t>(into.size(), part.offset - m_at);
            std::memset(into.data(), 0, count);
        } else {
            if (m_at == part.offset)
                m_held = part.bytes;
            const uint64_t from = m_at - part.offset;
            count = std::min<uint64_t>(into.size(), m_held.size() - from);
            std::memcpy(into.data(), m_held.span().data() + from, count);
            if (from + count == m_held.size())
                ++m_part;
        }
        m_at += count;
        return count;
    }

    const BpuirWeights& m_weights;
    uint64_t m_at = 0;
    size_t m_part = 0; ///< the first that is not read to its end
    Bytes m_held;
    zip_error_t m_error{};
};

/// What libzip writes the archive to. For it this is a new, empty archive.
class FileTarget {
public:
    explicit FileTarget(AtomicFile& file) : m_file(file) {}

    static zip_int64_t call(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command)
    {
        return static_cast<FileTarget*>(self)->answer(data, size, command);
    }

private:
    zip_int64_t answer(void* data, zip_uint64_t size, zip_source_cmd_t command)
    {
        switch (command) {
        case ZIP_SOURCE_WRITE: return m_file.write({static_cast<const std::byte*>(data), size}) ? static_cast<zip_int64_t>(size) : failed();
        case ZIP_SOURCE_SEEK_WRITE: return seek(data, size);
        case ZIP_SOURCE_TELL_WRITE: return m_file.position();
        case ZIP_SOURCE_STAT: {
            auto* status = static_cast<zip_stat_t*>(data);
            zip_stat_init(status);
            status->valid |= ZIP_STAT_SIZE;
            return sizeof *status;
        }
        case ZIP_SOURCE_ERROR: return zip_error_to_data(&m_error, data, size);
        case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_WRITABLE;
        case ZIP_SOURCE_OPEN:
        case ZIP_SOURCE_READ:
        case ZIP_SOURCE_CLOSE:
        case ZIP_SOURCE_FREE:
        case ZIP_SOURCE_SEEK:
        case ZIP_SOURCE_TELL:
        case ZIP_SOURCE_BEGIN_WRITE:
        case ZIP_SOURCE_COMMIT_WRITE: // the caller does, when libzip is through
        case ZIP_SOURCE_ROLLBACK_WRITE:
        case ZIP_SOURCE_REMOVE: return 0;
        default: zip_error_set(&m_error, ZIP_ER_OPNOTSUPP, 0); return -1;
        }
    }

    zip_int64_t seek(void* data, zip_uint64_t size)
    {
        const auto* to = ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, size, &m_error);
        if (!to)
            return -1;
        // libzip itself goes from the start only.
        const int64_t base = to->whence == SEEK_CUR ? m_file.position() : 0;
        return to->whence != SEEK_END && m_file.seek(base + to->offset) ? 0 : failed();
    }

    zip_int64_t failed()
    {
        zip_error_set(&m_error, ZIP_ER_WRITE, 0);
        return -1;
    }

    AtomicFile& m_file;
    zip_error_t m_error{};
};

Error zipError(const std::filesystem::path& path, zip_error_t* error)
{
    return {"bpuir.write", path.string(), fmt::format("cannot be packed ({}); free some memory and save again", zip_error_strerror(error)),
            ErrorKind::Machine};
}

/// Adds one entry with a fixed time stamp, so that equal graphs give equal files.
bool addEntry(zip_t* archive, const char* entry, zip_source_t* source, int32_t compression)
{
    const zip_int64_t index = source ? zip_file_add(archive, entry, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    const auto place = static_cast<zip_uint64_t>(index);
    constexpr zip_uint16_t kFirstDosDate = (0 << 9) | (1 << 5) | 1; // 1980-01-01
    return zip_set_file_compression(archive, place, compression, 0) == 0 && zip_file_set_dostime(archive, place, 0, kFirstDosDate, 0) == 0;
}

} // namespace

uint64_t BpuirWeights::place(const Bytes& bytes)
{
    if (bytes.size() == 0)
        return 0;
    const uint64_t aligned = (m_size + ir::bpuir::kAlignment - 1) / ir::bpuir::kAlignment * ir::bpuir::kAlignment;
    const auto [found, isNew] = m_offsets.try_emplace({bytes.span().data(), bytes.size()}, aligned);
    if (isNew) {
        m_parts.push_back({aligned, bytes});
        m_size = aligned + bytes.size();
    }
    return found->second;
}

Result<void> packBpuir(const std::string& document, const BpuirWeights& weights, const std::filesystem::path& path)
{
    BPU_TRY(file, AtomicFile::create(path));
    FileTarget target(file);
    WeightsReader reader(weights);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* sink = zip_source_function_create(FileTarget::call, &target, &error);
    zip_t* archive = sink ? zip_open_from_source(sink, ZIP_TRUNCATE, &error) : nullptr;
    if (!archive) {
        zip_source_free(sink);
        return zipError(path, &error);
    }
    const bool added = addEntry(archive, ir::bpuir::kGraphEntry, zip_source_buffer(archive, document.data(), document.size(), 0), ZIP_CM_DEFLATE) &&
                       addEntry(archive, ir::bpuir::kWeightsEntry, zip_source_function(archive, WeightsReader::call, &reader), ZIP_CM_STORE);
    if (!added || zip_close(archive) != 0) {
        const Error problem = zipError(path, zip_get_error(archive));
        zip_discard(archive);
        if (!file.hasFailed())
            return problem;
    }
    return file.commit();
}

} // namespace bpu::exporter
