"""TensorFlow Datasets finds the builders after `import tfds_builders`."""

import subprocess
import sys

import pytest

pytest.importorskip("tensorflow_datasets")

import tensorflow_datasets as tfds

import tfds_builders
from tfds_builders.cuhk_blur import dummy_photos
from tfds_builders.cuhk_blur.cuhk_blur_dataset_builder import Builder
from tfds_builders.generated import Options


def test_every_builder_is_found_by_name(tmp_path):
    for name in tfds_builders.BUILDERS:
        assert tfds.builder_cls(name).name == name
    builder = tfds.builder("cuhk_blur/kim2018", data_dir=tmp_path)
    assert builder.info.full_name.startswith("cuhk_blur/kim2018/") and "Shi" in builder.info.citation


def test_load_prepares_and_reads(tmp_path, monkeypatch):
    pytest.importorskip("tensorflow")
    monkeypatch.setattr(Builder, "manifest", dummy_photos.make(tmp_path / "manual"))
    config = tfds.download.DownloadConfig(manual_dir=str(tmp_path / "manual"))
    data, info = tfds.load(
        "cuhk_blur/kim2018",
        split="train",
        data_dir=tmp_path / "data",
        download_and_prepare_kwargs={"download_config": config},
        with_info=True,
    )
    examples = list(tfds.as_numpy(data))
    assert len(examples) == info.splits["train"].num_examples == 5
    assert {example["photo"].decode() for example in examples} >= {"motion0001", "out_of_focus0001"}


def test_options_are_builder_arguments(tmp_path):
    builder = tfds.builder("field_scenes", data_dir=tmp_path, options=Options(count=9))
    assert builder.options.count == 9 and len(builder.plan(None)[1]["train"]) == 9


@pytest.mark.parametrize(
    "order", ["import tfds_builders, tensorflow_datasets", "import tensorflow_datasets, tfds_builders"]
)
def test_the_order_of_imports_does_not_matter(order, tmp_path):
    code = (
        f"{order}\nimport sys\n"
        f"print(tensorflow_datasets.builder('blur_demo', data_dir={str(tmp_path)!r}).info.full_name)\n"
        "assert 'tfds_builders.cuhk_blur.cuhk_blur_dataset_builder' not in sys.modules\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert printed.startswith("blur_demo/")
