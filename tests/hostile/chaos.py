"""Kills jobs, fills their disks and runs two at once; then starts them again and looks what is lost.

    make chaos                                        all jobs: half an hour and more on two cores
    python tests/hostile/chaos.py --only predict,sort --kills 20

Kills come before changes of files and at random moments. After each blow the job is started again as its user
would, with --resume where it has one. What it leaves is compared with what an undisturbed one leaves: what is
missing or differs is lost, what is more is left over. Jobs are forks of this process, which imports what they
need and runs none of it: TensorFlow can be forked before its first operation, not after it. Full disks and
those that can't be written are file systems in memory, which need root.
"""

import argparse
import contextlib
import dataclasses
import hashlib
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

REFUSED, SURPRISED = 3, 4
"""Exit codes of a fork: a `BlurError`, or anything else, which should not be."""

DISKS = (0.02, 0.1, 0.3, 0.6, 0.9)
"""Sizes of full disks, as shares of what the job needs."""


@dataclasses.dataclass(frozen=True)
class Job:
    """What is disturbed.

    Attributes:
        prepare: Makes in a folder what the job reads.
        run: Does the job in that folder; raises `BlurError` if it can't.
        results: Returns what must be there at the end: digests by name. What else is there is left over.
        imports: Modules that each fork would spend its time to import.
    """

    prepare: Callable[[Path], None]
    run: Callable[[Path], None]
    results: Callable[[Path], dict[str, str]]
    imports: tuple[str, ...] = ()


def digest(path: Path, folder: Path) -> str:
    """Returns a file's digest, whatever the folder is called in which a job ran."""
    return hashlib.sha256(path.read_bytes().replace(os.fsencode(folder), b"")).hexdigest()


