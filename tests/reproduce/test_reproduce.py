"""The experiments of the papers: their data are consistent, and one of made-up data runs from end to end."""

import csv
import dataclasses
import hashlib
import os
import re
import shlex
from pathlib import Path

import pytest

import tfds_builders
from keras_blur import configs, files, models, provenance, reproduce, systems
from keras_blur.commands import evaluate
from keras_blur.commands import reproduce as command
from keras_blur.data import catalog
from keras_blur.errors import UsageError
from keras_blur.reproduce import experiment, figures, page, runner
from keras_blur.reproduce.experiment import Column, CrossValidation, Figure, Paper, Row, Run, Table
from keras_blur.reproduce.kept import Kept
from keras_blur.reproduce.schuster2016 import PHOTOS_FILE
from keras_blur.training.config import override
from tfds_builders import __main__ as prepare

RESULTS = Path(__file__).parents[2] / "docs" / "results"
EXPERIMENTS = [(paper, e) for paper in reproduce.PAPERS for e in reproduce.load(paper).experiments]
RUNS = sorted({run for _, e in EXPERIMENTS for run in e.runs}, key=lambda run: run.name)
TINY = (
    "data.dataset=tiny_blur",
    "model.filters=2",
    "model.depth=2",
    "data.crop=32",
    "data.samples_per_epoch=8",
    "training.epochs=1",
    "training.batch_size=4",
    "training.panels_every=0",
)
TRAINED = Run("tiny", "unet", "unet", settings=TINY)
NEVER = Run("never", "unet", "unet", settings=TINY, scales=("full",), why="it needs a GPU")
TABLE = Table(
    "table1",
    "A network and what it must beat",
    "table 1",
    (Column("accuracy", experiment.mean("accuracy")), Column("spread", experiment.spread("accuracy"))),
    (
        Row("the network", TRAINED, {"accuracy": 0.75}, dataset="tiny_blur"),
        Row("all blurred", "all_blurred", dataset="tiny_blur"),
        Row("the full one", NEVER, dataset="tiny_blur"),
    ),
    ("The photos are made up.",),
)
CURVES = Figure("figure1", "Curves", "figure 1", figures.draw_precision_recall, TABLE.rows[:2])
SHEET = Figure(
    "figure2", "Side by side", "figure 2", figures.draw_side_by_side, TABLE.rows[:2], shows_photos=True
)
COURSE = Figure("figure3", "Course", "figure 3", figures.draw_curves, TABLE.rows[:1])
PAPER = Paper("made2030", "Made up 2030", (TABLE, CURVES, SHEET, COURSE))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_every_run_is_an_experiment_that_can_be_trained(run):
    for scale in run.scales:
        config = override(configs.load(run.config_at(scale)), list(run.settings))
        models.contract(config.model.name, **{**config.model.options})
        assert "test" not in config.data.train + config.data.validation
        assert config.model.initial_weights is None or run.after is not None


@pytest.mark.parametrize(
    "words", sorted({words for run in RUNS for scale in run.scales for words in run.prepares_at(scale)})
)
def test_every_data_set_can_be_prepared_as_the_page_says(words):
    builders = pytest.importorskip("tfds_builders.building")
    arguments = prepare.parser().parse_args(shlex.split(words))
    name, _, config = arguments.dataset.partition("/")
    make = tfds_builders.builder_class(name)
    assert not config or make.get_builder_config(config)
    given = {word for word in shlex.split(words) if word.startswith("--")} - {"--count"}
    builder = builders._builder(arguments.dataset, Path("nowhere"))
    folders = {"--manual-dir": bool(builder.MANUAL_DOWNLOAD_INSTRUCTIONS)}
    folders |= {f"--{part}-dir": getattr(builder, f"uses_{part}", False) for part in ("objects", "photos")}
    assert given == {option for option, needed in folders.items() if needed}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_what_a_run_reads_is_what_it_says_to_prepare(run):
    prepared = {_full_name(words.split()[0]) for words in run.prepares}
    for scale in run.scales:
        config = override(configs.load(run.config_at(scale)), list(run.settings))
        read = {config.data.dataset, *(name for name, _ in config.data.extras)}
        assert {_full_name(name) for name in read} <= prepared


