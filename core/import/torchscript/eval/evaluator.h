// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Abstract evaluation of `forward`: Python values are concrete, tensors are values of the graph. Conditions on
// attributes and shapes take one branch, loops unroll; what depends on data becomes one region of the graph.
#pragma once

#include "core/base/finding.h"
#include "core/base/job_control.h"
#include "core/import/torchscript/archive.h"
#include "core/import/torchscript/eval/graph_builder.h"
#include "core/import/torchscript/eval/library.h"
#include "core/import/torchscript/eval/states.h"

#include <map>
#include <set>

namespace bpu::importer::torchscript {

/// Where the author wrote what stands at a byte of an entry.
struct AuthorPlace {
    std::string file;
    int line = 0;
    std::string text;  ///< what was written there; may be empty
    bool isLibrary = false; ///< PyTorch's own code
};

/// An opened archive.
struct Program {
    Value root;                   ///< the module
    std::vector<Value> constants; ///< CONSTANTS.c0, c1, ...
    Library::Source source;
    std::function<std::optional<AuthorPlace>(const std::string& entry, uint32_t offset)> locate; ///< may be empty
    std::string name;
    int version = Archive::kNewestVersion; ///< of the file format: the meaning of some operators changed with it
};

struct EvalOptions {
    std::map<std::string, ir::Shape> inputShapes; ///< as ImportOptions::inputShapes; of an int, float or bool the number itself
    std::string method = "forward";
    JobControl control;
};

struct Evaluated {
    ir::Graph graph;
    Findings findings;
};

/// Errors: "torchscript.syntax", "torchscript.code" (what the code does that PyTorch would not write or that is not read;
/// "ENTRY:LINE" as its place), "torchscript.raises" (forward refuses these inputs), "torchscript.limit" (it runs too long),
/// "input.unknown", "input.shape".
Result<Evaluated> evaluate(Program program, const EvalOptions& options);

struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
};

/// How attributes that outlive a call are seen.
struct Memory {
    enum class Form : uint8_t {
        AsTheFileHasIt, ///< the first call; what the states become is returned behind the results
        Initial,        ///< a later call whose states have their initial content; likewise
        Remembered,     ///< a later call: states are read and written by nodes
    };
    Form form = Form::AsTheFileHasIt;
    Snapshot before;
    Aftermath aftermath;
};

class Evaluator {
public:
    Evaluator(Program program, const EvalOptions& options, std::optional<Memory> memory = {});
    Result<Evaluated> run();
    const Snapshot& before() const { return m_before; }
    const Aftermath& aftermath() const { return m_aftermath; }

    // For operators and host functions.
    GraphBuilder& builder() { return m_builder; }
    Error error(std::string message) const { return error("torchscript.code", std::move(message)); }
    Error error(const char* code, std::string message) const;
    /// Counts work; the error "torchscript.limit" once it is too much.
    Result<void> spend(size_t steps);
    /// Tensor results of an operator, with the scope and origin of the place being evaluated. `aten` is "conv2d", "quantized.conv2d".
    Result<std::vector<Value>> emit(std::string op, std::string_view aten, std::vector<ValueId> inputs, ir::Attributes attributes, size_t results);
    /// A node that stands beside what the author wrote, a transposition around it say: it goes by its own name.
    Result<Value> emitBeside(std::string_view op, std::vector<ValueId> inputs, ir::Attributes attributes);
    Result<Value> callMethod(const Value& object, std::string_view method, Arguments arguments);
    /// What an iteration over it yields; nothing when it depends on data.
    Result<std::optional<std::vector<Value>>> iterate(const Value& value);
    Result<Value> select(const Value& tensor, int64_t index);
    int version() const { return m_program.version; }
    /// Path of the module whose method is being followed; empty outside of modules.
    std::string scope() const;

private:
    /// Counts one level of recursion for as long as it lives.
    class Level {
    public:
        explicit Level(int& depth) : m_depth(++depth) {}
        ~Level() { --m_depth; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        int& m_depth;
    };
    Result<void> checkDepth() const;

    enum class Flow : uint8_t { Next, Break, Continue, Return, Raise };
    using Locals = std::unordered_map<std::string_view, Value>;
    struct Frame {
        const Function* function = nullptr;
        Locals locals;
        std::shared_ptr<Object> self;
        uint32_t offset = 0; ///< of the call being evaluated
        uint32_t line = 0;
        Value result;
    };

    // restore.cpp: attributes of the objects that the file keeps as something else
    Result<void> restoreObjects();
    Result<void> restore(const std::shared_ptr<Object>& object);

    // memory.cpp: attributes that outlive a call
    Result<void> prepareMemory();
    Result<void> finishMemory();

