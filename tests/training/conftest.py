import keras
import pytest


@pytest.fixture(autouse=True, scope="module")
def without_graphs():
    """Tracing a graph takes longer than the few steps of these trainings."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
