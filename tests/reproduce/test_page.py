"""How the page of a paper is written."""

from keras_blur.reproduce import page


def test_long_lines_are_divided_where_they_may_be():
    command = "keras-blur train --config demo --set 'loss.output_weights=(0.2, 0.8)' --resume" + " --x 1" * 9
    lines = ["- " + "some words " * 30, "| " + "cell " * 40, "```", command, "```"]
    divided = list(page.wrap(lines))
    assert max(len(line) for line in divided if not line.startswith("|")) <= page.WIDTH
    assert divided[1].startswith("  words") and lines[1] in divided
    code = divided[divided.index("```") + 1 : -1]
    assert len(code) == 2 and code[0].endswith(" \\") and "(0.2, 0.8)" in code[0]
    assert "".join(code).replace("\\    ", "") == command
