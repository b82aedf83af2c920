"""From probabilities to regions that end at the photo's edges: a Markov random field solved by graph cut."""

import numpy as np

from keras_blur.errors import BlurError

DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))  # half of the eight neighbours: each pair once
LEAST = 1e-6  # probabilities are kept this far from 0 and 1, where their logarithm ends


def graph_cut(probability: np.ndarray, image: np.ndarray, weight: float) -> np.ndarray:
    """The labelling of least energy: every pixel blurred or sharp, changing where the photo does.

    The energy is that of interactive segmentation (Boykov & Jolly, ICCV 2001; the contrast term as in
    GrabCut, Rother et al., SIGGRAPH 2004): `sum_p -log P(x_p) + weight * sum_pq V_pq [x_p != x_q]` over all
    pairs of 8-neighbours, `V_pq = exp(-|I_p - I_q|^2 / (2 m)) / |p - q|`, where m is the mean of
    `|I_p - I_q|^2` over all pairs.

    Args:
        probability: float `(H, W)` in 0..1 that a pixel is blurred.
        image: uint8 RGB `(H, W, 3)`.
        weight: Cost of a border of one pixel's length in a flat part of the photo; 0 = every pixel for
            itself.

    Returns:
        bool `(H, W)`, True = blurred. Where both labels cost the same a pixel is sharp.

    Raises:
        BlurError: PyMaxflow is not installed.
    """
    return GraphCut(image, weight)(probability)


class GraphCut:
    """`graph_cut` of one photo with probabilities that change: a cut starts from the flow of the one before.

    Args:
        image: uint8 RGB `(H, W, 3)`.
        weight: See `graph_cut`.

    Raises:
        BlurError: PyMaxflow is not installed.
    """

    def __init__(self, image: np.ndarray, weight: float):
        _check_image(image, weight)
        try:
            import maxflow
        except ModuleNotFoundError as error:
            raise BlurError(
                "the graph cut needs PyMaxflow: install it with pip install 'keras-blur[graphcut]'"
            ) from error
        zeros = np.zeros(image.shape[:2])
        self._image, self._costs = image, (zeros, zeros)
        self._graph = maxflow.GraphFloat()
        self._nodes = self._graph.add_grid_nodes(image.shape[:2])
        for (down, right), strengths in _borders(image):
            structure = np.zeros((3, 3))
            structure[1 + down, 1 + right] = 1
            capacities = np.zeros(image.shape[:2])
            capacities[_starts(down, right)] = weight * strengths
            self._graph.add_grid_edges(self._nodes, capacities, structure, symmetric=True)

    def __call__(self, probability: np.ndarray) -> np.ndarray:
        """Returns the labelling of least energy, bool `(H, W)`: see `graph_cut`."""
        _check_probability(probability, self._image)
        costs = _unary(probability)
        sharp, blurred = (now - before for now, before in zip(costs, self._costs, strict=True))
        self._graph.add_grid_tedges(self._nodes, blurred, sharp)
        self._costs = costs
        self._graph.maxflow()
        return self._graph.get_grid_segments(self._nodes)


def energy(blurred: np.ndarray, probability: np.ndarray, image: np.ndarray, weight: float) -> float:
    """The energy of a labelling `blurred`, bool `(H, W)`, which `graph_cut` minimises."""
    _check_image(image, weight)
    _check_probability(probability, image)
    sharp_cost, blurred_cost = _unary(probability)
    total = np.where(blurred, blurred_cost, sharp_cost).sum()
    for (down, right), strengths in _borders(image):
        differs = blurred[_starts(down, right)] != blurred[_ends(down, right)]
        total += weight * strengths[differs].sum()
    return float(total)


def _check_image(image: np.ndarray, weight: float) -> None:
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image: expected (H, W, 3), received {image.shape}")
    if not weight >= 0:
        raise ValueError(f"weight: expected 0 or more, received {weight}")


def _check_probability(probability: np.ndarray, image: np.ndarray) -> None:
    if probability.ndim != 2 or image.shape != (*probability.shape, 3):
        raise ValueError(
            "probability, image: expected (H, W) and (H, W, 3), "
            f"received {probability.shape} and {image.shape}"
        )


def _unary(probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cost of calling each pixel sharp, and blurred."""
    p = np.clip(np.asarray(probability, np.float64), LEAST, 1 - LEAST)
    return -np.log1p(-p), -np.log(p)


def _borders(image: np.ndarray) -> list[tuple[tuple[int, int], np.ndarray]]:
    """Per direction, V of every pixel that has a neighbour there."""
    pixels = image.astype(np.float32)
    squares = [
        ((pixels[_starts(*step)] - pixels[_ends(*step)]) ** 2).sum(axis=-1, dtype=np.float64)
        for step in DIRECTIONS
    ]
    mean = sum(s.sum() for s in squares) / max(1, sum(s.size for s in squares))
    scale = 1 / (2 * mean) if mean else 0.0
    return [(step, np.exp(-scale * s) / np.hypot(*step)) for step, s in zip(DIRECTIONS, squares, strict=True)]


def _starts(down: int, right: int) -> tuple[slice, slice]:
    """The pixels that have a neighbour at `(down, right)`."""
    return np.s_[: -down or None, max(0, -right) : -right if right > 0 else None]


def _ends(down: int, right: int) -> tuple[slice, slice]:
    """Those neighbours."""
    return np.s_[down:, max(0, right) : right if right < 0 else None]
