"""Where an encoder's weights come from."""

import os
from collections.abc import Callable
from pathlib import Path

import keras

from keras_blur.errors import BlurError, UsageError


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
            "name a file, or train from scratch with --set model.encoder_weights=none"
        )
    return path


def load_application(
    model: keras.Model, application: Callable[..., keras.Model], encoder_weights: str, width: float
) -> None:
    """Copies the weights of a network of `keras.applications` into the layers that bear the same names.

    Args:
        model: The encoder; may end earlier, or have layers of its own between them.
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
    if encoder_weights != "imagenet":
        encoder_weights = str(weights_path(encoder_weights))
    try:
        source = application(include_top=False, weights=encoder_weights)
    except Exception as error:  # Keras raises whatever urllib, h5py or its own checks raise
        raise BlurError(
            f"encoder_weights: cannot load '{encoder_weights}' into {name}: {error}; "
            "name a weights file, or train from scratch with encoder_weights=none"
        ) from error
    names = {layer.name for layer in source.layers}
    for layer in model.layers:
        if layer.weights and layer.name in names:
            layer.set_weights(source.get_layer(layer.name).get_weights())
