"""What the formats are called and what they promise."""

import json

import pytest

from export import EXPORTERS, exporters, recipes
from keras_blur.errors import UsageError


def test_every_recipe_is_its_functions_name_and_plain_json():
    for name, function in recipes.RECIPES.items():
        recipe = function()
        assert recipe.name == name
        assert json.loads(json.dumps(recipe.to_dict()))["limits"]["loss"] == recipe.limits.loss


def test_only_integer_activations_are_calibrated():
    for function in recipes.RECIPES.values():
        recipe = function()
        assert bool(recipe.calibration_photos) == (recipe.activations != "float32")


def test_every_limit_can_be_exceeded():
    for exporter in EXPORTERS.values():
        limits = exporter.limits
        assert limits.max_difference is None or limits.max_difference < 1
        assert limits.mean_difference < 1 and limits.loss < 1


def test_formats_are_parsed_in_order_once():
    expected = [EXPORTERS["int8"], EXPORTERS["saved_model"]]
    assert exporters.get("int8, saved_model,int8") == exporters.get(["int8", "saved_model"]) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [("int9", "did you mean 'int8'"), ("", "expected one or more of"), ("coreml", "expected one of")],
)
def test_unknown_formats_are_named(text, message):
    with pytest.raises(UsageError, match=message):
        exporters.get(text)


def test_few_photos_are_judged_more_leniently():
    limits = recipes.int8().limits
    assert limits.loss_over(recipes.FULL_SAMPLE) == limits.loss_over(10_000) == limits.loss
    assert limits.loss_over(recipes.FULL_SAMPLE // 4) == pytest.approx(2 * limits.loss)
