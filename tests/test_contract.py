import dataclasses

import pytest

from keras_blur import files, labels
from keras_blur.contract import Contract
from keras_blur.errors import BlurError


@pytest.mark.parametrize(
    "contract",
    [
        Contract("a", height=12, width=34, output_stride=4, blurred_threshold=0.4, file_even_odds={"c": 2}),
        Contract("b", resize="pad", multiple=16, max_side=640, classes=labels.BINARY_NAMES),
    ],
)
def test_round_trip_through_json(tmp_path, contract):
    contract.save(tmp_path / "contract.json")
    loaded = Contract.load(tmp_path / "contract.json")
    assert loaded == contract and hash(loaded) == hash(contract)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"resize": "crop"}, "resize"),
        ({"height": 0}, "height, width"),
        ({"resize": "pad"}, "height, width"),
        ({"height": 8.0}, "height: expected a whole number"),
        ({"max_side": -1}, "max_side: expected"),
        ({"multiple": 0}, "multiple"),
        ({"multiple": "8"}, "multiple: expected"),
        ({"name": "../evil"}, "name: expected"),
        ({"name": ""}, "name: expected"),
        ({"name": 7}, "name: expected"),
        ({"blurred_threshold": 1.5}, "blurred_threshold: expected"),
        ({"blurred_threshold": "0.5"}, "blurred_threshold: expected"),
        ({"blurred_threshold": float("nan")}, "blurred_threshold: expected"),
        ({"value_range": [0, 1]}, "value_range: expected"),
        ({"value_range": None}, "value_range: expected"),
        ({"channels": "BGR"}, "channels: expected"),
        ({"classes": None}, "classes: expected"),
        ({"output_stride": 0}, "output_stride"),
        ({"classes": ("blurred", "sharp")}, "classes"),
        ({"max_enlargement": -1}, "max_enlargement: expected"),
        ({"max_enlargement": float("nan")}, "max_enlargement: expected"),
        ({"even_odds": 0}, "even_odds: expected"),
        ({"even_odds": -0.03}, "even_odds: expected"),
        ({"even_odds": float("nan")}, "even_odds: expected"),
        ({"even_odds": float("inf")}, "even_odds: expected"),
        ({"even_odds": 10**400}, "even_odds: expected"),
        ({"even_odds": "0.03"}, "even_odds: expected"),
        ({"even_odds": None}, "even_odds: expected"),
        ({"file_even_odds": {"a.tflite": 0}}, "file_even_odds: expected"),
        ({"file_even_odds": [["a.tflite", 1]]}, "file_even_odds: expected"),
    ],
)
def test_wrong_values_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        Contract(**({"name": "a", "height": 8, "width": 8} | wrong))


def test_an_exported_file_has_its_own_even_odds_or_the_networks():
    contract = Contract("a", height=8, width=8, even_odds=0.2, file_even_odds={"a_int8.tflite": 0.3})
    assert contract.for_file("a_int8.tflite") == Contract("a", height=8, width=8, even_odds=0.3)
    assert contract.for_file("a_float32.tflite") == Contract("a", height=8, width=8, even_odds=0.2)


def test_a_file_from_before_a_field_was_there_has_its_default(tmp_path):
    values = dataclasses.asdict(Contract("a", height=8, width=8, even_odds=0.02))
    del values["even_odds"]
    files.write_json(tmp_path / "contract.json", values)
    assert Contract.load(tmp_path / "contract.json") == Contract("a", height=8, width=8, even_odds=1.0)


@pytest.mark.parametrize(
    "value", [{}, [], {"name": "a", "height": 1, "width": 1, "surprise": 2}, {"name": "a"}]
)
def test_files_that_are_no_contract_are_named(tmp_path, value):
    files.write_json(tmp_path / "contract.json", value)
    with pytest.raises(BlurError, match=r"contract\.json"):
        Contract.load(tmp_path / "contract.json")


def test_a_file_of_endless_brackets_is_named(tmp_path):
    files.write_text(tmp_path / "contract.json", "[" * 60_000)
    with pytest.raises(BlurError, match=r"contract\.json"):
        Contract.load(tmp_path / "contract.json")


def test_a_missing_contract_is_named(tmp_path):
    with pytest.raises(BlurError, match=r"none\.json"):
        Contract.load(tmp_path / "none.json")


def test_another_size_is_the_side_of_a_stretched_input_and_the_limit_of_a_padded_one():
    stretched = Contract("a", height=96, width=64, max_enlargement=2).with_size(128)
    assert (stretched.height, stretched.width, stretched.max_side) == (128, 128, 0)
    assert not stretched.max_enlargement
    padded = Contract("a", resize="pad", multiple=16).with_size(320)
    assert (padded.height, padded.width, padded.max_side) == (0, 0, 320)
