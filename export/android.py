"""Runs .tflite files on a connected Android phone, through `adb` and TensorFlow's benchmark tool."""

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from keras_blur.errors import BlurError, UsageError
from keras_blur.systems.tflite import check_file

FOLDER = "/data/local/tmp/keras_blur"
SECONDS = 600  # for one adb command; pushing over a slow cable takes minutes


@dataclasses.dataclass(frozen=True)
class PhoneMeasurement:
    """A file's figures on a phone: milliseconds of one inference.

    Attributes:
        file: Its name.
        device: The phone's model.
        threads: Threads of the runtime.
        average, smallest, largest: Over all runs.
        median: None if the tool is too old to print it.
    """

    file: str
    device: str
    threads: int
    average: float
    smallest: float
    largest: float
    median: float | None


def measure(
    paths: Sequence[Path], tool: Path, threads: Sequence[int], runs: int, serial: str = ""
) -> list[PhoneMeasurement]:
    """Times files on a phone, one after the other.

    Args:
        paths: .tflite files.
        tool: TensorFlow's `benchmark_model`, built for the phone's processor.
        threads: Numbers of threads to run with.
        runs: Runs of each file.
        serial: The phone's serial number; empty = the only one connected.

    Raises:
        UsageError: `adb` or the tool is missing.
        BlurError: no phone, several, or the tool fails on it.
    """
    if shutil.which("adb") is None:
        raise UsageError("android: expected the program adb on the PATH; install Android's platform-tools")
    if not tool.is_file():
        raise UsageError(f"benchmark_tool: expected an existing file, received {tool}")
    for path in paths:
        check_file(path)
    serial = _phone(serial)
    device = _adb(serial, "shell", "getprop", "ro.product.model").strip() or serial
    _adb(serial, "shell", "mkdir", "-p", FOLDER)
    remote_tool = f"{FOLDER}/benchmark_model"
    try:
        _adb(serial, "push", str(tool), remote_tool)
        _adb(serial, "shell", "chmod", "755", remote_tool)
        return [
            _run(serial, device, path, remote_tool, count, runs, number)
            for number, path in enumerate(paths)
            for count in threads
        ]
    finally:
        _adb(serial, "shell", "rm", "-rf", FOLDER)


def _phone(serial: str) -> str:
    """The serial number of the phone to use."""
    lines = _adb("", "devices").splitlines()[1:]
    states = dict(line.split("\t")[:2] for line in lines if "\t" in line)
    ready = [name for name, state in states.items() if state == "device"]
    if serial in ready:
        return serial
    if serial or len(ready) != 1:
        listed = ", ".join(f"{name} ({state})" for name, state in states.items()) or "none"
        raise BlurError(
            f"android: expected {serial or 'one phone, ready'}, found {listed}; "
            "connect it, allow USB debugging, and name its serial number if there are several"
        )
    return ready[0]


def _run(
    serial: str, device: str, path: Path, tool: str, threads: int, runs: int, number: int
) -> PhoneMeasurement:
    remote = f"{FOLDER}/{number}.tflite"  # no name of a file here reaches the phone's shell
    _adb(serial, "push", str(path), remote)
    output = _adb(
        serial, "shell", tool, f"--graph={remote}", f"--num_threads={threads}", f"--num_runs={runs}",
        "--warmup_runs=3", "--use_xnnpack=true",
    )  # fmt: skip
    _adb(serial, "shell", "rm", "-f", remote)
    return parse(output, path.name, device, threads)


def parse(output: str, file: str, device: str, threads: int) -> PhoneMeasurement:
    """Reads what the benchmark tool prints: microseconds, the last series being that of the real runs.

    Raises:
        BlurError: there are no figures in it.
    """
    series = re.findall(r"count=\d+\s+first=.*", output)
    values = dict(re.findall(r"(\w+)=([\d.e+]+)", series[-1])) if series else {}
    try:
        average, smallest, largest = (float(values[name]) / 1000 for name in ("avg", "min", "max"))
    except (KeyError, ValueError):
        last = ([line for line in output.splitlines() if line.strip()] or ["nothing"])[-1]
        raise BlurError(f"the benchmark tool gave no figures for {file} on {device}: {last}") from None
    median = float(values["median"]) / 1000 if "median" in values else None
    return PhoneMeasurement(file, device, threads, average, smallest, largest, median)


def _adb(serial: str, *arguments: str) -> str:
    command = ["adb", *(["-s", serial] if serial else []), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BlurError(f"adb {' '.join(arguments)} failed: {error}") from error
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise BlurError(f"adb {' '.join(arguments)} failed: {reason[-1]}")
    return done.stdout


def table(measurements: Sequence[PhoneMeasurement]) -> str:
    """The figures as a Markdown table."""
    lines = [
        "| file | phone | threads | ms, median | average | smallest | largest |",
        "|" + "---|" * 7,
    ]
    for row in measurements:
        median = "-" if row.median is None else f"{row.median:.1f}"
        lines.append(
            f"| {row.file} | {row.device} | {row.threads} | {median} | {row.average:.1f} | "
            f"{row.smallest:.1f} | {row.largest:.1f} |"
        )
    return "\n".join(lines)
