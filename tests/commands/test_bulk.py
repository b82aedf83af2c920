"""Which words of `keras-blur bulk` are its own, and which are Beam's."""

import pytest

from keras_blur.commands.bulk import parse

OWN = ["photos/**", "--output", "rows.parquet"]


def test_options_that_are_not_its_own_go_to_beam():
    options, beams = parse(
        [*OWN, "--runner=DirectRunner", "--region", "0,0,0.5,0.5", "--direct_num_workers=4"]
    )
    assert beams == ["--runner=DirectRunner", "--direct_num_workers=4"]
    assert options.region == (0, 0, 0.5, 0.5)


def test_all_behind_two_dashes_goes_to_beam():
    dataflow = ["--runner=DataflowRunner", "--region=europe-west1", "--", "--system"]
    options, beams = parse([*OWN, "--", *dataflow])
    assert beams == dataflow
    assert options.region is None and options.system == "mobile"


def test_a_wrong_region_is_named_once(capsys):
    with pytest.raises(SystemExit):
        parse([*OWN, "--region=0,0,2,2"])
    assert "argument --region: expected (row, column, height, width)" in capsys.readouterr().err


def test_the_region_of_a_cloud_is_no_region_of_a_photo(capsys):
    with pytest.raises(SystemExit):
        parse([*OWN, "--region=europe-west1"])
    assert "--region" in capsys.readouterr().err
