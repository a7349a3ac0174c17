// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/cli.h"

#include "app/cli/command.h"
#include "core/base/nearest.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::cli {
namespace {

constexpr int kUsage = 2;
constexpr int kMachine = 3;

std::string optionHelp(const Option& option)
{
    std::string left = std::string(option.name) + (option.value.empty() ? "" : " ") + std::string(option.value);
    std::string line = fmt::format("  {:<26} {}", left, option.help);
    if (!option.choices.empty())
        line += fmt::format(" ({})", fmt::join(option.choices, ", "));
    return line + (option.repeatable ? "; repeatable\n" : "\n");
}

std::string commandHelp(const Command& command)
{
    std::string text = fmt::format("bpu {} {} [options]\n{}\n\n", command.name, fmt::join(command.operands, " "), command.summary);
    for (const Option& option : command.options)
        text += optionHelp(option);
    return text + "  --help                     show this\n";
}

std::string programHelp()
{
    std::string text = "bpu COMMAND MODEL [options]\n\n";
    for (const Command* command : allCommands())
        text += fmt::format("  {:<10} {}\n", command->name, command->summary);
    return text + "\nMODEL is an ONNX (.onnx), TorchScript (.pt) or .bpuir file. `bpu COMMAND --help` lists the options of a command.\n"
                  "Exit status: 0 done, 1 done with findings of level error, 2 wrong usage or unreadable input, 3 the machine failed.\n";
}

Error unknownCommand(const std::string& name)
{
    std::vector<std::string_view> names;
    for (const Command* command : allCommands())
        names.push_back(command->name);
    return {"usage", name, "is no command; " + didYouMean(name, names, "bpu --help lists them")};
}

Result<int> dispatch(const std::vector<std::string>& args, Streams streams)
{
    if (args.empty()) {
        streams.err << programHelp();
        return kUsage;
    }
    if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
        streams.out << programHelp();
        return 0;
    }
    if (args[0] == "--version") {
        streams.out << "bpu " BPU_VERSION "\n";
        return 0;
    }
    const auto& commands = allCommands();
    const auto command = std::ranges::find(commands, args[0], [](const Command* c) { return c->name; });
    if (command == commands.end())
        return unknownCommand(args[0]);
    const std::vector<std::string> rest(args.begin() + 1, args.end());
    if (std::ranges::any_of(rest, [](const std::string& arg) { return arg == "--help" || arg == "-h"; })) {
        streams.out << commandHelp(**command);
        return 0;
    }
    BPU_TRY(arguments, Arguments::parse(rest, (*command)->options, (*command)->operands));
    return (*command)->run(arguments, streams);
}

/// Libraries below may still run out of memory; that must not become a crash.
Result<int> dispatchCaught(const std::vector<std::string>& args, Streams streams)
{
    try {
        return dispatch(args, streams);
    } catch (const std::bad_alloc&) {
        return Error{"memory", {}, "more memory is needed than is free; close other programs", ErrorKind::Machine};
    } catch (const std::exception& failure) {
        return Error{"internal", {}, fmt::format("stopped by an internal failure ({}); report it with the model", failure.what()), ErrorKind::Machine};
    }
}

/// A file name may hold line breaks; an error stays one line, but for lines of code that it tells to write.
std::string printable(const Error& error)
{
    constexpr std::string_view kCodeLine = "\n    ";
    std::string text = error.text();
    const size_t message = text.size() - error.message.size();
    for (size_t i = 0; i < text.size(); ++i) {
        const bool isCode = i >= message && error.code == "torchscript.kind" && std::string_view(text).substr(i).starts_with(kCodeLine);
        if (std::iscntrl(static_cast<unsigned char>(text[i])) && !isCode)
            text[i] = ' ';
    }
    return text;
}

} // namespace

int run(const std::vector<std::string>& args, std::ostream& out, std::ostream& err)
{
    const Result<int> status = dispatchCaught(args, {out, err});
    if (!status) {
        err << "bpu: " << printable(status.error()) << '\n';
        return status.error().kind == ErrorKind::Input ? kUsage : kMachine;
    }
    if (!out.flush()) {
        err << "bpu: standard output: cannot be written (closed, or the disk is full); write to a file with -o\n";
        return kMachine;
    }
    return *status;
}

} // namespace bpu::cli
