"""A few hostile files of each kind, the same each time; `make fuzz` tries tens of thousands."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hostile import bombs, chaos, fuzz, seeds
from hostile.targets import TARGETS

from keras_blur.errors import BlurError

FEW = {"photos": 1500, "tflite": 12, "weights": 60, "state": 200}


@pytest.mark.parametrize("kind", TARGETS)
def test_hostile_files_are_answered_or_refused_in_one_line(kind, tmp_path, monkeypatch):
    if kind == "tflite":
        pytest.importorskip("ai_edge_litert")
        from keras_blur.systems import tflite

        monkeypatch.setattr(tflite, "subprocess", tflite.subprocess)  # is put back
    target = TARGETS[kind]
    read, path = target.read(), tmp_path / f"hostile.{target.ending}"
    outcomes = {"answer": 0, "clean error": 0}
    for number, content in seeds.cases(target.seeds(), kind, range(FEW.get(kind, 300))):
        path.write_bytes(content)
        try:
            read(path)
            outcomes["answer"] += 1
        except BlurError as error:
            assert "\n" not in str(error), f"{kind}:{number}"
            outcomes["clean error"] += 1
        except Exception as error:
            raise AssertionError(f"fuzz.py --reproduce {kind}:{number}") from error
    assert outcomes["clean error"]


@pytest.mark.parametrize("kind", TARGETS)
def test_what_hostile_files_are_made_of_is_read(kind, tmp_path, monkeypatch):
    if kind in ("tflite", "zips", "undo"):
        pytest.skip("tested where they are read" if kind == "tflite" else "never whole")
    target = TARGETS[kind]
    read, path = target.read(), tmp_path / f"whole.{target.ending}"
    for name, content in target.seeds().items():
        if (kind, name) in (("contracts", "list"), ("contracts", "numbers")):
            continue
        path.write_bytes(content)
        read(path)


def test_a_file_that_ends_its_worker_is_noted_and_the_next_worker_goes_on(tmp_path, monkeypatch):
    """The workers here are shell scripts: one file a worker, the third one of which kills it."""
    program = tmp_path / "worker.sh"
    program.write_text(
        'IFS=: read kind first rest <<< "$4"\n'
        '[ "$first" = 2 ] && kill -9 $$\n'
        f'echo "{{\\"case\\": $first, \\"outcome\\": \\"answer\\"}}" >> {tmp_path}/maps-0of1.jsonl\n'
    )
    monkeypatch.setattr(fuzz, "BATCH", 1)
    monkeypatch.setattr(fuzz, "__file__", str(program))
    monkeypatch.setattr(fuzz.sys, "executable", "/bin/bash")
    fuzz.try_all("maps", range(5), tmp_path)
    text, strange = fuzz.table(tmp_path)
    assert "| maps | 5 | 4 | 0 | 1 |" in text and "ended its process (-9)" in text and strange == 1


@pytest.mark.parametrize("careless", [False, True])
def test_chaos_finds_what_a_killed_job_leaves_over(careless):
    """The job is killed before each of its changes; a careless one leaves a file of its process."""

    def prepare(folder):
        (folder / "parent").write_text(str(os.getpid()))

    def run(folder):
        assert os.getpid() != int((folder / "parent").read_text()) != os.getppid(), "not prepared by a fork"
        partial = folder / (f"partial-{os.getpid()}" if careless else "partial")
        partial.write_text("whole")
        partial.rename(folder / "result")

    def results(folder):
        return {path.name: "" for path in folder.iterdir()}

    tally = chaos.disturb(chaos.Job(prepare, run, results), kills=4, seed=0, disks=False)
    assert (tally.at_changes, tally.lost) == (2, 0), tally.notes
    assert (tally.left > 0) == careless, tally.notes


def in_a_process_of_its_own(program: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)


def test_what_a_bomb_takes_is_not_what_making_it_took():
    held = np.ones(200 << 20, np.uint8)
    found = in_a_process_of_its_own("from hostile import bombs; print(bombs.peak())")
    assert int(found) < held.nbytes >> 21 < bombs.peak()  # half of it


def test_memory_is_measured_for_each_file_by_itself():
    taken = in_a_process_of_its_own(
        "import numpy as np\n"
        "from hostile import fuzz\n"
        "np.ones(300 << 20, np.uint8)\n"
        "before = fuzz.reset_peak()\n"
        "np.ones(100 << 20, np.uint8)\n"
        "print(fuzz.peak() - before)\n"
    )
    assert 90 < float(taken) < 200
