// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/rewriter.h"
#include "core/ir/text.h"
#include "core/ir/text_scanner.h"

#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <random>
#include <unordered_map>

namespace bpu::ir {
namespace {

template <typename T>
void appendAs(std::vector<std::byte>& bytes, T value)
{
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof(T));
}

void appendElement(std::vector<std::byte>& bytes, DType dtype, double number, int64_t integer)
{
    switch (dtype) {
    case DType::Float32: return appendAs(bytes, static_cast<float>(number));
    case DType::Float64: return appendAs(bytes, number);
    default: break;
    }
    switch (byteSize(dtype)) { // half types are not written by hand: their bits are the integer
    case 1: return appendAs(bytes, static_cast<int8_t>(integer));
    case 2: return appendAs(bytes, static_cast<int16_t>(integer));
    case 4: return appendAs(bytes, static_cast<int32_t>(integer));
    default: return appendAs(bytes, integer);
    }
}

struct ParsedNumber {
    double number = 0;
    int64_t integer = 0;
    bool isDouble = false;
    bool isFlag = false;
};

Result<ParsedNumber> toNumber(TextScanner& scanner, const std::string& text)
{
    if (text == "true" || text == "false")
        return ParsedNumber{text == "true" ? 1.0 : 0.0, text == "true" ? 1 : 0, false, true};
    ParsedNumber parsed;
    char* end = nullptr;
    parsed.integer = std::strtoll(text.c_str(), &end, 10);
    if (*end == '\0') {
        parsed.number = static_cast<double>(parsed.integer);
        return parsed;
    }
    parsed.isDouble = true;
    parsed.number = std::strtod(text.c_str(), &end);
    if (*end != '\0')
        return scanner.error("a number");
    parsed.integer = std::isfinite(parsed.number) ? static_cast<int64_t>(parsed.number) : 0;
    return parsed;
}

class Parser {
public:
    explicit Parser(std::string_view text) : m_scanner(text) {}

    Result<Graph> parse()
    {
        BPU_CHECK(header());
        BPU_CHECK(m_scanner.expect("{"));
        while (!m_scanner.acceptWord("return")) {
            if (m_scanner.peek() == '@')
                BPU_CHECK(constant());
            else
                BPU_CHECK(node());
        }
        while (m_scanner.peek() == '%' || m_scanner.peek() == '@') {
            BPU_TRY(value, reference());
            m_editor.addOutput(value);
            if (!m_scanner.accept(","))
                break;
        }
        BPU_CHECK(m_scanner.expect("}"));
        if (!m_scanner.atEnd())
            return m_scanner.error("nothing after the graph");
        return m_editor.finish();
    }

private:
    Result<void> header()
    {
        BPU_CHECK(m_scanner.expect("graph"));
        if (m_scanner.peek() != '(') {
            BPU_TRY(name, m_scanner.name());
            m_editor.setName(name);
        }
        BPU_CHECK(m_scanner.expect("("));
        while (m_scanner.accept("%")) {
            BPU_TRY(name, m_scanner.name());
            BPU_CHECK(m_scanner.expect(":"));
            BPU_TRY(parsedType, type());
            BPU_TRY(parsedQuant, quant());
            const ValueId id = m_editor.addInput(name, parsedType);
            m_editor.setQuant(id, parsedQuant);
            BPU_CHECK(define("%" + name, id, m_scanner.line()));
            if (!m_scanner.accept(","))
                break;
        }
        BPU_CHECK(m_scanner.expect(")"));
        if (m_scanner.acceptWord("stage")) {
            BPU_TRY(word, m_scanner.word());
            const auto stage = stageFromName(word);
            if (!stage)
                return m_scanner.error("float, fused, qat or quantized");
            m_editor.setStage(*stage);
        }
        return {};
    }

