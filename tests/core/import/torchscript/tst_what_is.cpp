// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Files named .pt that are no TorchScript: what the user is told.
#include "core/import/torchscript/what_is.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <QTest>

using namespace bpu;
using namespace bpu::importer::torchscript;
using namespace bpu::test::pickle;
using bpu::test::zipOf;

namespace {

const char kTrace[] = "\n    torch.jit.trace(model.eval(), torch.zeros(1, 3, 224, 224)).save(\"model.jit.pt\")";
const char kWeights[] = "holds weights without the network (a state_dict); make a TorchScript file of it in Python:\n"
                        "    model = Net(); model.load_state_dict(torch.load(\"net.pt\"))";
const char kModule[] = "is a pickled Python object of models.Net, which only the Python code of that class can open; make a TorchScript file of it in Python:\n"
                       "    model = torch.load(\"net.pt\", weights_only=False)";

std::string said(const std::string& file)
{
    const auto why = whyNotTorchScript("folder/net.pt", Bytes::copyOf(std::as_bytes(std::span(file))));
    return why ? why->code + " " + why->where + " " + why->message : "TorchScript";
}

/// What torch.save wrote before 1.6: magic number, protocol, system, object, keys, storages.
std::string legacy(const std::string& object)
{
    return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s + "\x80\x02M\xe9\x03." + whole(dict(text("little_endian") + boolean(true))) + whole(object) + whole(list(text("94")));
}

} // namespace

class TestWhatIs : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void names_data();
    void names();
    void survivesEveryTruncation();
};

