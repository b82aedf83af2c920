"""Figures that are kept beside a page: when they count, and that none is lost."""

import dataclasses
import json
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keras_blur import files, provenance, reproduce, systems
from keras_blur.commands import reproduce as command
from keras_blur.errors import BlurError
from keras_blur.evaluation import comparison, folds
from keras_blur.reproduce import experiment, page, runner
from keras_blur.reproduce.experiment import Column, CrossValidation, Figure, Paper, Row, Run, Table
from keras_blur.reproduce.kept import Kept
from keras_blur.training.config import override

RESULTS = Path(__file__).parents[2] / "docs" / "results"
EPOCHS = {"schuster2016": 2, "purohit2018": 3, "kim2018": 3, "zeng2019": 4, "bdnet2020": 3}
TRAINED = Run("tiny", "unet", "unet", settings=("training.epochs=1",))
NETWORK = Row("the network", TRAINED, dataset="tiny_blur")
SHIPS = Row("what ships", "kim2018", dataset="tiny_blur")
TRIVIAL = Row("all blurred", "all_blurred", dataset="tiny_blur")
COLUMNS = (Column("accuracy", experiment.mean("accuracy")),)
FIRST = Table("first", "First", "table 1", COLUMNS, (NETWORK, TRIVIAL))
SECOND = Table("second", "Second", "table 2", COLUMNS, (SHIPS,))
PAPER = Paper("made2030", "Made up 2030", (FIRST, SECOND))


class Called(BlurError):
    """A training or a measurement was begun."""