    Result<void> define(const std::string& name, ValueId id, int line)
    {
        if (!m_values.emplace(name, id).second)
            return Error{"text.syntax", fmt::format("line {}", line), fmt::format("{} is defined twice; rename one", name)};
        return {};
    }

    Result<TensorType> type()
    {
        std::string dtypeText = "?";
        if (!m_scanner.accept("?")) {
            BPU_TRY(word, m_scanner.word());
            dtypeText = word;
        }
        const auto dtype = dtypeFromName(dtypeText);
        if (!dtype)
            return m_scanner.error("a dtype such as f32");
        BPU_CHECK(m_scanner.expect("["));
        if (m_scanner.accept("*")) {
            BPU_CHECK(m_scanner.expect("]"));
            return TensorType::unranked(*dtype);
        }
        Shape shape;
        while (!m_scanner.accept("]")) {
            if (m_scanner.accept("?")) {
                shape.push_back(kUnknownDim);
            } else {
                BPU_TRY(text, m_scanner.number());
                BPU_TRY(dim, toNumber(m_scanner, text));
                if (dim.isDouble || dim.integer < 0)
                    return m_scanner.error("a dimension");
                shape.push_back(dim.integer);
            }
            static_cast<void>(m_scanner.accept(","));
        }
        return TensorType(*dtype, std::move(shape));
    }

    /// "qint8 [0.05] axis -1" after a type.
    Result<std::optional<QuantParams>> quant()
    {
        QuantParams params;
        bool found = false;
        for (const QType candidate : {QType::QInt8, QType::QInt16, QType::QInt32})
            if (m_scanner.acceptWord(name(candidate))) {
                params.type = candidate;
                found = true;
            }
        if (!found)
            return std::optional<QuantParams>();
        BPU_TRY(scales, attribute());
        if (const auto* list = std::get_if<std::vector<double>>(&scales))
            params.scales = *list;
        else if (const auto* ints = std::get_if<std::vector<int64_t>>(&scales))
            params.scales.assign(ints->begin(), ints->end());
        BPU_CHECK(m_scanner.expect("axis"));
        BPU_TRY(text, m_scanner.number());
        BPU_TRY(axis, toNumber(m_scanner, text));
        params.channelAxis = static_cast<int>(axis.integer);
        return std::optional(params);
    }

    /// What follows a constant's type: nothing (zeros), a list, fill, random or hash.
    Result<Tensor> tensor(const TensorType& type)
    {
        const int64_t count = type.elementCount();
        if (count < 0 || count > (int64_t{1} << 28) || byteSize(type.dtype()) == 0)
            return m_scanner.error("a constant with a known shape of at most 2^28 elements");
        std::vector<std::byte> bytes;
        bytes.reserve(static_cast<size_t>(count) * byteSize(type.dtype()));
        const bool given = m_scanner.accept("=");
        if (given && m_scanner.acceptWord("fill")) {
            BPU_TRY(text, m_scanner.number());
            BPU_TRY(value, toNumber(m_scanner, text));
            for (int64_t i = 0; i < count; ++i)
                appendElement(bytes, type.dtype(), value.number, value.integer);
        } else if (given && m_scanner.acceptWord("random")) {
            BPU_TRY(text, m_scanner.number());
            BPU_TRY(seed, toNumber(m_scanner, text));
            std::mt19937 engine(static_cast<uint32_t>(seed.integer));
            for (int64_t i = 0; i < count; ++i) // by hand: distributions differ between standard libraries
                appendElement(bytes, type.dtype(), static_cast<double>(engine()) / 0x1p31 - 1, static_cast<int64_t>(engine() % 256) - 128);
        } else if (given && m_scanner.peek() == '[') {
            BPU_CHECK(listed(type.dtype(), bytes));
        } else if (given) {
            BPU_CHECK(m_scanner.expect("hash"));
            BPU_TRY(ignored, m_scanner.word());
            static_cast<void>(ignored);
            zeros(bytes, type);
        } else {
            zeros(bytes, type);
        }
        if (bytes.size() != static_cast<size_t>(count) * byteSize(type.dtype()))
            return m_scanner.error(fmt::format("{} elements", count));
        return Tensor(type, Bytes::copyOf(bytes));
    }

