"""Layers that several networks share."""

import keras


def batch_norm(name: str) -> keras.layers.BatchNormalization:
    """Batch normalisation for short trainings on one or several GPUs.

    Keras's default momentum of .99 is too slow for a few thousand steps. Under tf.distribute the statistics
    must be synchronised, or a reloaded model differs; under JAX they are global by themselves, and Keras
    refuses the argument.
    """
    synchronized = keras.backend.backend() == "tensorflow"
    return keras.layers.BatchNormalization(momentum=0.98, synchronized=synchronized, name=name)
