"""TFLite Metadata: what LiteRT's tools and Android Studio read about a file, and the files packed into it.

The format is Google's `metadata_schema.fbs` 1.1.0 (tensorflow/tflite-support): a flatbuffer of its own in a
buffer of the model, and a zip archive after the model. The library that wrote it is no longer maintained, so
the few tables that are needed are written here; the numbers below are the fields' positions in the schema.
"""

import dataclasses
import io
import zipfile
from collections.abc import Mapping, Sequence

import flatbuffers

from keras_blur.contract import Contract

from .graph import INPUT, LABELS_FILE, OUTPUT

METADATA_NAME = "TFLITE_METADATA"
IDENTIFIER = b"M001"
PARSER_VERSION = "1.0.0"  # what the tables below need

# The schema's enumerations.
DESCRIPTIONS, TENSOR_AXIS_LABELS = 1, 2  # AssociatedFileType
RGB = 1  # ColorSpaceType
IMAGE_PROPERTIES, FEATURE_PROPERTIES = 2, 1  # ContentProperties
NORMALIZATION_OPTIONS = 1  # ProcessUnitOptions


@dataclasses.dataclass(frozen=True)
class Description:
    """What people read about a file.

    Attributes:
        name, description, version: Free text.
        author, license: The same; left out if empty.
        files: Contents of the files packed into the model, by name; LABELS_FILE among them.
    """

    name: str
    description: str
    version: str
    author: str
    license: str
    files: Mapping[str, bytes]


def add_metadata(model: bytes, description: Description, contract: Contract) -> bytes:
    """Returns a model with metadata and files inside, its input and output called as in its signature.

    Args:
        model: A TFLite file's content.
        description: What is said about it.
        contract: What goes in and comes out.
    """
    from ai_edge_litert import schema_py_generated as schema

    content = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model))
    buffer = schema.BufferT()
    buffer.data = list(_metadata(description, contract))
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA_NAME, len(content.buffers)
    content.buffers.append(buffer)
    content.metadata = [*(content.metadata or []), entry]
    content.description = description.name
    (graph,) = content.subgraphs
    graph.tensors[graph.inputs[0]].name, graph.tensors[graph.outputs[0]].name = INPUT, OUTPUT
    builder = _AlignedBuilder(len(model) + 65536)
    builder.Finish(content.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output()) + _archive(description.files, len(builder.Output()))


class _AlignedBuilder(flatbuffers.Builder):
    """Aligns bytes to 16, as the schema of TFLite asks for the contents of buffers."""

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:
        return super().StartVector(elemSize, numElems, 16 if elemSize == 1 else alignment)


def _archive(files: Mapping[str, bytes], offset: int) -> bytes:
    """A zip archive to stand after `offset` bytes of something else; the same for the same files."""
    stream = io.BytesIO()
    stream.write(bytes(offset))
    with zipfile.ZipFile(stream, "a") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()[offset:]


def _metadata(description: Description, contract: Contract) -> bytes:
    builder = flatbuffers.Builder(4096)
    image = _tensor(
        builder,
        "image",
        f"The whole photo, stretched to {contract.width} x {contract.height} pixels: RGB, 0 to 255. "
        "The network normalises it itself.",
        contract.value_range,
        ("batch", "height", "width", "channel"),
        _image_content(builder, contract),
        units=[_identity_normalisation(builder)],
    )
    labels = _file(
        builder, LABELS_FILE, "Names of the classes, in the order of the channels.", TENSOR_AXIS_LABELS
    )
    probabilities = _tensor(
        builder,
        "probabilities",
        f"For every cell of {contract.output_stride} x {contract.output_stride} pixels the probability of "
        f"each class ({', '.join(contract.classes)}); they sum to 1. A cell is blurred if 1 - P(sharp) "
        f"exceeds {contract.blurred_threshold:g}.",
        (0.0, 1.0),
        ("batch", "row", "column", "class"),
        _feature_content(builder),
        files=[labels],
    )
    subgraph = _table(
        builder,
        [
            builder.CreateString(description.name),
            None,
            _vector(builder, [image]),
            _vector(builder, [probabilities]),
        ],
    )
    packed = [
        _file(builder, name, f"{name} of this export.", DESCRIPTIONS)
        for name in description.files
        if name != LABELS_FILE
    ]
    texts = (description.name, description.description, description.version)
    root = _table(
        builder,
        [
            *(builder.CreateString(text) for text in texts),
            _vector(builder, [subgraph]),
            *(
                builder.CreateString(text) if text else None
                for text in (description.author, description.license)
            ),
            _vector(builder, packed),
            builder.CreateString(PARSER_VERSION),
        ],
    )
    builder.Finish(root, file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def _tensor(builder, name, description, value_range, dimensions, content, units=(), files=()) -> int:
    low, high = value_range
    stats = _table(builder, [_floats(builder, [high]), _floats(builder, [low])])
    return _table(
        builder,
        [
            builder.CreateString(name),
            builder.CreateString(description),
            _vector(builder, [builder.CreateString(dimension) for dimension in dimensions]),
            content,
            _vector(builder, units),
            stats,
            _vector(builder, files),
        ],
    )


def _image_content(builder: flatbuffers.Builder, contract: Contract) -> int:
    builder.StartObject(2)
    builder.PrependUint32Slot(0, contract.width, 0)
    builder.PrependUint32Slot(1, contract.height, 0)
    size = builder.EndObject()
    builder.StartObject(2)
    builder.PrependInt8Slot(0, RGB, 0)
    builder.PrependUOffsetTRelativeSlot(1, size, 0)
    return _union(builder, IMAGE_PROPERTIES, builder.EndObject())


def _feature_content(builder: flatbuffers.Builder) -> int:
    builder.StartObject(0)
    return _union(builder, FEATURE_PROPERTIES, builder.EndObject())


def _identity_normalisation(builder: flatbuffers.Builder) -> int:
    """(x - 0) / 1: raw bytes go in."""
    options = _table(builder, [_floats(builder, [0.0]), _floats(builder, [1.0])])
    return _union(builder, NORMALIZATION_OPTIONS, options)


def _file(builder: flatbuffers.Builder, name: str, description: str, kind: int) -> int:
    texts = [builder.CreateString(name), builder.CreateString(description)]
    builder.StartObject(4)
    for field, text in enumerate(texts):
        builder.PrependUOffsetTRelativeSlot(field, text, 0)
    builder.PrependInt8Slot(2, kind, 0)
    return builder.EndObject()


def _table(builder: flatbuffers.Builder, fields: Sequence[int | None]) -> int:
    """A table whose fields, in order, are offsets of what is written already; None = not there."""
    builder.StartObject(len(fields))
    for field, offset in enumerate(fields):
        if offset is not None:
            builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    return builder.EndObject()


def _union(builder: flatbuffers.Builder, kind: int, value: int) -> int:
    """A table that holds nothing but a union: its type, then its value."""
    builder.StartObject(2)
    builder.PrependUint8Slot(0, kind, 0)
    builder.PrependUOffsetTRelativeSlot(1, value, 0)
    return builder.EndObject()


def _vector(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int | None:
    if not offsets:
        return None
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _floats(builder: flatbuffers.Builder, values: Sequence[float]) -> int:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        builder.PrependFloat32(value)
    return builder.EndVector()
