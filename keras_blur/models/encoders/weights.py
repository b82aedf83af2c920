"""Where an encoder's weights come from."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import keras
import numpy as np

from keras_blur.errors import BlurError, UsageError

PREFIX = "encoder_"
"""Of the names of pre-trained layers where a network has others between them."""


def weights_path(weights: str) -> Path:
    """Expands `$VARIABLES` and `~` in a path to weights and checks that the file is there.

    Raises:
        UsageError: a variable is not set or there is no such file.
    """
    path = Path(os.path.expanduser(os.path.expandvars(weights)))
    if not path.is_file():
        hint = " (a variable in it is not set)" if "$" in str(path) else ""
        raise UsageError(
            f"encoder_weights: expected an existing file, received '{weights}'{hint}; "
            "name a file, or give None to train from scratch"
        )
    return path


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an encoder's `.npz` file, as float32.

    Raises:
        BlurError: the file is damaged, or no such archive.
    """
    try:
        with np.load(path) as archive:
            return {key: archive[key].astype(np.float32) for key in archive.files}
    except Exception as error:  # damage shows in errors of zipfile, zlib and NumPy: too many to name
        reason = str(error) or type(error).__name__
        raise BlurError(f"encoder_weights: cannot read {path} as .npz: {reason}") from error


def set_layers(
    layers: Iterable[keras.layers.Layer],
    values: Callable[[keras.layers.Layer], list[np.ndarray]],
    path: Path | str,
) -> None:
    """Sets the weights of layers to what `values` finds for each in a file.

    Raises:
        BlurError: something is missing, or has another encoder's shape.
    """
    for layer in layers:
        try:
            layer.set_weights(values(layer))
        except (KeyError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise BlurError(
                f"encoder_weights: {path} does not fit this encoder at layer "
                f"'{layer.name.removeprefix(PREFIX)}': {reason}"
            ) from error


def encoder_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers of an encoder that have weights and are pre-trained, by their names."""
    return [layer for layer in model.layers if layer.weights and layer.name.startswith(PREFIX)]


def load_application(
    model: keras.Model, application: Callable[..., keras.Model], encoder_weights: str, width: float
) -> None:
    """Copies the weights of a network of `keras.applications` into the layers that bear the same names.

    Args:
        model: The encoder; may end earlier, or have layers of its own between them.
        application: Such as `keras.applications.VGG19`.
        encoder_weights: "imagenet" (downloaded by Keras), or a path to a weights file of
            `application(include_top=False)`, or to an `.npz` of `<layer>/<weight>`. A convolution that the
            `.npz` lacks, as VGG-16's lacks VGG-19's fourth ones, starts as the identity.
        width: The encoder's; only 1 has weights.

    Raises:
        UsageError: `width` is not 1, or there is no such file.
        BlurError: the weights can't be had or are those of another network.
    """
    if encoder_weights.endswith(".npz") and width == 1.0:
        _load_arrays(model, weights_path(encoder_weights))
        return
    source = read_application(application, encoder_weights, width)
    names = {layer.name for layer in source.layers}
    for layer in model.layers:
        if layer.weights and layer.name in names:
            layer.set_weights(source.get_layer(layer.name).get_weights())


def read_application(
    application: Callable[..., keras.Model], encoder_weights: str, width: float
) -> keras.Model:
    """Returns a network of `keras.applications` without its head, with the weights that are named.

    Args:
        application: Such as `keras.applications.VGG19`.
        encoder_weights: "imagenet" (downloaded by Keras), or a path to a weights file of
            `application(include_top=False)`.
        width: The encoder's; only 1 has weights.

    Raises:
        UsageError: `width` is not 1, or there is no such file.
        BlurError: the weights can't be had or are those of another network.
    """
    name = application.__name__
    if width != 1.0:
        raise UsageError(
            f"encoder_weights: {name}'s weights fit only width=1, received width={width}; "
            "use encoder_weights=none"
        )
    weights = encoder_weights if encoder_weights == "imagenet" else str(weights_path(encoder_weights))
    try:
        return application(include_top=False, weights=weights)
    except Exception as error:  # Keras raises whatever urllib, h5py or its own checks raise
        raise BlurError(
            f"encoder_weights: cannot load '{weights}' into {name}: {error}; "
            "name a weights file, or train from scratch with encoder_weights=none"
        ) from error


def _load_arrays(model: keras.Model, path: Path) -> None:
    """Sets the convolutions of `model` from `<layer>/kernel` and `<layer>/bias`."""
    stored = read_arrays(path)
    found = {key.partition("/")[0] for key in stored}
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    if not any(layer.name in found for layer in convolutions):
        raise BlurError(
            f"encoder_weights: {path} does not fit this encoder at layer '{convolutions[0].name}': "
            "the file lacks it"
        )

    def values(layer):
        if layer.name not in found:
            return _make_identity(layer)
        return [stored[f"{layer.name}/{weight.name}"] for weight in layer.weights]

    set_layers(convolutions, values, path)


def _make_identity(layer: keras.layers.Conv2D) -> list[np.ndarray]:
    """A kernel that answers with its input, and no bias."""
    rows, columns, inputs, outputs = layer.kernel.shape
    kernel = np.zeros(layer.kernel.shape, np.float32)
    kernel[rows // 2, columns // 2] = np.eye(inputs, outputs)
    return [kernel, np.zeros(outputs, np.float32)]