def _full_name(dataset):
    """A data set's name with its default config, where it has configs."""
    make = tfds_builders.builder_class(dataset.split("/")[0])
    config = make.DEFAULT_BUILDER_CONFIG_NAME
    return dataset if "/" in dataset or not config else f"{dataset}/{config}"


def test_runs_of_one_name_are_one_run():
    names = {}
    for run in RUNS:
        for scale in run.scales:
            assert names.setdefault((run.name, scale), run) == run


@pytest.mark.parametrize(("paper", "found"), EXPERIMENTS, ids=lambda value: getattr(value, "name", value))
def test_every_row_can_be_asked_for(paper, found):
    rows = () if isinstance(found, CrossValidation) else found.rows
    for row in rows:
        words = runner.Runner(Path("runs"), "small").measure_words(row)
        evaluate.parser().parse_args(words)
        if isinstance(found, Table):
            assert {*row.published} <= {column.title for column in found.columns}
    assert found.place and found.title


@pytest.mark.parametrize("table", [e for _, e in EXPERIMENTS if isinstance(e, Table) and e.repeated])
def test_repeated_trainings_differ_by_their_seed_alone(table):
    first, second = (row for label in table.repeated for row in table.rows if row.label == label)
    configs_of = [runner.Runner(Path("runs"), "small").config(row.system) for row in (first, second)]
    seeds = [config.training.seed for config in configs_of]
    assert seeds == [0, 1] and override(configs_of[0], ["training.seed=1"]) == configs_of[1]
    assert dataclasses.replace(first, label="", system="", published={}) == dataclasses.replace(
        second, label="", system="", published={}
    )


def test_what_chance_does_is_said_below_a_table():
    table = dataclasses.replace(TABLE, repeated=("the network", "all blurred"))
    outcomes = [page.Outcome({"accuracy": value, "spread": 0.0}) for value in (0.5, 0.75)]
    lines = page.render_table(table, [*outcomes, page.Outcome(reason="no GPU")])
    said = [line for line in lines if "seed alone" in line]
    assert len(said) == 1 and "by this much: accuracy 0.250, spread 0.000." in said[0]
    lines = page.render_table(table, [outcomes[0], page.Outcome(reason="no time"), outcomes[1]])
    assert not any("seed alone" in line for line in lines)


def test_names_of_experiments_differ():
    assert len(set((paper, e.name) for paper, e in EXPERIMENTS)) == len(EXPERIMENTS)


def test_schusters_photos_are_those_of_the_seed():
    manifest = Path(__file__).parents[2] / "tfds_builders" / "cuhk_blur" / "photos.tsv"
    with open(manifest, encoding="utf-8", newline="") as file:
        photos = [line for line in csv.DictReader(file, delimiter="\t") if line["kim2018"] == "test"]
    expected = []
    for kind in ("motion", "defocus"):
        names = [photo["name"] for photo in photos if photo["type"] == kind]
        names.sort(key=lambda name: hashlib.sha256(f"schuster2016/{name}".encode()).hexdigest())
        expected += sorted(names[:10])
    assert PHOTOS_FILE.read_text().split() == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [("kim2019", "did you mean 'kim2018'"), ("kim2018/ablatoin", "did you mean 'ablation'")],
)
def test_unknown_names_get_the_nearest(text, words):
    with pytest.raises(UsageError, match=words):
        reproduce.choose(text)


def test_one_experiment_or_all_of_a_paper():
    paper, found = reproduce.choose("kim2018/types")
    assert [e.name for e in found] == ["types"]
    assert reproduce.choose("kim2018") == (paper, paper.experiments)


