"""What the benchmark of rounding counts."""

import pytest

from benchmarks import verdict_rounding
from keras_blur.verdict import Verdict


def test_other_verdicts_are_counted_and_scores_compared():
    scores = [(0.49, 0.52), (0.2, 0.1), (0.7, 0.9)]
    pairs = [tuple(Verdict(True, score > 0.5, "none", score) for score in pair) for pair in scores]
    other, apart = verdict_rounding.compare(pairs)
    assert other == 1 and apart == [pytest.approx(gap) for gap in (0.03, 0.1, 0.2)]
