"""Time of one inference on the CPU: the mobile network beside others, alternating in the same run.

    python benchmarks/mobile_latency.py [--peer FILE.tflite] [--sizes 288 352] [--runs 50]

Converts the network (and a plain U-Net of full resolution on the same encoder, the kind of decoder that it
avoids) to float32 TFLite and to int8 (calibrated on noise: fit for timing only), and prints CPU milliseconds
on one thread. Needs the extras tensorflow and lite.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from keras_blur.systems.weights import quiet_start

with quiet_start():
    import keras
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter
    from keras import layers

    from keras_blur import models
    from keras_blur.models import encoders
    from keras_blur.models.blocks import batch_norm


def plain_unet() -> keras.Model:
    """A U-Net on the mobile network's encoder whose decoder goes on to the input's size."""
    inputs = keras.Input((None, None, 3))
    features = encoders.mobilenet_v2_half(inputs)
    x = features.pop()
    for level, filters in enumerate((96, 64, 48, 32, 16)):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        if features:
            x = layers.Concatenate()([x, features.pop()])
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU(6.0)(batch_norm(f"norm{level}")(x))
    return keras.Model(inputs, layers.Conv2D(3, 1)(x))


def converted(network: keras.Model, size: int, integer: bool) -> bytes:
    """The network as a TFLite file with a fixed input of `size` x `size` and probabilities out."""
    inputs = keras.Input((size, size, 3), batch_size=1)
    model = keras.Model(inputs, layers.Softmax()(network(inputs)))
    function = tf.function(lambda image: model(image, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec((1, size, size, 3)))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], model)
    if integer:
        rng = np.random.default_rng(0)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: (
            [rng.uniform(0, 255, (1, size, size, 3)).astype(np.float32)] for _ in range(8)
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
    return converter.convert()


def interpreters(arguments: argparse.Namespace, folder: Path) -> dict[str, tuple[Interpreter, int]]:
    """Every contestant, ready to run, and its size in bytes."""
    files = {"peer: " + Path(p).name: Path(p).read_bytes() for p in arguments.peer}
    network, unet = models.build("mobile"), plain_unet()
    for size in arguments.sizes:
        files[f"mobile {size} float32"] = converted(network, size, integer=False)
        files[f"mobile {size} int8"] = converted(network, size, integer=True)
    files["plain U-Net 288 float32"] = converted(unet, 288, integer=False)
    result = {}
    for name, content in files.items():
        path = folder / f"{len(result)}.tflite"
        path.write_bytes(content)
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
        result[name] = interpreter, len(content)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", action="append", default=[], help="another .tflite file")
    parser.add_argument("--sizes", type=int, nargs="+", default=[224, 288, 352])
    parser.add_argument("--runs", type=int, default=50)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contestants = interpreters(arguments, Path(folder))
        times: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(arguments.runs):
            for name, (interpreter, _size) in contestants.items():
                details = interpreter.get_input_details()[0]
                interpreter.set_tensor(details["index"], np.zeros(details["shape"], details["dtype"]))
                start = time.process_time()
                interpreter.invoke()
                times[name].append(1000 * (time.process_time() - start))
    print("| network | CPU ms, median | 90th percentile | file |\n|---|---|---|---|")
    for name, (_, size) in contestants.items():
        median, late = np.median(times[name]), np.percentile(times[name], 90)
        print(f"| {name} | {median:.1f} | {late:.1f} | {size / 1e6:.2f} MB |")


if __name__ == "__main__":
    main()
