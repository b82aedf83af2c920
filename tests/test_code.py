"""Habits of the code that no linter knows: short functions, and a library that knows no command's flags."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_LINES = 60
FLAG = re.compile(r"(?<![\w-])--[a-z]")
WHOLE_COMMAND = re.compile(r"(python -m|keras-blur) [\w./]+ [^;]*")
COMMANDS = ("commands", "reproduce", "__main__.py", "command.py")
"""Folders and files that parse or make command lines."""


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [Path(name) for name in listed.stdout.split() if (ROOT / name).is_file()]


def tree(path):
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def test_no_function_is_longer_than_a_screen():
    too_long = {}
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > MOST_LINES:
                    too_long[f"{path}:{node.lineno} {node.name}"] = lines
    assert not too_long


def texts(node):
    """What is in a call's strings, with "{}" where a value is filled in."""
    for argument in ast.walk(node):
        if isinstance(argument, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in argument.values)
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def test_errors_of_the_library_name_arguments_not_flags():
    """A whole command may stand in an error, such as the one that prepares a data set."""
    named = []
    for path in sources():
        is_library = path.parts[0] in ("keras_blur", "tfds_builders", "export")
        if not is_library or path.name.endswith("_test.py") or set(COMMANDS) & set(path.parts):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error"):
                text = " ".join(texts(node))
                if FLAG.search(WHOLE_COMMAND.sub("", text)):
                    named.append(f"{path}:{node.lineno} {text}")
    assert not named