void TestWhatIs::names_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& file, const std::string& expected) {
        QTest::newRow(name) << QByteArray::fromStdString(file) << QByteArray::fromStdString(expected == "TorchScript" ? expected : "torchscript.kind folder/net.pt " + expected);
    };
    const std::string weights = call(global("collections", "OrderedDict"), "") + "(" + text("w") + tensor(storage("FloatStorage", "0", 1), 0, tuple(integer(1)), tuple(integer(1))) + "u";
    const std::string module = global("models", "Net") + ")\x81" + dict(text("training") + boolean(true)) + "b";
    row("TorchScript", zipOf({{"net/data.pkl", "N."}, {"net/code/a.py", ""}, {"net/version", "1"}}), "TorchScript");
    row("state_dict", zipOf({{"net/data.pkl", whole(weights)}, {"net/data/0", "1234"}, {"net/version", "3"}}), std::string(kWeights) + kTrace);
    row("state_dict with numpy", zipOf({{"net/data.pkl", whole(dict(text("w") + weights + text("epoch") + call(global("numpy.core.multiarray", "scalar"), integer(1))))}}), std::string(kWeights) + kTrace);
    const std::string derived = call(global("torch._tensor", "_rebuild_from_type_v2"),
                                     global("torch._utils", "_rebuild_tensor_v2") + global("models", "MyTensor") + tuple(storage("FloatStorage", "0", 1)) + dict(""));
    row("state_dict with tensors of a class", zipOf({{"net/data.pkl", whole(dict(text("a") + derived + text("b") + derived))}}), std::string(kWeights) + kTrace);
    row("module with tensors of a class", zipOf({{"net/data.pkl", whole(dict(text("a") + derived + text("b") + module))}}), std::string(kModule) + kTrace);
    const std::string single = tensor(storage("FloatStorage", "0", 1), 0, tuple(integer(1)), tuple(integer(1)));
    row("tensor", zipOf({{"net/data.pkl", whole(single)}}), "holds a single tensor, not a network; save the network with torch.jit.save");
    row("tensor of a class", zipOf({{"net/data.pkl", whole(derived)}}), "holds a single tensor, not a network; save the network with torch.jit.save");
    row("old tensor", legacy(single), "holds a single tensor, not a network; save the network with torch.jit.save");
    row("list of tensors", zipOf({{"net/data.pkl", whole(list(single))}}), std::string(kWeights) + kTrace);
    row("module", zipOf({{"net/data.pkl", whole(module)}, {"net/version", "3"}}), std::string(kModule) + kTrace);
    row("module in a dict", zipOf({{"net/data.pkl", whole(dict(text("epoch") + integer(3) + text("model") + module))}}), std::string(kModule) + kTrace);
    row("module by protocol 4", zipOf({{"net/data.pkl", "\x80\x04\x8c\x06models\x94\x8c\x03Net\x94\x93\x94)\x81."}}), std::string(kModule) + kTrace);
    row("torch.nn module", zipOf({{"net/data.pkl", whole(global("torch.nn.modules.container", "Sequential") + ")\x81")}}),
        "is a pickled Python object of torch.nn.modules.container.Sequential, which only the Python code of that class can open; make a TorchScript file of it in Python:\n"
        "    model = torch.load(\"net.pt\", weights_only=False)" + std::string(kTrace));
    row("old state_dict", legacy(weights), std::string(kWeights) + kTrace);
    row("old module", legacy(module), std::string(kModule) + kTrace);
    row("old, cut off", legacy(module).substr(0, 20), "is a file of torch.save that was cut off; copy the file again");
    row("plain pickle", whole(dict("")), "is a Python pickle that PyTorch did not write; save the model itself with torch.jit.save");
    row("torch.export", zipOf({{"serialized_exported_program.json", "{}"}, {"version", "1"}}),
        "is a program of torch.export (.pt2), which is not TorchScript; make a TorchScript file of it in Python:\n    model = torch.export.load(\"net.pt\").module()" + std::string(kTrace));
    row("torch.export of PyTorch 2.7", zipOf({{"net/models/model.json", "{}"}, {"net/data/weights/model.pt", ""}}),
        "is a program of torch.export (.pt2), which is not TorchScript; make a TorchScript file of it in Python:\n    model = torch.export.load(\"net.pt\").module()" + std::string(kTrace));
    row("torch.export of PyTorch 2.8, another name", zipOf({{"net/archive_format", "pt2"}, {"net/models/detector.json", "{}"}, {"net/data/weights/weight_0", ""}}),
        "is a program of torch.export (.pt2), which is not TorchScript; make a TorchScript file of it in Python:\n    model = torch.export.load(\"net.pt\").module()" + std::string(kTrace));
    row("old TorchScript", zipOf({{"net/model.json", "{}"}, {"net/code/net.py", ""}}),
        "is a TorchScript file of PyTorch 1.0 to 1.3, an older layout; open and save it again with a newer PyTorch:\n    model = torch.jit.load(\"net.pt\")\n    model.save(\"model.jit.pt\")");
    row("torch.package", zipOf({{"net/.data/extern_modules", ""}, {"net/model/model.pkl", ""}}),
        "is a torch.package, which holds Python code to run; make a TorchScript file of it in Python:\n    model = torch.package.PackageImporter(\"net.pt\").load_pickle(package, resource)" + std::string(kTrace));
    row("Word", zipOf({{"word/document.xml", ""}}), "is an office document; choose a model file");
    row("jar", zipOf({{"META-INF/MANIFEST.MF", ""}}), "is a Java archive; choose a model file");
    row("npz", zipOf({{"w.npy", ""}}), "is an archive of numpy arrays (.npz); choose a model file");
    row("bpuir", zipOf({{"graph.json", "{}"}, {"weights.bin", ""}}), "is a .bpuir file under another name; rename it to end in .bpuir");
    row("zip", zipOf({{"readme.txt", ""}}), "is a zip archive; unpack it and open the model inside");
    row("safetensors", littleEndian(2, 8) + "{}",
        "holds weights without the network (safetensors); make a TorchScript file of it in Python:\n    model = Net(); model.load_state_dict(safetensors.torch.load_file(\"net.pt\"))" + std::string(kTrace));
    row("tar", std::string(257, 'a') + "ustar" + std::string(300, '\0'), "is a tar archive, as torch.save wrote before PyTorch 0.2; make a TorchScript file of it in Python:\n    model = torch.load(\"net.pt\", weights_only=False)" + std::string(kTrace));
    row("preview", "PYTORCH1" + std::string(100, '\0'), "is a TorchScript file of a preview of PyTorch 1.0; export the model again with a newer PyTorch");
    row("empty", "", "is empty; export or copy the model again");
    row("text", "hello, this is no model\n", "is a text file, not a model; choose an ONNX, TorchScript or .bpuir file");
    row("ONNX", test::onnxModel("(float[2] x) => (float[2] y) { y = Relu(x) }"), "is not a TorchScript file; an ONNX model should end in .onnx, anything else was damaged: copy the file again");
}

void TestWhatIs::names()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(said(file.toStdString())), expected);
}

void TestWhatIs::survivesEveryTruncation()
{
    const std::string state = zipOf({{"net/data.pkl", whole(global("models", "Net"))}, {"net/data/0", std::string(3000, 'x')}});
    const std::string old = legacy(global("models", "Net") + ")\x81");
    for (const std::string& file : {state, old})
        for (size_t size = 0; size < file.size(); ++size)
            QVERIFY(!said(file.substr(0, size)).empty());
}

QTEST_APPLESS_MAIN(TestWhatIs)
#include "tst_what_is.moc"
