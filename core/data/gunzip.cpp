// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/gunzip.h"

#include <algorithm>
#include <limits>
#include <new>
#include <vector>
#include <zlib.h>

namespace bpu::data {
namespace {

constexpr size_t kChunk = size_t{1} << 20;
constexpr size_t kMaxUnpacked = size_t{2} << 30; // zeros pack a thousandfold: a small file must not take the machine
constexpr int kGzipOnly = 16; // added to the window bits: zlib then takes gzip's header and no other

class Inflater {
public:
    Inflater() { m_isOpen = inflateInit2(&m_stream, MAX_WBITS + kGzipOnly) == Z_OK; }
    ~Inflater()
    {
        if (m_isOpen)
            inflateEnd(&m_stream);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    bool isOpen() const { return m_isOpen; }
    z_stream& stream() { return m_stream; }

private:
    z_stream m_stream{};
    bool m_isOpen = false;
};

Error damaged(const std::string& where)
{
    return {"gzip.format", where, "is damaged: gzip's checksum or codes are wrong; copy the file again"};
}

Error truncated(const std::string& where)
{
    return {"gzip.truncated", where, "is cut off before the end of its packed data; copy the file again"};
}

/// Appends what is inflated; zeros after the last member are padding, as for gunzip.
Result<void> inflateAll(std::span<const std::byte> file, std::vector<std::byte>& out, const std::string& where)
{
    Inflater inflater;
    if (!inflater.isOpen())
        return Error{"file.memory", where, "needs more memory than is free; close other programs", ErrorKind::Machine};
    z_stream& stream = inflater.stream();
    size_t done = 0;
    while (true) {
        if (stream.avail_in == 0) {
            const size_t part = std::min<size_t>(file.size() - done, std::numeric_limits<uInt>::max());
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(file.data() + done));
            stream.avail_in = static_cast<uInt>(part);
            done += part;
        }
        const size_t used = out.size();
        if (used > kMaxUnpacked)
            return Error{"gzip.format", where, "unpacks to more than 2 GB; unpack it with gunzip and name the file that comes out"};
        out.resize(used + kChunk);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(kChunk);
        const int code = inflate(&stream, Z_NO_FLUSH);
        out.resize(used + kChunk - stream.avail_out);
        const size_t left = file.size() - done + stream.avail_in;
        if (code == Z_STREAM_END) {
            if (left == 0 || std::ranges::all_of(file.last(left), [](std::byte byte) { return byte == std::byte{0}; }))
                return {};
            if (inflateReset(&stream) != Z_OK)
                return damaged(where);
        } else if (code == Z_BUF_ERROR || (code == Z_OK && left == 0 && stream.avail_out > 0)) {
            return truncated(where);
        } else if (code != Z_OK) {
            return damaged(where);
        }
    }
}

} // namespace

bool isGzip(std::span<const std::byte> file)
{
    return file.size() >= 2 && file[0] == std::byte{0x1f} && file[1] == std::byte{0x8b};
}

Result<Bytes> gunzipIfPacked(const Bytes& file, const std::string& where)
{
    if (!isGzip(file.span()))
        return file;
    try {
        std::vector<std::byte> out;
        BPU_CHECK(inflateAll(file.span(), out, where));
        return Bytes::copyOf(out);
    } catch (const std::bad_alloc&) {
        return Error{"file.memory", where, "needs more memory to be unpacked than is free; close other programs", ErrorKind::Machine};
    }
}

} // namespace bpu::data
