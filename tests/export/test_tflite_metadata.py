"""The metadata, read back field by field as its schema says, by none of the code that wrote it."""

import io
import zipfile

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import number_types as types

from export import metadata
from keras_blur import systems

# The fields of ModelMetadata in metadata_schema.fbs; those of the other tables stand where they are read.
NAME, DESCRIPTION, VERSION, SUBGRAPHS, AUTHOR, LICENSE, MODEL_FILES, PARSER = range(8)


class Table:
    """Reads a flatbuffer's table by the numbers of its fields."""

    def __init__(self, buffer, position):
        self.table = flatbuffers.table.Table(buffer, position)

    def _at(self, field):
        return self.table.Offset(4 + 2 * field)

    def text(self, field):
        return self.table.String(self._at(field) + self.table.Pos).decode()

    def number(self, field, flags):
        return self.table.Get(flags, self._at(field) + self.table.Pos)

    def child(self, field):
        return Table(self.table.Bytes, self.table.Indirect(self._at(field) + self.table.Pos))

    def items(self, field):
        if not self._at(field):
            return []
        start, length = self.table.Vector(self._at(field)), self.table.VectorLen(self._at(field))
        return [Table(self.table.Bytes, self.table.Indirect(start + 4 * i)) for i in range(length)]

    def floats(self, field):
        return self.table.GetVectorAsNumpy(types.Float32Flags, self._at(field)).tolist()


@pytest.fixture(scope="module")
def model(exported):
    return (exported / "unet_int8.tflite").read_bytes()


@pytest.fixture(scope="module")
def root(model):
    content = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model))
    (entry,) = [entry for entry in content.metadata if entry.name == b"TFLITE_METADATA"]
    buffer = bytes(content.buffers[entry.buffer].data)
    assert buffer[4:8] == b"M001"
    return Table(buffer, flatbuffers.encode.Get(types.UOffsetTFlags.packer_type, buffer, 0))


def test_people_can_read_who_made_what(root):
    assert "unet" in root.text(NAME) and "int8" in root.text(NAME)
    assert "sharp, motion, defocus" in root.text(DESCRIPTION)
    assert root.text(LICENSE) == "CC0-1.0" and root.text(AUTHOR) == "A. Author" and root.text(VERSION)
    assert root.text(PARSER) == "1.0.0"


def test_the_input_is_a_picture_of_known_range(root, contract):
    (subgraph,) = root.items(SUBGRAPHS)
    (image,) = subgraph.items(2)
    assert image.text(0) == "image"
    content = image.child(3)
    assert content.number(0, types.Uint8Flags) == 2  # ImageProperties
    properties = content.child(1)
    assert properties.number(0, types.Int8Flags) == 1  # RGB
    size = properties.child(1)
    assert size.number(0, types.Uint32Flags) == contract.width
    assert size.number(1, types.Uint32Flags) == contract.height
    assert (image.child(5).floats(0), image.child(5).floats(1)) == ([255.0], [0.0])
    (unit,) = image.items(4)
    assert unit.number(0, types.Uint8Flags) == 1  # NormalizationOptions
    assert (unit.child(1).floats(0), unit.child(1).floats(1)) == ([0.0], [1.0])


def test_the_output_names_its_labels(root, model):
    (subgraph,) = root.items(SUBGRAPHS)
    (probabilities,) = subgraph.items(3)
    (labels,) = probabilities.items(6)
    assert labels.text(0) == "labels.txt"
    assert labels.number(2, types.Int8Flags) == 2  # TENSOR_AXIS_LABELS
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        assert archive.testzip() is None
        assert archive.read("labels.txt").decode().split() == ["sharp", "motion", "defocus"]
        recorded = {file.text(0) for file in root.items(MODEL_FILES)} | {"labels.txt"}
        assert recorded == set(archive.namelist())


def test_weights_survive_and_stay_aligned(model):
    without = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model))
    assert without.description.decode().startswith("keras-blur")
    view = schema.Model.GetRootAs(model)
    for index in range(view.BuffersLength()):
        data = view.Buffers(index).DataAsNumpy()
        if isinstance(data, np.ndarray):
            address = data.__array_interface__["data"][0]
            start = np.frombuffer(model, np.uint8).__array_interface__["data"][0]
            assert (address - start) % 16 == 0


def test_the_same_files_give_the_same_bytes(model, contract):
    plain = model[: model.index(b"PK\x03\x04")]
    description = metadata.Description("n", "d", "1", "a", "l", {"labels.txt": b"x\n"})
    assert metadata.add_metadata(plain, description, contract) == metadata.add_metadata(
        plain, description, contract
    )


def test_googles_own_reader_agrees(exported):
    """Where its library is installed; it is made for Python up to 3.11 and not maintained."""
    reader = pytest.importorskip("tflite_support.metadata")
    displayer = reader.MetadataDisplayer.with_model_file(str(exported / "unet_int8.tflite"))
    assert '"color_space": "RGB"' in displayer.get_metadata_json()
    assert "labels.txt" in displayer.get_packed_associated_file_list()


@pytest.mark.parametrize("path", sorted(systems.PRETRAINED.glob("*/*.tflite")), ids=lambda path: path.name)
def test_tensors_of_shipped_files_say_what_they_are(path):
    assert tensor_names(path.read_bytes()) == [b"image", b"probabilities"]


def test_tensors_of_exported_files_say_what_they_are(model):
    assert tensor_names(model) == [b"image", b"probabilities"]


def tensor_names(model):
    (graph,) = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model)).subgraphs
    return [graph.tensors[index].name for index in (*graph.inputs, *graph.outputs)]
