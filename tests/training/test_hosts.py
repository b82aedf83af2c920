"""Several hosts that train together, here as processes of one machine."""

import csv
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from tiny_blur import TinyPatches

from keras_blur.errors import UsageError
from keras_blur.training import hosts

QUICK_TO_COMPILE = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
ARGUMENTS = [
    "--config=unet",
    "--dataset=tiny_blur",
    "--epochs=3",
    "--set=model.filters=2",
    "--set=model.depth=2",
    "--set=data.crop=32",
    "--set=data.workers=1",
    "--set=data.motion_share=none",
    "--set=training.batch_size=4",
    "--set=training.validate_every=1",
    "--set=training.panels_every=2",
]


def start(run_dir, data_dir, *more, address=None, host=0):
    """Starts the training command, alone or as one of two hosts."""
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": QUICK_TO_COMPILE}
    if address:
        environment |= dict(zip(hosts.VARIABLES, (address, "2", str(host)), strict=True))
    command = [sys.executable, "-m", "keras_blur.train", *ARGUMENTS, *more]
    return subprocess.Popen(
        [*command, f"--data-dir={data_dir}", f"--run-dir={run_dir}"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_both(run_dirs, data_dirs, *more, of_second=()):
    """Starts two hosts; each has a run folder and data of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return [
        start(
            run_dirs[host], data_dirs[host], *more, *(of_second if host else ()), address=address, host=host
        )
        for host in range(2)
    ]


def finish(*processes):
    """Waits for processes; returns their exit codes and what they printed on stderr."""
    printed = [process.communicate(timeout=900)[1] for process in processes]
    return [process.returncode for process in processes], printed


def read_log(run_dir):
    with open(run_dir / "log.csv") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.slow
def test_two_hosts_train_as_one_does_though_one_was_killed(tiny_data, tmp_path):
    """Host 1 is killed in the middle and both are started again; its own folder stays empty."""
    pytest.importorskip("jax")
    alone = start(tmp_path / "alone", tiny_data)
    assert finish(alone)[0] == [0], alone
    run_dirs, data_dirs = [tmp_path / "first", tmp_path / "second"], [tiny_data] * 2
    processes = start_both(run_dirs, data_dirs)
    while not (tmp_path / "first/log.csv").exists():
        assert all(process.poll() is None for process in processes), finish(*processes)
        time.sleep(0.02)
    for process in reversed(processes):
        os.kill(process.pid, signal.SIGKILL)
    finish(*processes)
    assert len(read_log(tmp_path / "first")) < 3
    codes, printed = finish(*start_both(run_dirs, data_dirs, "--resume"))
    assert codes == [0, 0], printed
    found, expected = (read_log(tmp_path / name) for name in ("first", "alone"))
    assert [row.keys() for row in found] == [row.keys() for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-3)
    assert not (tmp_path / "second").exists()
    assert {path.name for path in (tmp_path / "first/panels").iterdir()} == {
        path.name for path in (tmp_path / "alone/panels").iterdir()
    }


@pytest.mark.slow
@pytest.mark.parametrize("difference", ["configuration", "data", "folder"])
def test_hosts_that_do_not_agree_stop_with_one_line(difference, tiny_data, tmp_path):
    pytest.importorskip("jax")
    run_dirs, data_dirs, of_second = [tmp_path / "first", tmp_path / "second"], [tiny_data] * 2, ()
    if difference == "configuration":
        of_second = ("--set=optimizer.learning_rate=0.5",)
        message = "host 1 differs from host 0 in optimizer; start the same command with the same data on each"
    elif difference == "data":
        TinyPatches(data_dir=tmp_path, file_format="array_record").download_and_prepare()
        (tmp_path / "tiny_patches").rename(tmp_path / "tiny_blur")
        data_dirs[1] = tmp_path
        message = "host 1 differs from host 0 in data sets; start the same command"
    else:
        (tmp_path / "first/fold_0").mkdir(parents=True)
        message = f"{run_dirs[0]} holds a cross-validation"
    codes, printed = finish(*start_both(run_dirs, data_dirs, of_second=of_second))
    for code, text in zip(codes, printed, strict=True):
        (line,) = [line for line in text.splitlines() if line.startswith("error:")]
        assert code in (1, 2) and message in line and "Traceback" not in text
    assert not (tmp_path / "first/config.json").exists()


def test_one_host_needs_no_variables(monkeypatch):
    for name in hosts.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert hosts.connect() == hosts.ALONE and hosts.ALONE.is_writer


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("127.0.0.1:1", None, None), "expected KERAS_DISTRIBUTION_NUM_PROCESSES, .*_PROCESS_ID too"),
        (("127.0.0.1:1", "2", "0"), "several hosts train under JAX only"),
    ],
)
def test_variables_that_make_no_sense_are_named(values, message, monkeypatch):
    monkeypatch.setattr(hosts.keras.backend, "backend", lambda: "tensorflow")
    for name, value in zip(hosts.VARIABLES, values, strict=True):
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match=message):
        hosts.connect()


def test_alone_everybody_agrees_and_errors_stay_what_they_are():
    hosts.check_agreement(hosts.ALONE, {"data": 1})
    assert hosts.share(hosts.ALONE, {"a": [1]}) == {"a": [1]}
    with pytest.raises(UsageError, match="mine"), hosts.stop_together(hosts.ALONE):
        raise UsageError("mine")
