import argparse
import configparser
import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

import keras_blur
from keras_blur import errors, progress
from keras_blur.commands import cli
from keras_blur.errors import BlurError, UsageError


def test_help_names_every_command(capsys):
    assert cli.main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in cli.COMMANDS)


def test_no_command_is_a_usage_error(capsys):
    assert cli.main([]) == 2
    assert "usage" in capsys.readouterr().out


def test_unknown_command_gets_the_nearest(capsys):
    assert cli.main(["predikt"]) == 2
    assert "did you mean 'predict'" in capsys.readouterr().err


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert keras_blur.__version__ in capsys.readouterr().out


def test_tensorflow_warns_no_user(capsys):
    cli.main(["--version"])
    assert not logging.getLogger("tensorflow").isEnabledFor(logging.WARNING)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert f"keras-blur {name}" in printed and "example" in printed


OF_SEVERAL_MEANINGS = {
    "--list": "what there is; with sort, a file of paths",
    "--split": "a split's name; with prepare, shares",
    "--system": "export takes no file",
    "--threshold": "of a pixel's probability, or of a photo's score",
    "--output": "a picture, or a pattern of files",
}


def test_an_option_is_called_the_same_in_every_command():
    values = {}
    for name, (module, _) in cli.COMMANDS.items():
        for action in cli._module(module).parser()._actions:
            assert action.help, f"{name} {action.option_strings}"
            for flag in action.option_strings:
                values.setdefault(flag, {})[name] = action.metavar, type(action)
    different = {flag for flag, found in values.items() if len(set(found.values())) > 1}
    assert different == set(OF_SEVERAL_MEANINGS), {flag: values[flag] for flag in different}


def test_values_of_a_wrong_kind_are_told_what_was_expected():
    for name, (module, _) in cli.COMMANDS.items():
        for action in cli._module(module).parser()._actions:
            if action.type in (None, int, float, str, Path):  # which argparse names by themselves
                continue
            with pytest.raises(argparse.ArgumentTypeError, match=r"expected .*, received '?a,b,c,d'?$"):
                action.type("a,b,c,d")
                pytest.fail(f"{name} {action.option_strings}")


@pytest.mark.parametrize("command", ["predict", "sort", "bulk", "evaluate", "export"])
def test_the_help_says_which_systems_an_option_does_not_fit(command, capsys):
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    fits = (
        "not a formula, a composed system or a file"
        if command == "export"
        else ("for dense networks in Keras, not for files, formulas, patch networks and composed systems")
    )
    assert fits in printed


@pytest.mark.parametrize(("error", "code"), [(BlurError("photo is torn"), 1), (UsageError("no such"), 2)])
def test_errors_become_one_line_and_an_exit_code(error, code, capsys):
    @cli.command
    def main(argv=None):
        raise error

    assert main() == code
    assert capsys.readouterr().err == f"error: {error}\n"


def test_arguments_of_a_library_error_become_the_flags_of_the_command():
    from keras_blur.commands import train

    error = (
        "run_dir, epochs: no; leave `folds` out, give `data.crop=128`, or `training.panels_every` or `limit`"
    )
    assert cli.name_flags(error, train.main.__wrapped__) == (
        "--run-dir, --epochs: no; leave --folds out, give --set data.crop=128, "
        "or `training.panels_every` or `limit`"
    )


@pytest.mark.parametrize("package", errors.EXTRAS)
def test_a_missing_package_becomes_the_extra_that_brings_it(package, capsys):
    @cli.command
    def main(argv=None):
        raise ModuleNotFoundError(name=f"{package}.inner")

    assert main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert package in line and f"pip install 'keras-blur[{errors.EXTRAS[package]}]'" in line


def test_letters_that_stdout_does_not_have_are_replaced(monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stdout)

    @cli.command
    def main(argv=None):
        print("müde.jpg", flush=True)

    assert main() == 0
    assert stdout.buffer.getvalue().strip() == b"m?de.jpg"
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main() == 0


def test_extras_are_those_of_the_package():
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).parents[2] / "setup.cfg")
    assert set(errors.EXTRAS.values()) <= set(setup["options.extras_require"])