def all_files(folder: Path) -> dict[str, str]:
    """Returns the digests of all files below a folder, hidden ones too."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): digest(path, folder) for path in found}


def names_only(files: dict[str, str], *endings: str) -> dict[str, str]:
    """Returns files whose content has times or commands in it by their names alone."""
    return {name: "" if name.endswith(endings) else value for name, value in files.items()}


# Jobs -------------------------------------------------------------------------------------------------------


def _photos(folder: Path) -> None:
    import red_system

    for number, colour in enumerate(
        ((255, 0, 0), (0, 0, 0), (0, 0, 255), (250, 9, 0), (0, 90, 0), (9, 0, 200))
    ):
        red_system.save(folder / "photos" / f"{number}" / f"{number}.jpg", colour)


def _with_red() -> None:
    import red_system

    from keras_blur import systems

    systems.load = lambda *_, **__: red_system.RedIsBlurred()


def _predict(folder: Path) -> None:
    from keras_blur.commands import predict

    _with_red()
    flags = [
        "--overlays",
        "--save-maps",
        "--csv",
        "--json",
        "--resume",
        "--report",
        str(folder / "out/r.html"),
    ]
    _must(predict.main([str(folder / "photos"), "--output-dir", str(folder / "out"), *flags]))


def _predicted(folder: Path) -> dict[str, str]:
    # The record is in the order of the judging and the page has a time.
    return names_only(all_files(folder), ".jsonl", ".html")


def _sort(folder: Path) -> None:
    from keras_blur.commands import sort

    _with_red()
    flags = ["--move-to", str(folder / "blurred"), "--output-dir", str(folder / "out"), "--resume"]
    _must(sort.main([str(folder / "photos"), *flags]))


def _sorted(folder: Path) -> dict[str, str]:
    """The photos by content, wherever they lie; undo files have a time in their name."""
    files = all_files(folder)
    return {
        f"{name.partition('/')[0]} {value}" if name.endswith(".jpg") else name: ""
        for name, value in files.items()
        if "undo-" not in name and not name.endswith(".jsonl")
    }


def _export(folder: Path) -> None:
    import keras
    import tiny_networks

    from export import exporters, pipeline
    from export.calibration import Photos
    from keras_blur import models

    keras.utils.set_random_seed(3)
    network = tiny_networks.scatter(models.build("unet", filters=4, depth=2))
    photos = Photos(folder / "photos")
    chosen = exporters.get(["float32"])
    about = {"source": "a tiny U-Net", "command": "chaos"}
    contract = models.contract("unet", depth=2)
    job = pipeline.Job(
        network, contract, chosen, photos, (32, 48), about=about, timing_runs=1, author="A", license="CC0-1.0"
    )
    pipeline.run(job, folder / "exported")


def _export_photos(folder: Path) -> None:
    import numpy as np
    from PIL import Image

    (folder / "photos").mkdir()
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (54, 72, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{number}.png")


def _exported(folder: Path) -> dict[str, str]:
    return names_only(all_files(folder), ".json", ".md", ".tflite")


def _build_photos(folder: Path) -> None:
    import numpy as np
    from PIL import Image

    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), dtype=np.uint8)
        for name, picture in (("image", pixels), ("gt", (pixels[..., 0] > 127).astype(np.uint8) * 255)):
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(picture).save(folder / name / f"{number}.png")


def _build(folder: Path) -> None:
    from tfds_builders import building

    options = {"images": folder / "image", "masks": folder / "gt"}
    building.build("photos/mine", folder / "data", options=options)


def _built(folder: Path) -> dict[str, str]:
    return names_only(all_files(folder), ".json")


def _train_data(folder: Path) -> None:
    from tiny_blur import TinyBlur

    TinyBlur(data_dir=folder / "data", file_format="array_record").download_and_prepare()


def _train(folder: Path) -> None:
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    from keras_blur.training import config, trainer

    tiny = config.Config(
        model=config.ModelConfig(name="unet", options={"filters": 2, "depth": 2}),
        data=config.DataConfig(dataset="tiny_blur", crop=32, workers=1),
        optimizer=config.OptimizerConfig(learning_rate=1e-2, ema_momentum=0.9),
        training=config.TrainingConfig(epochs=2, batch_size=4, panels_every=1),
    )
    trainer.train(tiny, folder / "run", folder / "data", resume=True)


def _trained(folder: Path) -> dict[str, str]:
    """The state is compared by value, as the whole of what was learnt; TensorBoard writes a file a start."""
    import numpy as np

    files = {name: value for name, value in all_files(folder).items() if "tensorboard" not in name}
    files = names_only(files, "run.json", ".png", ".jpg", ".h5", ".json")
    with np.load(folder / "run/state.npz") as state:
        whole = b"".join(state[key].tobytes() for key in sorted(state.files) if key != "header")
    return files | {"run/state.npz": hashlib.sha256(whole).hexdigest()}


_EXPORT_IMPORTS = ("tensorflow", "tiny_networks", "ai_edge_litert.interpreter", "export.pipeline")
JOBS = {
    "predict": Job(_photos, _predict, _predicted, ("red_system", "keras_blur.commands.predict")),
    "sort": Job(_photos, _sort, _sorted, ("red_system", "keras_blur.commands.sort")),
    "build": Job(_build_photos, _build, _built),
    "train": Job(_train_data, _train, _trained, ("tensorflow", "keras_blur.training.trainer")),
    "export": Job(_export_photos, _export, _exported, _EXPORT_IMPORTS),
}


def _must(code: int) -> None:
    from keras_blur.errors import BlurError

    if code:
        raise BlurError(f"exit code {code}")


# Blows ------------------------------------------------------------------------------------------------------

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.utime", "os.chmod", "os.link"}


def start(job: Job, folder: Path, kill_at: int = 0, count_to: Path | None = None) -> int:
    """Starts a process that does the job, and returns its number.

    Args:
        job, folder: What is done and where.
        kill_at: The process kills itself before this change of a file, from 1; 0 = never.
        count_to: Where the number of all changes is written at the end.
    """
    child = os.fork()
    if child:
        return child
    do(job, folder, kill_at, count_to)


def do(job: Job, folder: Path, kill_at: int, count_to: Path | None) -> NoReturn:
    """Does a job in this process, which ends with it. Args: as `start`."""
    from keras_blur.errors import BlurError

    changes = 0

    def watch(event: str, details: tuple) -> None:
        nonlocal changes
        writes = event == "open" and isinstance(details[2], int) and details[2] & (os.O_WRONLY | os.O_RDWR)
        if not (event in CHANGES or writes) or "/dev/" in str(details[0]):
            return
        changes += 1
        if changes == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 0
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(nowhere, number)
    try:
        sys.addaudithook(watch)
        job.run(folder)
        if count_to:
            done = changes
            count_to.write_text(str(done))
    except BlurError:
        code = REFUSED
    except BaseException:
        code = SURPRISED
        with contextlib.suppress(OSError):
            Path(tempfile.gettempdir(), "chaos-surprise.txt").write_text(traceback.format_exc())
    os._exit(code)


def finish(child: int) -> int:
    """Waits for a fork; returns its exit code, below 0 for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclasses.dataclass
class Tally:
    """What came of the blows to one job."""

    at_changes: int = 0
    at_random: int = 0
    disks: int = 0
    pairs: int = 0
    lost: int = 0
    left: int = 0
    surprises: int = 0
    notes: list[str] = dataclasses.field(default_factory=list)

    def compare(self, job: Job, folder: Path, expected: dict[str, str], what: str) -> None:
        """Starts the job again, and compares what it leaves."""
        code = finish(start(job, folder))
        if code:
            self.surprises += 1
            self.notes.append(f"{what}: the next start ended with {code}")
            return
        found = job.results(folder)
        lost = [name for name, value in expected.items() if found.get(name) != value]
        left = [name for name in found if name not in expected]
        self.lost += bool(lost)
        self.left += bool(left)
        if lost or left:
            self.notes.append(f"{what}: lost {lost[:3]}, left over {left[:3]}")