@pytest.mark.slow
def test_a_paper_from_training_to_page(tiny_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reproduce, "choose", lambda _: (PAPER, PAPER.experiments))
    where = ["--data-dir", str(tiny_data), "--run-dir", str(tmp_path / "runs"), "--output-dir", str(tmp_path)]
    assert command.main(["made2030", "--no-train", *where]) == 0
    assert capsys.readouterr().out.count("its training was left out: `keras-blur train --config unet") == 4

    assert command.main(["made2030", *where]) == 0
    text = (tmp_path / "made2030.md").read_text()
    lines = {line.split(" | ")[0].strip("| "): line for line in text.split("\n") if line.startswith("|")}
    assert "accuracy (ours) | accuracy (the paper's) | spread (ours)" in lines["system"]
    assert re.match(r"\| the network \| 0\.\d{3} \| 0\.750 \| 0\.\d{3} \| tiny_blur", lines["the network"])
    assert "| not run | - | not run |" in lines["the full one"]
    assert "The photos are made up." in text
    assert str(tmp_path) not in text and str(tiny_data) not in text
    assert "![Curves](made2030/figure1.png)" in text and "[figure1.csv](made2030/figure1.csv)" in text
    assert "![Side by side]" not in text and "isn't part of the repository" in text
    assert "| `tiny` | unet (filters 2, depth 2) | 32 | 8 | 4 | 1 | 0 |" in text
    for figure in (CURVES, SHEET, COURSE):
        assert (tmp_path / "made2030" / f"{figure.name}.png").stat().st_size > 1000

    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").rglob("metrics.json")}
    assert len(before) == 2
    run = runner.Runner(tmp_path / "runs", "small", str(tiny_data), train=False)
    run.measure(TABLE.rows[0])
    assert {path: path.stat().st_mtime_ns for path in before} == before  # nothing was measured again
    trainings = re.findall(r"^keras-blur train (.*)$", text.replace("\\\n", ""), re.M)
    assert trainings and all("--config" in shlex.split(words) for words in trainings)


@pytest.mark.parametrize(("paper", "found"), EXPERIMENTS, ids=lambda value: getattr(value, "name", value))
def test_the_documents_have_every_experiment(paper, found):
    text = (RESULTS / f"{paper}.md").read_text()
    assert f"\n## {found.title}\n" in text
    for row in found.rows if isinstance(found, Table) else ():
        assert f"\n| {row.label} |" in text


@pytest.mark.parametrize("paper", reproduce.PAPERS)
def test_the_documents_say_why_a_row_was_not_run(paper):
    """Each such row of a table is in the list below the table, with its command."""
    for part in (RESULTS / f"{paper}.md").read_text().split("\n## "):
        rows = re.findall(rf"^\| (.*?) \|.* {page.NOT_RUN} \|", part, re.M)
        part = re.sub(r"\n  (?=\S)", " ", part)  # joins divided lines
        for label in rows:
            assert re.search(rf"^- {re.escape(label)}: .+: `keras-blur train ", part, re.M), label


def test_filters_need_no_photos(tmp_path):
    paper, found = reproduce.choose("zeng2019/filters")
    nowhere = runner.Runner(tmp_path / "runs", "small", str(tmp_path / "no data"), train=False)
    lines = page.run(paper, found, nowhere, tmp_path / "pictures", Kept(tmp_path / "rows.json"))
    text = page.render(paper, found, lines, nowhere)
    assert "Made by `keras-blur reproduce zeng2019/filters --scale small`" in text
    assert "![The two filters of the metric](pictures/filters.png)" in text
    assert (tmp_path / "pictures" / "filters.png").stat().st_size > 1000


def test_a_run_of_another_scale_is_said_with_its_command(tmp_path):
    outcome = page.run_row(
        TABLE, TABLE.rows[2], runner.Runner(tmp_path, "small"), Kept(tmp_path / "rows.json")
    )
    assert outcome.figures is None
    assert outcome.reason.startswith(
        "only at scale `full`, because it needs a GPU: `keras-blur train --config unet --run-dir "
        "runs/reproduce/full/never"
    )


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_run_that_a_scale_lacks_says_why(run):
    assert bool(run.why) == (run.scales != experiment.SCALES)


def test_short_runs_lie_apart_and_are_said(tmp_path):
    short, whole = (runner.Runner(tmp_path, "small", epochs=epochs) for epochs in (2, 0))
    assert short.run_folder(TRAINED) != whole.run_folder(TRAINED)
    assert shlex.join(short.train_words(TRAINED)).count("--epochs 2") == 1
    assert short.config(TRAINED).training.epochs == 2
    assert whole.config(TRAINED).training.epochs == 1
    text = page.render(dataclasses.replace(PAPER, experiments=()), [], {}, short)
    assert "--scale small --epochs 2`" in text
    assert "Every training ends after 2 epochs here;" in text
    assert page._describe(TRAINED, short)[5] == "2 of 1" and page._describe(TRAINED, whole)[5] == "1"