    // evaluator.cpp: the frame around it all
    Result<Value> inputFor(const Tree& tree, const Parameter& parameter);
    Result<Value> inputOfType(const Tree& tree, ExprId type, std::string_view inputName);
    std::optional<Value> givenNumber(std::string_view inputName, std::string_view type);
    Result<void> addOutputs(const Value& value);
    Result<void> addLostOutput();
    Result<Evaluated> finish();
    void nameModules(ir::GraphEditor& editor) const;

    // statements.cpp
    Result<Flow> block(std::span<const StmtId> statements);
    Result<Flow> statement(const Stmt& s);
    Result<Flow> expressionStatement(const Stmt& s);
    Result<Flow> returnStatement(const Stmt& s);
    Result<Flow> forLoop(const Stmt& s);
    Result<Flow> whileLoop(const Stmt& s);
    Result<void> augmented(const Stmt& s);
    Result<void> assign(ExprId target, Value value);
    Result<void> unpack(std::span<const ExprId> targets, const Value& value);

    // regions.cpp: conditions and loops that depend on data
    Result<Flow> ifElse(const Stmt& s);
    Result<Flow> unknownIf(const Stmt& s, const Value& condition);
    struct Outcome {
        Locals locals;
        std::vector<std::pair<Change, Value>> changes;
        bool raises = false;
        std::shared_ptr<GraphBuilder::Level> level;
    };
    struct Merge {
        Value first;
        Value second;
        std::shared_ptr<Cell> result;
        bool isFresh = true; ///< nothing outside of the branches has it yet
    };
    Result<Outcome> tryBranch(std::span<const StmtId> body, std::string graphName);
    Value merge(const Value& a, const Value& b, std::vector<Merge>& merges) const;
    void mergeChanges(Outcome& a, Outcome& b, std::vector<Merge>& merges);
    void initialize(Outcome& outcome, const Value& missing, Outcome& other, const Value& given);
    Result<void> emitIf(const Value& condition, Outcome& a, Outcome& b, std::vector<Merge>& merges);
    void noteRegion(std::string what);
    Result<void> unknownLoop(const Stmt& s);
    bool raises(std::span<const StmtId> body) const;

    // expressions.cpp
    Result<Value> evaluate(ExprId id);
    Result<Value> evaluateAny(ExprId id);
    Result<std::vector<Value>> evaluateAll(std::span<const ExprId> ids);
    Result<Value> name(const Expr& e);
    Result<Value> attribute(const Expr& e);
    Result<Value> attributeOf(const Value& object, std::string_view attribute);
    Result<Value> classConstant(const Class& type, ExprId expression);
    Result<std::optional<Value>> enumMember(const std::string& owner, std::string_view member);
    Result<Value> enumName(const Class& type, const Value& member);
    Result<Value> subscript(const Expr& e);
    Result<Value> comprehension(const Expr& e);
    Result<Value> binary(const Expr& e);
    Result<Value> unary(const Expr& e);
    Result<Value> ternary(const Expr& e);
    /// "torch.add", "ops.prim.dtype", "__torch__.a.f", "CONSTANTS.c0"; empty when the expression is something else.
    std::string dottedName(ExprId id) const;

    // calls.cpp
    Result<Value> call(const Expr& e);
    Result<Arguments> arguments(const Expr& e);
    Result<std::optional<Value>> builtin(std::string_view callee, const Expr& e);
    Result<Value> callDotted(const std::string& dotted, Arguments arguments);
    Result<Value> callOperator(std::string_view name, Arguments arguments);
    Result<Value> callFunction(const Function& function, std::shared_ptr<Object> self, Arguments arguments);
    Value markStub(const Object& stub, const Value& input);
    Result<Value> construct(const Class& type, Arguments arguments);
    Result<Value> convert(std::string_view type, const Value& value);

    // origins.cpp
    const Tree& tree() const { return *m_frames.back().function->tree; }
    ir::Origin origin(std::string_view aten) const;
    void noteUnknown(const ir::Value& value, std::string_view aten, const std::string& what);
    std::string nodeName(std::string_view aten) const;
    AuthorPlace placeOf(size_t frame) const;

    Program m_program;
    const EvalOptions& m_options;
    Library m_library;
    GraphBuilder m_builder;
    std::vector<Frame> m_frames;
    Findings m_findings;
    std::set<std::string> m_given; ///< names of arguments that are numbers and were given one
    std::optional<Memory> m_memory;
    Snapshot m_before;
    Aftermath m_aftermath;
    std::string m_raised;
    bool m_losesResult = false; ///< part of forward's result depends on data and is no tensor
    size_t m_steps = 0;
    int m_depth = 0;
};

} // namespace bpu::importer::torchscript