@pytest.fixture
def idle(monkeypatch):
    """No command is run and no data set is prepared: who needs one gets `Called`."""

    def call(*_):
        raise Called

    monkeypatch.setattr(runner.Runner, "_call", call)
    monkeypatch.setattr(runner.catalog, "load", call)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A folder of weights that ship as "kim2018"."""
    folder = tmp_path / "pretrained" / "kim2018"
    files.write_json(folder / "network.json", {"name": "kim2018", "options": {}})
    files.write_text(folder / "weights.weights.h5", "weights")
    files.write_json(folder / "training.json", {"data": [], "epochs": 8})
    monkeypatch.setitem(systems.SYSTEMS, "kim2018", folder)
    return folder


def make_run(run, training):
    """Writes what is left of a finished training."""
    folder = run.run_folder(training)
    files.write_json(folder / "config.json", run.config(training).to_dict())
    data = [{"use": u, "dataset": "gone", "split": u, "examples": 8} for u in ("training", "validation")]
    files.write_json(folder / "run.json", {**provenance.collect(), "data": data})
    files.write_text(folder / "log.csv", "epoch\n" + "1\n" * run.config(training).training.epochs)
    files.write_json(folder / "best" / "network.json", {"name": "unet", "options": {}})


def measure(run, row, accuracy):
    """Writes what measuring a row leaves, and its training."""
    for training in row.runs:
        make_run(run, training)
    folder = run.measured_folder(row)
    words = ["python", "-m", "keras_blur.evaluate", *run.measure_words(row)]
    files.write_text(folder / runner.COMMAND_FILE, shlex.join(words))
    files.write_text(folder / "per_photo.csv", "name\n")
    files.write_json(folder / "metrics.json", {"results": {"all": {"mean": {"accuracy": accuracy}}}})


def run_at(tmp_path, **options):
    return runner.Runner(tmp_path / "runs", "small", **options)


def rows_at(tmp_path):
    return Kept(tmp_path / "rows.json")


@pytest.fixture
def measured(tmp_path, shipped, idle):
    """Kept rows of both tables, whose runs and measurements are gone; the lines of the page."""
    run = run_at(tmp_path, train=False)
    for row, accuracy in ((NETWORK, 1 / 3), (TRIVIAL, 0.25), (SHIPS, 0.75)):
        measure(run, row, accuracy)
    lines = page.run(PAPER, PAPER.experiments, run, tmp_path, rows_at(tmp_path))
    shutil.rmtree(run.folder)
    return lines


def figure_of(tmp_path, row, run, table=FIRST):
    outcome = page.run_row(table, row, run, rows_at(tmp_path))
    return outcome.figures["accuracy"] if outcome.figures else None


@pytest.mark.parametrize("train", [True, False])
def test_kept_rows_make_the_same_page_without_runs(train, measured, tmp_path, capsys):
    lines = page.run(PAPER, PAPER.experiments, run_at(tmp_path, train=train), tmp_path, rows_at(tmp_path))
    assert lines == measured
    assert "| the network | 0.333 | gone training: 8 examples | none | 1 |  |" in lines["first"]
    printed = capsys.readouterr().err
    assert [printed.count(f"kept: {place}") for place in ("first: the network", "second: what ships")] == [
        1,
        1,
    ]
    assert figure_of(tmp_path, NETWORK, run_at(tmp_path)) == 1 / 3  # at full precision


def test_again_runs_what_is_kept_where_that_can_be(measured, tmp_path):
    with pytest.raises(Called):
        figure_of(tmp_path, NETWORK, run_at(tmp_path, again=True))
    assert figure_of(tmp_path, NETWORK, run_at(tmp_path, train=False, again=True)) == 1 / 3
    with pytest.raises(Called):
        figure_of(tmp_path, TRIVIAL, run_at(tmp_path, train=False, again=True))


def test_a_run_that_is_there_wins_and_is_kept(measured, tmp_path):
    run = run_at(tmp_path, train=False)
    measure(run, NETWORK, 0.5)
    assert figure_of(tmp_path, NETWORK, run) == 0.5
    shutil.rmtree(run.folder)
    assert figure_of(tmp_path, NETWORK, run) == 0.5


def test_a_finished_run_is_measured_though_its_row_is_kept(measured, tmp_path):
    make_run(run_at(tmp_path), TRAINED)
    with pytest.raises(Called):
        figure_of(tmp_path, NETWORK, run_at(tmp_path, train=False))


def test_a_run_with_other_settings_leaves_the_kept_row(measured, tmp_path):
    run = run_at(tmp_path, train=False)
    measure(run, NETWORK, 0.5)
    other = override(run.config(TRAINED), ["data.crop=96"])
    files.write_json(run.run_folder(TRAINED) / "config.json", other.to_dict())
    assert figure_of(tmp_path, NETWORK, run) == 1 / 3


@pytest.mark.parametrize(
    "changes",
    [
        {"system": dataclasses.replace(TRAINED, settings=("training.epochs=2",))},
        {"system": dataclasses.replace(TRAINED, small="unet", settings=("training.seed=1",))},
        {"dataset": "other_blur"},
        {"split": "validation"},
        {"options": ("--limit", "3")},
    ],
)
def test_a_changed_row_drops_what_is_kept(changes, measured, tmp_path):
    run = run_at(tmp_path, train=False)
    assert figure_of(tmp_path, NETWORK, run) == 1 / 3
    assert figure_of(tmp_path, dataclasses.replace(NETWORK, **changes), run) is None


def test_other_epochs_drop_what_is_kept(measured, tmp_path):
    assert figure_of(tmp_path, NETWORK, run_at(tmp_path, train=False, epochs=1)) is None


def test_a_changed_configuration_drops_what_is_kept(measured, tmp_path, monkeypatch):
    """Its command is the same."""
    load = runner.configs.load
    changed = ["optimizer.learning_rate=0.5"]
    monkeypatch.setattr(runner.configs, "load", lambda name: override(load(name), changed))
    assert figure_of(tmp_path, NETWORK, run_at(tmp_path, train=False)) is None


def test_a_new_column_drops_what_is_kept(measured, tmp_path):
    table = dataclasses.replace(FIRST, columns=(*COLUMNS, Column("F1", experiment.mean("f1"))))
    assert figure_of(tmp_path, NETWORK, run_at(tmp_path, train=False), table) is None


def test_a_new_cell_of_the_training_drops_what_is_kept(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(page.comparison, "TRAINING", (*comparison.TRAINING, "seed"))
    assert figure_of(tmp_path, NETWORK, run_at(tmp_path, train=False)) is None


@pytest.mark.parametrize("name", ["weights.weights.h5", "kim2018_int8.tflite", "contract.json"])
def test_other_weights_that_ship_drop_what_is_kept(name, measured, tmp_path, shipped):
    run = run_at(tmp_path, train=False)
    assert figure_of(tmp_path, SHIPS, run, SECOND) == 0.75
    files.write_text(shipped / "README.md", "a note")
    assert figure_of(tmp_path, SHIPS, run, SECOND) == 0.75
    files.write_text(shipped / name, "other")
    with pytest.raises(Called):
        figure_of(tmp_path, SHIPS, run, SECOND)


def test_a_measurement_older_than_the_weights_that_ship_is_made_again(tmp_path, shipped, idle):
    run = run_at(tmp_path)
    measure(run, SHIPS, 0.75)
    assert run.measure(SHIPS).record["results"]["all"]["mean"]["accuracy"] == 0.75
    shutil.copy(shipped / "weights.weights.h5", shipped / "copy")
    (shipped / "copy").replace(shipped / "weights.weights.h5")
    with pytest.raises(Called):
        run.measure(SHIPS)


@pytest.fixture
def call(tmp_path, shipped, idle, monkeypatch):
    """Runs the command for the paper, or for its experiment of a name."""

    def call(*words, part=None):
        chosen = [e for e in PAPER.experiments if part in (None, e.name)]
        monkeypatch.setattr(reproduce, "choose", lambda _: (PAPER, tuple(chosen)))
        where = ["--run-dir", str(tmp_path / "runs"), "--output-dir", str(tmp_path / "results")]
        return command.main(["made2030", "--no-train", *words, *where])

    for row, accuracy in ((NETWORK, 0.5), (TRIVIAL, 0.25), (SHIPS, 0.75)):
        measure(run_at(tmp_path), row, accuracy)
    return call


def test_a_call_for_one_experiment_keeps_the_others(call, tmp_path, capsys):
    path = tmp_path / "results" / "made2030.md"
    assert call() == 0
    before = path.read_text()
    shutil.rmtree(tmp_path / "runs")
    measure(run_at(tmp_path), SHIPS, 0.875)
    capsys.readouterr()
    assert call(part="second") == 0
    assert path.read_text() == before.replace("0.750", "0.875")
    printed = capsys.readouterr()
    assert "## First" not in printed.out and "Made by `keras-blur reproduce made2030/second" in printed.out
    assert "kept: first: the network" in printed.err and f"written: {path}" in printed.err


def test_the_first_call_for_one_experiment_says_what_the_others_lack(call, tmp_path):
    shutil.rmtree(tmp_path / "runs")
    measure(run_at(tmp_path), SHIPS, 0.75)
    assert call(part="second") == 0
    text = (tmp_path / "results" / "made2030.md").read_text()
    assert "| what ships | 0.750 |" in text and "| all blurred | not run |" in text
    flat = " ".join(text.split())
    assert "- the network: its training was left out: `keras-blur train --config unet" in flat
    assert "- all blurred: its measurement was left out: `keras-blur evaluate --system all_blurred" in flat


def test_one_experiment_of_another_length_leaves_the_page(call, tmp_path, capsys):
    assert call() == 0
    before = {path: path.read_text() for path in (tmp_path / "results").rglob("*.*")}
    assert len(before) == 2
    assert call("--epochs", "3", part="second") == 2
    said = capsys.readouterr().err
    assert (
        "found one made by 'keras-blur reproduce made2030 --scale small'" in said and "--output-dir" in said
    )
    assert {path: path.read_text() for path in (tmp_path / "results").rglob("*.*")} == before
    assert call("--epochs", "3") == 0  # the whole paper replaces the page, and the rows of both lengths stay
    assert "--epochs 3`" in (tmp_path / "results" / "made2030.md").read_text()
    shutil.rmtree(tmp_path / "runs")
    assert call() == 0
    assert {path: path.read_text() for path in before} == before


def test_a_page_without_kept_rows_isnt_emptied_by_one_experiment(call, tmp_path, capsys):
    assert call() == 0
    path = tmp_path / "results" / "made2030.md"
    before = path.read_text()
    (tmp_path / "results" / "made2030" / "rows_small.json").unlink()
    assert call(part="second") == 2
    assert "rows_small.json" in capsys.readouterr().err and path.read_text() == before


ROW = {"made": {}, "figures": {"accuracy": 0.5}, "training": dict.fromkeys(comparison.TRAINING, "none")}
SUMMARY = {"folds": [], "mean": dict.fromkeys(folds.FIGURES, 0.5)}


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", '{"first": 1}', '{"first": {"the netw', '{"first": {"the network": {}}}'),
        *(
            json.dumps({"first": {"the network": record}})
            for record in (
                [],
                ROW | {"made": 5},
                ROW | {"figures": None},
                ROW | {"figures": [1]},
                ROW | {"figures": {"accuracy": "0.5"}},
                ROW | {"figures": {"accuracy": True}},
                ROW | {"figures": {"accuracy": float("nan")}},
                ROW | {"training": 3},
                ROW | {"training": dict.fromkeys(comparison.TRAINING)},
                {"made": {}},
                {"made": {}, "training": ROW["training"]},
                {"made": {}, "figures": {"accuracy": 0.5}},
                {"made": {}, "figures": SUMMARY},
                {"made": {}, "figures": SUMMARY | {"folds": [{"photos": 1}], "deviation": SUMMARY["mean"]}},
                {"made": {}, "sha256": 5},
            )
        ),
    ],
)
def test_a_damaged_file_is_one_clear_error(text, call, tmp_path, capsys):
    path = tmp_path / "results" / "made2030" / "rows_small.json"
    files.write_text(path, text)
    assert call() == 1
    said = capsys.readouterr().err
    assert said.count("error:") == 1 and str(path) in said and "move it away" in said
    assert path.read_text() == text and not (tmp_path / "results" / "made2030.md").exists()


def test_a_torn_write_loses_nothing(measured, tmp_path, monkeypatch):
    rows = rows_at(tmp_path)
    before = rows.path.read_bytes()

    def write(path, text, **_):
        path.write_bytes(text.encode()[: len(text) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.Path, "write_text", write)
        with pytest.raises(BlurError, match="No space left"):
            rows.keep("first", "another", {}, sha256=None)
    assert rows.path.read_bytes() == before
    rows.keep("first", "another", {}, sha256=None)
    assert {"another", "the network"} <= json.loads(rows.path.read_text())["first"].keys()


def test_calls_side_by_side_lose_no_row_of_each_other(tmp_path):
    """Each reads the file, adds a row, and writes it."""

    def keep(name):
        for number in range(25):
            rows_at(tmp_path).keep(name, str(number), {}, sha256=None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, "abcd"))
    kept = json.loads(rows_at(tmp_path).path.read_text())
    assert {name: len(rows) for name, rows in kept.items()} == dict.fromkeys("abcd", 25)


def test_what_a_killed_call_left_goes_with_the_next_row(tmp_path):
    left, other = tmp_path / ".rows.0a1b2c3d.json", tmp_path / ".others.0a1b2c3d.json"
    for path in (left, other):
        path.write_text("{")
    rows_at(tmp_path).keep("first", "the network", {}, sha256=None)
    assert not left.exists() and other.exists()


@pytest.mark.parametrize("part", [None, "second"])
def test_an_output_folder_that_cant_be_written_is_said_before_a_training(
    part, tmp_path, monkeypatch, capsys, idle
):
    chosen = tuple(each for each in PAPER.experiments if part in (None, each.name))
    monkeypatch.setattr(reproduce, "choose", lambda _: (PAPER, chosen))
    (tmp_path / "file").write_text("")
    words = ["--run-dir", str(tmp_path / "runs"), "--output-dir", str(tmp_path / "file")]
    assert command.main(["made2030", *words]) == 1
    assert "a file is where a folder should be" in capsys.readouterr().err


@pytest.mark.parametrize("make", [lambda path: path.write_bytes(b"\xff"), lambda path: path.mkdir()])
def test_what_is_no_page_takes_up_no_experiment(make, call, tmp_path, capsys):
    (tmp_path / "results").mkdir()
    make(tmp_path / "results" / "made2030.md")
    assert call(part="second") == 2
    assert "found one made by 'something else'" in capsys.readouterr().err


def test_no_local_folder_is_kept(measured, tmp_path):
    run = run_at(tmp_path, data_dir=str(tmp_path / "data"))
    after = dataclasses.replace(TRAINED, name="later", after=TRAINED)
    row = Row("later", after, options=("--photos", str(runner.PACKAGE / "reproduce" / "photos.txt")))
    made = run.describe(row)
    assert str(tmp_path) not in json.dumps(made) and str(runner.PACKAGE) not in json.dumps(made)
    assert made["evaluate"].endswith("--photos keras_blur/reproduce/photos.txt")
    elsewhere = runner.Runner(tmp_path / "elsewhere", "small")
    assert elsewhere.describe(row) == made
    assert str(tmp_path) not in rows_at(tmp_path).path.read_text()


def draw(path, runner, rows):
    path.write_text(" ".join(row.label for row in rows))


def test_a_picture_is_kept_as_long_as_it_is_the_one_that_was_drawn(tmp_path, shipped, idle):
    figure = Figure("curves", "Curves", "figure 1", draw, (NETWORK, SHIPS))
    run, rows, path = run_at(tmp_path, train=False), rows_at(tmp_path), tmp_path / "made" / "curves.png"
    measure(run, NETWORK, 0.5)
    measure(run, SHIPS, 0.5)
    lines = page._run(figure, run, path.parent, rows)
    assert path.read_text() == "the network what ships"
    shutil.rmtree(run.folder)
    assert page._run(figure, run, path.parent, rows) == lines == ["![Curves](made/curves.png)"]
    assert page._run(figure, dataclasses.replace(run, again=True), path.parent, rows) == lines
    assert path.read_text() == "the network what ships"  # a new one would lack the network
    path.unlink()
    path.mkdir()
    assert page._run(figure, dataclasses.replace(run, measures=False), path.parent, rows)[0].startswith(
        "Not run"
    )
    path.rmdir()
    path.write_text("another picture")
    assert "Not run:" in page._run(figure, run, path.parent, rows)
    assert path.read_text() == "what ships"
    files.write_text(shipped / "weights.weights.h5", "others")
    asleep = dataclasses.replace(run, measures=False)
    assert page._run(figure, asleep, path.parent, rows) == [
        "Not run: `keras-blur reproduce made/curves --scale small`"
    ]


def test_a_picture_that_shows_photos_is_drawn_where_one_asks_for_it(tmp_path, shipped, idle):
    figure = Figure("sheet", "Sheet", "figure 2", draw, (SHIPS,), shows_photos=True)
    paper = Paper("made", "Made", (figure, SECOND))
    run, rows, path = run_at(tmp_path, train=False), rows_at(tmp_path), tmp_path / "made" / "sheet.png"
    measure(run, SHIPS, 0.5)
    lines = page.run(paper, paper.experiments, run, path.parent, rows)
    shutil.rmtree(run.folder)
    path.unlink()
    assert page.run(paper, paper.experiments, run, path.parent, rows) == lines
    assert not path.exists()
    assert page.run(paper, [figure], run, path.parent, rows) == lines
    assert path.exists()


def test_a_cross_validation_is_kept(tmp_path, idle):
    training = dataclasses.replace(TRAINED, folds=2)
    validation = CrossValidation("folds", "Folds", "folds", training)
    run, rows = run_at(tmp_path, train=False), rows_at(tmp_path)
    for number in range(2):
        make_run(run, dataclasses.replace(TRAINED, name=f"tiny/fold_{number}"))
        config = run.config(training)
        data = dataclasses.replace(config.data, folds=2, fold=number)
        path = run.run_folder(training) / f"fold_{number}" / "config.json"
        files.write_json(path, dataclasses.replace(config, data=data).to_dict())
    assert "lack a summary" in page._run(validation, run, tmp_path, rows)[0]
    figures = [{"photos": 4, **dict.fromkeys(folds.FIGURES, value)} for value in (0.5, 0.75)]
    folds.write(run.run_folder(training), folds.summarise(figures))
    lines = page._run(validation, run, tmp_path, rows)
    assert "0.625" in lines[-1]
    shutil.rmtree(run.folder)
    assert page._run(validation, run, tmp_path, rows) == lines
    other = dataclasses.replace(validation, run=dataclasses.replace(training, folds=3))
    assert page._run(other, run, tmp_path, rows)[0].startswith("Not run: its training was left out")


def test_a_data_set_that_is_missing_is_said_in_one_line(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["kim2018/curves", "--no-train", "--data-dir", str(tmp_path / "none"), "--run-dir", str(tmp_path)]
    assert command.main(words) == 2
    (said,) = [line for line in capfd.readouterr().err.splitlines() if "error" in line]
    assert f"'keras-blur prepare cuhk_blur/kim2018 --data-dir {tmp_path / 'none'}'" in said


@pytest.mark.parametrize("paper", reproduce.PAPERS)
def test_the_documents_are_what_their_kept_rows_make(paper, tmp_path, idle):
    """After a change of an experiment, its recipe or weights that ship: keras-blur reproduce PAPER."""
    run = run_at(tmp_path, train=False, epochs=EPOCHS[paper])
    shutil.copytree(RESULTS / paper, tmp_path / paper)
    rows = Kept(tmp_path / paper / f"rows_{run.runs.name}.json")
    found = reproduce.load(paper)
    lines = page.run(found, found.experiments, run, tmp_path / paper, rows)
    assert page.render(found, found.experiments, lines, run) == (RESULTS / f"{paper}.md").read_text()