@pytest.mark.parametrize(
    ("setting", "words"),
    [("data.crop=64", "another data.crop"), ("model.filters=4", "another model.options")],
)
def test_a_run_with_other_settings_is_named_and_not_used(setting, words, tmp_path):
    run = runner.Runner(tmp_path, "small", train=False)
    other = override(run.config(TRAINED), [setting])
    files.write_json(run.run_folder(TRAINED) / "config.json", other.to_dict())
    reason = run.why_not([TRAINED])
    assert f"`runs/reproduce/small/tiny` was trained with {words}, so it isn't used" in reason


def test_a_half_finished_run_is_named_and_not_used(tmp_path):
    run = runner.Runner(tmp_path, "small", train=False, epochs=2)
    folder = run.run_folder(TRAINED)
    files.write_json(folder / "config.json", run.config(TRAINED).to_dict())
    data = [{"use": use, "dataset": "gone", "split": use} for use in ("training", "validation")]
    files.write_json(folder / "run.json", {**provenance.collect(), "data": data})
    files.write_json(folder / "best" / "network.json", {"name": "unet", "options": {}})
    for epochs, words in ((1, "its training is unfinished"), (2, "")):
        files.write_text(folder / "log.csv", "epoch\n" + "1\n" * epochs)
        assert run.why_not([TRAINED]).startswith(words) and bool(run.why_not([TRAINED])) == bool(words)


@pytest.mark.parametrize("name", ["kim2018", "schuster2016_cut"])
def test_what_ships_is_not_hidden_by_a_run_of_its_name(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path / "runs"))
    part = "schuster2016" if name == "schuster2016_cut" else name
    for folder in ("runs", "small"):
        files.write_json(tmp_path / folder / part / "best" / "network.json", {"name": part, "options": {}})
    run = runner.Runner(tmp_path, "small")
    assert run.weight_folders(Row("what ships", name)) == [systems.PRETRAINED / part]
    calls = []
    monkeypatch.setattr(runner.subprocess, "run", lambda *_, env, **__: calls.append(env) or Done())
    monkeypatch.setattr(runner.catalog, "load", lambda *_: None)
    with pytest.raises(FileNotFoundError):
        run.measure(Row("what ships", name))
    assert not list(Path(calls[0]["KERAS_BLUR_RUNS"]).glob("*"))
    assert os.environ["KERAS_BLUR_RUNS"] == str(tmp_path / "runs")


class Done:
    returncode = 0


def test_a_run_of_another_version_is_named_and_not_used(tmp_path):
    run = runner.Runner(tmp_path, "small")
    folder = run.run_folder(TRAINED)
    files.write_json(folder / "config.json", run.config(TRAINED).to_dict())
    files.write_json(folder / "run.json", {"keras_blur": "0.1.0", "data": []})
    assert "another version of keras-blur, 0.1.0" in run.why_not([TRAINED])


def test_a_run_with_other_data_is_named_and_not_used(tiny_data, tmp_path):
    run = runner.Runner(tmp_path, "small", str(tiny_data), train=False)
    folder = run.run_folder(TRAINED)
    files.write_json(folder / "config.json", run.config(TRAINED).to_dict())
    learnt, chosen = (catalog.load("tiny_blur", split, tiny_data) for split in ("train", "validation"))
    record = provenance.collect(training=[learnt], validation=[chosen])
    files.write_json(folder / "run.json", record)
    assert run.find_mismatch(TRAINED) == ""
    record["data"][0]["fingerprint"] = "0" * 16
    files.write_json(folder / "run.json", record)
    assert run.find_mismatch(TRAINED) == "other examples of tiny_blur"


def test_the_list_names_every_experiment(capsys):
    assert command.main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{paper}/{e.name}" in printed for paper, e in EXPERIMENTS)


def test_no_paper_is_a_usage_error(capsys):
    assert command.main([]) == 2
    assert "expected one of schuster2016" in capsys.readouterr().err