    static void zeros(std::vector<std::byte>& bytes, const TensorType& type)
    {
        bytes.resize(static_cast<size_t>(type.elementCount()) * byteSize(type.dtype()));
    }

    Result<void> listed(DType dtype, std::vector<std::byte>& bytes)
    {
        BPU_CHECK(m_scanner.expect("["));
        while (!m_scanner.accept("]")) {
            BPU_TRY(text, m_scanner.number());
            BPU_TRY(value, toNumber(m_scanner, text));
            appendElement(bytes, dtype, value.number, value.integer);
            static_cast<void>(m_scanner.accept(","));
        }
        return {};
    }

    Result<void> constant()
    {
        const int line = m_scanner.line();
        BPU_CHECK(m_scanner.expect("@"));
        BPU_TRY(name, m_scanner.name());
        BPU_CHECK(m_scanner.expect(":"));
        BPU_TRY(parsedType, type());
        BPU_TRY(parsedQuant, quant());
        BPU_TRY(parsedTensor, tensor(parsedType));
        const ValueId value = m_editor.addConstant(name, parsedTensor);
        m_editor.setQuant(value, parsedQuant);
        return define("@" + name, value, line);
    }

    Result<ValueId> reference()
    {
        const std::string sigil(1, m_scanner.peek());
        if (!m_scanner.accept("%") && !m_scanner.accept("@"))
            return m_scanner.error("a value (%name or @name)");
        BPU_TRY(name, m_scanner.name());
        const auto found = m_values.find(sigil + name);
        if (found == m_values.end())
            return Error{"text.syntax", fmt::format("line {}", m_scanner.line()),
                         fmt::format("{}{} is not defined above; define it first", sigil, name)};
        return found->second;
    }

    struct ParsedResult {
        std::string name;
        TensorType type;
        std::optional<QuantParams> quant;
    };

    Result<std::vector<ParsedResult>> results()
    {
        std::vector<ParsedResult> parsed;
        while (m_scanner.accept("%")) {
            BPU_TRY(name, m_scanner.name());
            ParsedResult result{name, TensorType::unranked(DType::Undefined), {}};
            if (m_scanner.accept(":")) {
                BPU_TRY(parsedType, type());
                BPU_TRY(parsedQuant, quant());
                result.type = parsedType;
                result.quant = parsedQuant;
            }
            parsed.push_back(std::move(result));
            if (!m_scanner.accept(","))
                break;
        }
        if (!parsed.empty())
            BPU_CHECK(m_scanner.expect("="));
        return parsed;
    }

    Result<void> node()
    {
        static_cast<void>(m_scanner.peek()); // the line is that of the first character
        const int line = m_scanner.line();
        BPU_TRY(parsedResults, results());
        NodeSpec spec;
        BPU_TRY(op, m_scanner.name());
        spec.op = op;
        BPU_CHECK(operands(spec));
        BPU_CHECK(attributes(spec.attributes));
        BPU_CHECK(suffixes(spec));
        if (spec.name.empty())
            spec.name = parsedResults.empty() ? spec.op : parsedResults[0].name;
        std::vector<TensorType> types;
        std::vector<std::string> names;
        for (const ParsedResult& result : parsedResults) {
            types.push_back(result.type);
            names.push_back(result.name);
        }
        const NodeId id = m_editor.addNode(std::move(spec), types, names);
        for (size_t i = 0; i < parsedResults.size(); ++i) {
            const ValueId output = m_editor.graph().node(id).outputs[i];
            if (parsedResults[i].quant)
                m_editor.setQuant(output, parsedResults[i].quant);
            BPU_CHECK(define("%" + parsedResults[i].name, output, line));
        }
        return {};
    }

