"""The formats, each an `Exporter`: how a file is made and run, and how far it may differ from Keras."""

import abc
import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras_blur
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError, unknown
from keras_blur.systems.base import System
from keras_blur.systems.weights import CONTRACT_FILE

from .calibration import Photos, samples
from .graph import LABELS_FILE
from .recipes import RECIPES, Limits, Recipe, float32

RECIPE_FILE = "recipe.json"
OPSET = 17
"""ONNX operators of this version, which ONNX Runtime has known since 1.12."""


@dataclasses.dataclass(frozen=True)
class Source:
    """A trained network that is ready to be converted.

    Attributes:
        network: The Keras network, from `graph.fitted`.
        contract: What its file expects and returns, from `graph.exported_contract`.
        photos: To calibrate integers with.
        author, license: Who trained it, and its licence; empty = not said.
    """

    network: Any
    contract: Contract
    photos: Photos
    author: str = ""
    license: str = ""

    def packed(self, recipe: dict[str, Any]) -> dict[str, bytes]:
        """The files that a model carries inside: names of classes, contract, recipe."""
        return {
            LABELS_FILE: ("\n".join(self.contract.classes) + "\n").encode(),
            CONTRACT_FILE: _as_json(dataclasses.asdict(self.contract)),
            RECIPE_FILE: _as_json(recipe),
        }


def _as_json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


class Exporter(abc.ABC):
    """Makes one kind of file of a network.

    Attributes:
        name: The format's name, such as "int8".
        ending: Of its file; empty for a folder.
        limits: How far the file may be from Keras.
        recipe: How TFLite stores and computes it; None = it is no TFLite file.
    """

    name: str
    ending: str = ""
    limits: Limits
    recipe: Recipe | None = None

    def file_name(self, contract: Contract) -> str:
        """Returns what the file, or folder, is called."""
        return f"{contract.name}_{self.name}{self.ending}"

    @abc.abstractmethod
    def convert(self, source: Source, path: Path) -> None:
        """Writes the file, or the folder.

        Raises:
            BlurError: the format can't hold the network.
        """

    @abc.abstractmethod
    def load(self, path: Path, contract: Contract) -> System:
        """Returns the file as a system."""


class SavedModelExporter(Exporter):
    """TensorFlow's own format, for servers: a folder, any number of photos at once."""

    name = "saved_model"
    limits = float32().limits

    def convert(self, source: Source, path: Path) -> None:
        """Writes the folder."""
        from . import convert, graph

        convert.to_saved_model(graph.inference_model(source.network, source.contract, batch=None), path)

    def load(self, path: Path, contract: Contract) -> System:
        """Returns the folder as a system."""
        from .verify import SavedModelSystem

        return SavedModelSystem(path, contract)


class TFLiteExporter(Exporter):
    """A file for LiteRT on phones, in browsers and on small machines.

    Args:
        recipe: How it is stored and computed.
    """

    ending = ".tflite"

    def __init__(self, recipe: Recipe):
        self.recipe: Recipe = recipe
        self.name, self.limits = recipe.name, recipe.limits

    def convert(self, source: Source, path: Path) -> None:
        """Writes the file with its metadata, and its recipe beside it."""
        from . import convert, graph, metadata
        from .inspect import summarise

        recipe, contract = self.recipe, source.contract
        pixels = samples(source.photos.calibration(recipe.calibration_photos, recipe.seed), contract)
        recipe = dataclasses.replace(recipe, calibration_photos=len(pixels))
        content = convert.to_tflite(graph.inference_model(source.network, contract), recipe, pixels)
        packed = source.packed({**recipe.to_dict(), "calibration": source.photos.origin})
        path.write_bytes(metadata.add_metadata(content, self._description(source, packed), contract))
        path.with_name(f"{path.stem}.{RECIPE_FILE}").write_bytes(packed[RECIPE_FILE])
        if foreign := summarise(path).foreign:
            raise BlurError(
                f"{path.name} needs operators that are not built into TFLite: {', '.join(foreign)}"
            )

    def load(self, path: Path, contract: Contract) -> System:
        """Returns the file as a system, by the contract inside it."""
        from keras_blur.systems.tflite import TFLiteSystem

        return TFLiteSystem(path)

    def _description(self, source: Source, packed: dict[str, bytes]) -> Any:
        from .metadata import Description

        return Description(
            name=f"keras-blur {source.contract.name}, {self.name}",
            description="Finds blur in a photo, pixel by pixel: "
            f"probabilities of {', '.join(source.contract.classes)}. Packed into the file: how a photo is "
            "prepared and the map read (contract.json), and how the file was made (recipe.json).",
            version=keras_blur.__version__,
            author=source.author,
            license=source.license,
            files=packed,
        )


class OnnxExporter(Exporter):
    """A file for ONNX Runtime, on servers and desktops; float32, made of the float32 TFLite file."""

    name, ending = "onnx", ".onnx"
    limits = float32().limits

    def convert(self, source: Source, path: Path) -> None:
        """Writes the file with its metadata, and its recipe beside it."""
        from . import convert, graph

        recipe = {"name": self.name, "opset": OPSET, "weights": "float32", "activations": "float32"}
        packed = source.packed(recipe)
        model = convert.to_onnx(graph.inference_model(source.network, source.contract), OPSET)
        texts = {
            "description": f"keras-blur {source.contract.name}: probabilities of "
            f"{', '.join(source.contract.classes)} for every cell of a photo",
            "version": keras_blur.__version__,
            "author": source.author,
            "license": source.license,
            **{name: content.decode() for name, content in packed.items()},
        }
        path.write_bytes(convert.with_properties(model, {name: text for name, text in texts.items() if text}))
        path.with_name(f"{path.stem}.{RECIPE_FILE}").write_bytes(packed[RECIPE_FILE])

    def load(self, path: Path, contract: Contract) -> System:
        """Returns the file as a system, by the contract inside it."""
        from keras_blur.systems.onnx import OnnxSystem

        return OnnxSystem(path)


EXPORTERS: dict[str, Exporter] = {
    exporter.name: exporter
    for exporter in (
        SavedModelExporter(),
        *(TFLiteExporter(make()) for make in RECIPES.values()),
        OnnxExporter(),
    )
}
"""Every format by its name."""


def get(formats: str | Iterable[str]) -> list[Exporter]:
    """Returns the exporters of formats, in their order, each once.

    Args:
        formats: Names, or one text with commas between them.

    Raises:
        UsageError: a name is unknown, or there is none.
    """
    listed = formats.split(",") if isinstance(formats, str) else formats
    names = list(dict.fromkeys(name.strip() for name in listed if name.strip()))
    if not names:
        raise UsageError(f"formats: expected one or more of {', '.join(EXPORTERS)}, received {formats!r}")
    for name in names:
        if name not in EXPORTERS:
            raise unknown("format", name, EXPORTERS)
    return [EXPORTERS[name] for name in names]