@contextlib.contextmanager
def prepared(job: Job, parent: Path) -> Iterator[Path]:
    """A new folder with what the job reads."""
    folder = Path(tempfile.mkdtemp(dir=parent)) / "work"
    shutil.copytree(parent / "template", folder)
    yield folder
    shutil.rmtree(folder.parent)


def disturb(job: Job, kills: int, seed: int, disks: bool) -> Tally:
    """Does all blows to one job."""
    tally, rng = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        parent = Path(name)
        (parent / "template").mkdir()
        for module in job.imports:
            importlib.import_module(module)
        if code := finish(start(dataclasses.replace(job, run=job.prepare), parent / "template")):
            raise SystemExit(f"what the job reads couldn't be made: exit code {code}")
        with prepared(job, parent) as folder:
            begin = time.monotonic()
            code = finish(start(job, folder, count_to=parent / "count"))
            if code:
                raise SystemExit(f"the undisturbed job ended with {code}")
            seconds = time.monotonic() - begin
            expected = job.results(folder)
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        changes = int((parent / "count").read_text())
        spread = kills // 2 or 1
        for number in sorted(
            set(1 + i * changes // min(spread, changes) for i in range(min(spread, changes)))
        ):
            with prepared(job, parent) as folder:
                code = finish(start(job, folder, kill_at=number))
                tally.at_changes += code == -signal.SIGKILL
                tally.surprises += code == SURPRISED
                tally.compare(job, folder, expected, f"killed before change {number} of {changes}")
        for _ in range(kills - spread):
            with prepared(job, parent) as folder:
                child, delay = start(job, folder), rng.uniform(0, seconds)
                time.sleep(delay)
                os.kill(child, signal.SIGKILL)
                tally.at_random += finish(child) == -signal.SIGKILL
                tally.compare(job, folder, expected, f"killed after {delay:.2f} s of {seconds:.2f}")
        with prepared(job, parent) as folder:
            codes = [finish(child) for child in [start(job, folder), start(job, folder)]]
            tally.pairs += 1
            if 0 not in codes or not set(codes) <= {0, REFUSED}:
                tally.surprises += 1
                tally.notes.append(f"two at once ended with {codes}")
            tally.compare(job, folder, expected, "two at once")
        for share in DISKS if disks else ():
            _fill(job, parent, share, size, expected, tally)
    return tally


def _fill(job: Job, parent: Path, share: float, size: int, expected: dict[str, str], tally: Tally) -> None:
    """Lets a job run on a full disk, on one that can't be written, and then on one with space."""
    disk, template = (
        parent / "disk",
        sum(p.stat().st_size for p in (parent / "template").rglob("*") if p.is_file()),
    )
    disk.mkdir(exist_ok=True)
    room = template + int(share * (size - template)) + 200_000
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        return
    try:
        shutil.copytree(parent / "template", disk / "work")
        spare = room - template - int(share * (size - template))
        (disk / "ballast").write_bytes(bytes(max(0, spare - 60_000)))
        codes = [finish(start(job, disk / "work"))]
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        codes.append(finish(start(job, disk / "work")))
        subprocess.run(["mount", "-o", "remount,rw,size=200m", str(disk)], check=True)
        tally.disks += 1
        if not set(codes) <= {0, REFUSED}:
            tally.surprises += 1
            tally.notes.append(f"a disk with {share:g} of the space, then one to read only: {codes}")
        tally.compare(job, disk / "work", expected, f"a disk with {share:g} of the space")
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def lose_a_host() -> str:
    """Runs the test in which one of two hosts is killed and both start again; returns its last line."""
    test = Path(__file__).parents[1] / "training/test_hosts.py"
    command = [sys.executable, "-m", "pytest", "-q", str(test), "-k", "though_one_was_killed"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    return (done.stdout.strip().splitlines() or ["nothing"])[-1]


def main() -> int:
    """Runs the command; returns 1 if anything was lost, left over or a surprise."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--only", default=",".join(JOBS), help="jobs with commas between them")
    options.add_argument(
        "--kills", type=int, default=40, help="kills of each job, half of them at changes of files"
    )
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--no-hosts", action="store_true", help="don't lose one of two hosts")
    options.add_argument("--no-disks", action="store_true", help="no full and no read-only disks")
    arguments = options.parse_args()
    print("| job | killed at changes | at random moments | disks | pairs | lost | left over | surprises |")
    print("|---|---|---|---|---|---|---|---|")
    bad, notes = 0, []
    for name in arguments.only.split(","):
        tally = disturb(JOBS[name], arguments.kills, arguments.seed, not arguments.no_disks)
        figures = [getattr(tally, field.name) for field in dataclasses.fields(tally)][:-1]
        print("|", name, "|", " | ".join(map(str, figures)), "|", flush=True)
        bad += tally.lost + tally.left + tally.surprises
        notes += [f"{name}: {note}" for note in tally.notes]
    if not arguments.no_hosts:
        print("\none of two hosts killed, both started again:", lose_a_host())
    print("\n".join(notes))
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