    Result<void> operands(NodeSpec& spec)
    {
        BPU_CHECK(m_scanner.expect("("));
        while (!m_scanner.accept(")")) {
            if (m_scanner.acceptWord("_")) {
                spec.inputs.emplace_back();
            } else {
                BPU_TRY(value, reference());
                spec.inputs.push_back(value);
            }
            static_cast<void>(m_scanner.accept(","));
        }
        return {};
    }

    Result<void> attributes(Attributes& attributes)
    {
        if (!m_scanner.accept("{"))
            return {};
        while (!m_scanner.accept("}")) {
            BPU_TRY(key, m_scanner.word());
            BPU_CHECK(m_scanner.expect("="));
            BPU_TRY(value, attribute());
            attributes.set(key, value);
            static_cast<void>(m_scanner.accept(","));
        }
        return {};
    }

    Result<Attribute> attribute()
    {
        if (m_scanner.peek() == '"') {
            BPU_TRY(text, m_scanner.quoted());
            return Attribute(text);
        }
        if (m_scanner.acceptWord("tensor")) {
            BPU_TRY(parsedType, type());
            BPU_TRY(parsedTensor, tensor(parsedType));
            return Attribute(parsedTensor);
        }
        if (m_scanner.peek() == '[')
            return listAttribute();
        BPU_TRY(text, m_scanner.number());
        BPU_TRY(value, toNumber(m_scanner, text));
        if (value.isFlag)
            return Attribute(value.integer != 0);
        return value.isDouble ? Attribute(value.number) : Attribute(value.integer);
    }

    Result<Attribute> listAttribute()
    {
        BPU_CHECK(m_scanner.expect("["));
        std::vector<std::string> texts;
        std::vector<double> numbers;
        std::vector<int64_t> integers;
        bool anyDouble = false;
        while (!m_scanner.accept("]")) {
            if (m_scanner.peek() == '"') {
                BPU_TRY(text, m_scanner.quoted());
                texts.push_back(text);
            } else {
                BPU_TRY(text, m_scanner.number());
                BPU_TRY(value, toNumber(m_scanner, text));
                anyDouble |= value.isDouble;
                numbers.push_back(value.number);
                integers.push_back(value.integer);
            }
            static_cast<void>(m_scanner.accept(","));
        }
        if (!texts.empty() && !numbers.empty())
            return m_scanner.error("a list of one kind");
        if (!texts.empty())
            return Attribute(texts);
        return anyDouble ? Attribute(numbers) : Attribute(integers);
    }

    Result<void> suffixes(NodeSpec& spec)
    {
        if (m_scanner.acceptWord("scope")) {
            BPU_TRY(scope, m_scanner.quoted());
            spec.scope = scope;
        }
        while (m_scanner.acceptWord("origin")) {
            Origin origin;
            BPU_TRY(what, m_scanner.quoted());
            origin.what = what;
            if (m_scanner.acceptWord("of")) {
                BPU_TRY(name, m_scanner.quoted());
                origin.name = name;
            }
            if (m_scanner.acceptWord("at")) {
                BPU_TRY(file, m_scanner.quoted());
                BPU_CHECK(m_scanner.expect(":"));
                BPU_TRY(text, m_scanner.number());
                BPU_TRY(line, toNumber(m_scanner, text));
                origin.file = file;
                origin.line = static_cast<int>(line.integer);
            }
            spec.origins.push_back(std::move(origin));
        }
        if (m_scanner.acceptWord("name")) {
            BPU_TRY(name, m_scanner.quoted());
            spec.name = name;
        }
        return {};
    }

    TextScanner m_scanner;
    GraphEditor m_editor;
    std::unordered_map<std::string, ValueId> m_values;
};

} // namespace

Result<Graph> parse(std::string_view text)
{
    return Parser(text).parse();
}

} // namespace bpu::ir
