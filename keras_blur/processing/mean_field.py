"""Smoothing of a field of vectors whose every cell has a probability for each of a few vectors."""

import numpy as np

NEIGHBOURS = ((0, 1), (1, 0), (0, -1), (-1, 0))


def smooth(probabilities: np.ndarray, vectors: np.ndarray, weight: float, rounds: int = 10) -> np.ndarray:
    """The mean field of a Markov random field that likes neighbouring vectors to be alike.

    The field's energy is `sum_p -log P_p(x_p) + weight * sum_pq |v(x_p) - v(x_q)|^2` over the cells p and
    their pairs of 4-neighbours. Of all products of independent distributions, `Q`, the one is sought that is
    nearest to the field's, cell by cell: `Q_p ~ P_p exp(-weight * sum_q E|v - v(x_q)|^2)`. With squared
    differences a neighbour counts by its mean vector alone, so a round costs as little as reading the
    probabilities. Cells of one colour of a chequerboard don't see each other and are updated together, which
    never increases the free energy.

    Args:
        probabilities: float32 `(h, w, K)`, sums to 1 over the last axis.
        vectors: float `(K, D)`.
        weight: >= 0; 0 = nothing changes.
        rounds: Updates of every cell.

    Returns:
        float32 `(h, w, K)`, sums to 1 over the last axis.
    """
    height, width, _ = probabilities.shape
    vectors = np.asarray(vectors, np.float32)
    unary = np.log(np.maximum(probabilities, 1e-12))
    squares = (vectors**2).sum(axis=-1)
    beliefs = probabilities.astype(np.float32)
    means = np.pad(beliefs @ vectors, ((1, 1), (1, 1), (0, 0)))
    count = np.pad(np.ones((height, width), np.float32), 1)
    black = np.indices((height, width)).sum(axis=0) % 2 == 0
    for cells in (black, ~black) * rounds:
        rows, columns = np.nonzero(cells)
        around = [(rows + 1 + down, columns + 1 + right) for down, right in NEIGHBOURS]
        pull = np.sum([means[place] for place in around], axis=0) @ vectors.T
        number = np.sum([count[place] for place in around], axis=0)[:, None]
        scores = unary[cells] - weight * (number * squares - 2 * pull)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        beliefs[cells] = scores / scores.sum(axis=-1, keepdims=True)
        means[rows + 1, columns + 1] = beliefs[cells] @ vectors
    return beliefs
