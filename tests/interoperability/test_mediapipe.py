"""The shipped files in MediaPipe Tasks, unchanged, by `make test-mediapipe` in an environment of its own."""

from pathlib import Path

import numpy as np
import pytest

from keras_blur import systems
from keras_blur.labels import CLASS_NAMES
from keras_blur.processing import read_photo, resize
from keras_blur.systems.tflite import TFLiteSystem

mediapipe = pytest.importorskip("mediapipe", reason="MediaPipe is not installed: make test-mediapipe")

FILES = sorted((systems.PRETRAINED / "mobile").glob("*.tflite"))
PHOTOS = sorted((Path(__file__).parents[1] / "golden" / "photos").glob("*.png"))


def segmenter(path):
    """MediaPipe's segmenter with nothing but its defaults and both outputs."""
    tasks = mediapipe.tasks
    options = tasks.vision.ImageSegmenterOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(path)),
        output_confidence_masks=True,
        output_category_mask=True,
    )
    return tasks.vision.ImageSegmenter.create_from_options(options)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_segmenter_finds_the_same_as_the_system(path):
    """On photos of the input's size, for MediaPipe shrinks others in a way of its own."""
    system = TFLiteSystem(path)
    with segmenter(path) as found:
        assert tuple(found.labels) == CLASS_NAMES
        for photo in PHOTOS:
            image = resize(read_photo(photo), system.contract.height, system.contract.width)
            blur_map = system.blur_map(image)
            picture = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image)
            )
            result = found.segment(picture)
            shares = [mask.numpy_view().mean() for mask in result.confidence_masks]
            np.testing.assert_allclose(shares, blur_map.mean((0, 1)), atol=1e-4)
            largest = result.category_mask.numpy_view()
            categories = np.bincount(largest.ravel(), minlength=3) / largest.size
            expected = np.bincount(blur_map.argmax(-1).ravel(), minlength=3) / blur_map[..., 0].size
            np.testing.assert_allclose(categories, expected, atol=0.02)  # a map that was enlarged first