@pytest.mark.parametrize("error", [ZeroDivisionError(), ModuleNotFoundError(name="keras_blur.lost")])
def test_other_errors_are_not_hidden(error):
    @cli.command
    def main(argv=None):
        raise error

    with pytest.raises(type(error)):
        main()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """Runs a bar over steps of a second each; what stderr, a log or a terminal, then holds."""

    def show(stderr, seconds, **options):
        clock = [1e9]
        monkeypatch.setattr("tqdm.std.time", lambda: clock[0])
        monkeypatch.setattr(sys, "stderr", stderr)
        for _ in progress.progress_bar(range(seconds), desc="maps", **options):
            clock[0] += 1
        return stderr.getvalue()

    return show


def test_progress_in_a_log_is_a_line_now_and_then_and_at_the_end(shown):
    lines = shown(io.StringIO(), 100).split("\n")
    assert [line.split("| ")[-1].split(" ")[0] for line in lines] == [
        *("0/100", "30/100", "60/100", "90/100", "100/100"),
        "",
    ]
    assert all(line.startswith("maps: ") and "\r" not in line for line in lines[:-1])


def test_a_log_has_the_end_of_what_stopped_early(monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    with pytest.raises(ZeroDivisionError), progress.progress_bar(unit=" pictures") as bar:
        bar.update(3)
        raise ZeroDivisionError
    assert stderr.getvalue().splitlines()[-1].startswith("3 pictures")


def test_a_bar_that_does_not_stay_leaves_no_trace_of_what_is_quick(shown):
    assert shown(io.StringIO(), 29, leave=False) == ""
    (line,) = shown(io.StringIO(), 50, leave=False).splitlines()
    assert "30/50" in line


def test_progress_on_a_terminal_overwrites_one_line(shown):
    written = shown(Terminal(), 100)
    assert written.count("\r") > 50 and written.count("\n") == 1
    assert "\n" not in shown(Terminal(), 100, leave=False)


def test_a_bar_can_be_left_out(shown):
    assert shown(io.StringIO(), 100, disable=True) == ""


def test_failed_starts_say_what_was_printed(capfd):
    with pytest.raises(RuntimeError), cli.quiet_start():
        os.write(2, b"the reason")
        raise RuntimeError
    with cli.quiet_start():
        os.write(2, b"chatter")
    with pytest.raises(BlurError), cli.quiet_start():
        os.write(2, b"chatter")
        raise BlurError("one line")
    assert capfd.readouterr().err == "the reason"


def parser():
    options = argparse.ArgumentParser(prog="test")
    options.add_argument("photos")
    for flag in ("--output-dir", "--limit", "--formats"):
        options.add_argument(flag)
    return options


@pytest.mark.parametrize(
    ("library", "shown"),
    [
        ("limit: expected at least 1", "--limit: expected at least 1"),
        ("limit, formats: expected both", "--limit, --formats: expected both"),
        ("photos: expected several", "photos: expected several"),  # no flag
        ("no limit was found", "no limit was found"),
        ("cannot write; choose another `output_dir`", "cannot write; choose another --output-dir"),
        ("output_dir/limit: no such file", "output_dir/limit: no such file"),  # a path
        ("odds: expected `photos` and `limit`", "odds: expected `photos` and --limit"),
    ],
)
def test_commands_show_their_flags_for_arguments(library, shown, capsys):
    @cli.command
    def main(argv=None):
        raise UsageError(library)

    assert main() == 2
    assert capsys.readouterr().err == f"error: {shown}\n"


def test_what_decoders_print_natively_is_thrown_away_and_what_python_prints_is_not():
    program = (
        "import os, sys\n"
        "from keras_blur.commands import cli\n"
        "with cli.quiet_natives():\n"
        "    os.write(2, b'TIFFFetchNormalTag: noise\\n')\n"
        "    print('progress', file=sys.stderr)\n"
        "os.write(2, b'native\\n')\n"
        "print('python', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["progress", "native", "python"]


def test_a_stderr_that_is_no_terminal_stays_as_it_is(capsys):
    with cli.quiet_natives():
        print("seen", file=sys.stderr)
    assert capsys.readouterr().err == "seen\n"
