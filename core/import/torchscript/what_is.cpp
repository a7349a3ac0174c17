// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/what_is.h"

#include "core/import/recognize.h"
#include "core/import/torchscript/opcodes.h"
#include "core/import/torchscript/unpickler.h"
#include "core/import/zip_reader.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <utility>

namespace bpu::importer::torchscript {
namespace {

std::string_view head(const Bytes& file, size_t size)
{
    return {reinterpret_cast<const char*>(file.span().data()), std::min(size, file.size())};
}

/// The two lines, and what has to stand in place of Net and of the file.
std::string recipe(std::string_view firstLine)
{
    return fmt::format("make a TorchScript file of it in Python:\n"
                       "    {}\n"
                       "    torch.jit.trace(model.eval(), torch.zeros(1, 3, 224, 224)).save(\"model.jit.pt\")",
                       firstLine);
}

std::string pathText(const std::filesystem::path& path)
{
    return path.filename().string();
}

std::string ofStateDict(const std::filesystem::path& path)
{
    return "holds weights without the network (a state_dict); " +
           recipe(fmt::format("model = Net(); model.load_state_dict(torch.load(\"{}\"))", pathText(path)));
}

std::string ofModule(std::string_view className, const std::filesystem::path& path)
{
    return fmt::format("is a pickled Python object of {}, which only the Python code of that class can open; ", className) +
           recipe(fmt::format("model = torch.load(\"{}\", weights_only=False)", pathText(path)));
}

/// A class of some program rather than a part of PyTorch or Python that a state_dict needs, too.
bool isForeignClass(std::string_view module, std::string_view name)
{
    const std::string qualified = fmt::format("{}.{}", module, name);
    const bool isName = std::ranges::all_of(qualified, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c >= 0x80; });
    if (isAllowedGlobal(qualified) || name.empty() || !isName || module.size() + name.size() > 200)
        return false;
    if (module.starts_with("torch.nn.modules"))
        return true;
    const std::string_view package = module.substr(0, module.find('.'));
    return package != "torch" && package != "numpy" && package != "builtins" && package != "__builtin__" && package != "collections" && package != "_codecs";
}

/// The first class that a pickle asks for besides those of any state_dict: the module itself comes first.
/// Reads on past what it cannot make sense of as far as there are instructions.
std::string firstClass(const Bytes& pickle)
{
    InstructionReader reader(pickle.span(), {});
    std::string_view strings[2]; // what STACK_GLOBAL takes
    bool namesTensor = false;    // the class that comes next is that of a tensor
    for (;;) {
        const auto instruction = reader.next();
        if (!instruction || instruction->code == Opcode::Stop)
            return {};
        const bool isGlobal = instruction->code == Opcode::Global || instruction->code == Opcode::StackGlobal;
        const std::string_view module = instruction->code == Opcode::StackGlobal ? strings[0] : instruction->text;
        const std::string_view name = instruction->code == Opcode::StackGlobal ? strings[1] : instruction->name;
        if (isGlobal && module == "torch._tensor" && name.starts_with("_rebuild_from_type"))
            namesTensor = true;
        else if (isGlobal && isForeignClass(module, name) && !std::exchange(namesTensor, false))
            return fmt::format("{}.{}", module, name);
        if (instruction->code == Opcode::ShortBinUnicode || instruction->code == Opcode::BinUnicode) {
            strings[0] = strings[1];
            strings[1] = instruction->text;
        }
    }
}

/// A tensor that torch.save was given by itself.
bool isOneTensor(const Bytes& pickle)
{
    InstructionReader reader(pickle.span(), {});
    auto instruction = reader.next();
    while (instruction && (instruction->code == Opcode::Proto || instruction->code == Opcode::Frame))
        instruction = reader.next();
    return instruction && instruction->code == Opcode::Global && (instruction->text == "torch._utils" || instruction->text == "torch._tensor") && instruction->name.starts_with("_rebuild_");
}

constexpr char kOneTensor[] = "holds a single tensor, not a network; save the network with torch.jit.save";

bool holdsName(const ZipReader& zip, std::string_view ending)
{
    return std::ranges::any_of(zip.entries(), [&](const ZipEntry& entry) { return entry.name.ends_with(ending); });
}

bool holdsFolder(const ZipReader& zip, std::string_view folder)
{
    return std::ranges::any_of(zip.entries(), [&](const ZipEntry& entry) { return entry.name.find(folder) != std::string::npos; });
}

/// A zip without data.pkl and code.
std::string ofOtherZip(const ZipReader& zip, const std::string& file)
{
    if (holdsName(zip, "models/model.json") || holdsName(zip, "serialized_exported_program.json") || zip.find("archive_format") || holdsName(zip, "/archive_format"))
        return "is a program of torch.export (.pt2), which is not TorchScript; " + recipe(fmt::format("model = torch.export.load(\"{}\").module()", file));
    if (holdsName(zip, "model.json"))
        return fmt::format("is a TorchScript file of PyTorch 1.0 to 1.3, an older layout; open and save it again with a newer PyTorch:\n"
                           "    model = torch.jit.load(\"{}\")\n"
                           "    model.save(\"model.jit.pt\")",
                           file);
    if (holdsName(zip, "word/document.xml") || holdsName(zip, "xl/workbook.xml") || holdsName(zip, "ppt/presentation.xml"))
        return "is an office document; choose a model file";
    if (holdsName(zip, "META-INF/MANIFEST.MF"))
        return "is a Java archive; choose a model file";
    if (zip.find("graph.json"))
        return "is a .bpuir file under another name; rename it to end in .bpuir";
    if (holdsFolder(zip, ".data/extern_modules"))
        return "is a torch.package, which holds Python code to run; " + recipe(fmt::format("model = torch.package.PackageImporter(\"{}\").load_pickle(package, resource)", file));
    if (holdsName(zip, ".npy"))
        return "is an archive of numpy arrays (.npz); choose a model file";
    return "is a zip archive; unpack it and open the model inside";
}

std::optional<std::string> ofZip(const std::filesystem::path& path, const Bytes& file)
{
    auto zip = ZipReader::open(file, {"torchscript.zip", path.string(), "copy or save the file again"});
    if (!zip)
        return std::nullopt; // Archive::open says why
    const auto module = std::ranges::find_if(zip->entries(), [](const ZipEntry& entry) { return entry.name.ends_with("/data.pkl") || entry.name == "data.pkl"; });
    if (module == zip->entries().end())
        return ofOtherZip(*zip, pathText(path));
    if (holdsFolder(*zip, "/code/"))
        return std::nullopt;
    if (module->size > Pickle::kMaxBytes)
        return ofStateDict(path);
    const auto pickle = zip->read(*module);
    if (pickle && isOneTensor(*pickle))
        return kOneTensor;
    const std::string className = pickle ? firstClass(*pickle) : std::string();
    return className.empty() ? ofStateDict(path) : ofModule(className, path);
}

/// The first pickle of torch.save before 1.6 is the number 0x1950a86a20f9469cfc6c; the object is the fourth.
std::string ofPickle(const std::filesystem::path& path, const Bytes& file)
{
    constexpr std::string_view kMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    size_t start = 0;
    const bool isTorch = head(file, kMagic.size()) == kMagic;
    for (int skip = isTorch ? 3 : 0; skip > 0; --skip) {
        const Bytes rest = file.slice(start, file.size() - start);
        InstructionReader reader(rest.span(), {});
        for (;;) {
            const auto instruction = reader.next();
            if (!instruction)
                return "is a file of torch.save that was cut off; copy the file again";
            if (instruction->code == Opcode::Stop)
                break;
        }
        start += reader.offset();
    }
    const Bytes object = file.slice(start, file.size() - start);
    if (isTorch && isOneTensor(object))
        return kOneTensor;
    const std::string className = firstClass(object);
    if (!className.empty())
        return ofModule(className, path);
    return isTorch ? ofStateDict(path) : "is a Python pickle that PyTorch did not write; save the model itself with torch.jit.save";
}

/// "{"__metadata__"..." behind a length of 8 bytes.
bool isSafetensors(const Bytes& file)
{
    const std::string_view start = head(file, 16);
    if (start.size() < 10 || start[8] != '{')
        return false;
    uint64_t length = 0;
    for (size_t i = 0; i < 8; ++i)
        length |= static_cast<uint64_t>(static_cast<unsigned char>(start[i])) << (8 * i);
    return length >= 2 && length <= file.size() - 8;
}

bool isTar(const Bytes& file)
{
    return file.size() > 262 && head(file, 262).substr(257) == "ustar";
}

std::optional<std::string> reason(const std::filesystem::path& path, const Bytes& file)
{
    const std::string_view start = head(file, 16);
    if (start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06"))
        return ofZip(path, file);
    if (isSafetensors(file))
        return "holds weights without the network (safetensors); " + recipe(fmt::format("model = Net(); model.load_state_dict(safetensors.torch.load_file(\"{}\"))", pathText(path)));
    if (isTar(file))
        return "is a tar archive, as torch.save wrote before PyTorch 0.2; " + recipe(fmt::format("model = torch.load(\"{}\", weights_only=False)", pathText(path)));
    if (start.starts_with("PYTORCH1"))
        return "is a TorchScript file of a preview of PyTorch 1.0; export the model again with a newer PyTorch";
    if (start.size() > 1 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5)
        return ofPickle(path, file);
    const FileKind kind = recognize(file);
    if (kind == FileKind::Onnx)
        return "is not a TorchScript file; an ONNX model should end in .onnx, anything else was damaged: copy the file again";
    return whyNotReadable(kind);
}

} // namespace

std::optional<Error> whyNotTorchScript(const std::filesystem::path& path, const Bytes& file)
{
    auto why = reason(path, file);
    if (!why)
        return std::nullopt;
    return Error{"torchscript.kind", path.string(), *std::move(why)};
}

} // namespace bpu::importer::torchscript
