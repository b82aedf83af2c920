import pytest

import keras_blur
from keras_blur import cli
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


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert f"keras-blur {name}" in printed and "example" in printed


@pytest.mark.parametrize(("error", "code"), [(BlurError("photo is torn"), 1), (UsageError("no such"), 2)])
def test_errors_become_one_line_and_an_exit_code(error, code, capsys):
    @cli.command
    def main(argv=None):
        raise error

    assert main() == code
    assert capsys.readouterr().err == f"error: {error}\n"


def test_other_errors_are_not_hidden():
    @cli.command
    def main(argv=None):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()
