"""The three-scale field of Shi 2014, which Yi & Eramian 2016 use too.

Maps of one photo at several window sizes are stacked. Each pixel should agree with its own map, with its four
neighbours and with itself one scale away.
"""

import numpy as np

COUPLING = 0.5
ITERATIONS, TOLERANCE = 100, 1e-4


def beliefs(maps: np.ndarray, coupling: float = COUPLING) -> np.ndarray:
    """Sum-product belief propagation in a stack of maps.

    The maps are z-scored together to x; a pixel has the energy `|1 - x|` for blurred and `|x|` for sharp, and
    every pair of neighbours that disagree costs `coupling`. Messages along one axis are sent at once, one
    axis after the other, for at most 100 rounds, until none changes by 1e-4.

    Args:
        maps: `(L, H, W)`, fine to coarse, of any range; greater = blurred.
        coupling: The cost, in nats.

    Returns:
        `(L, H, W)` float32 in (0, 1), the beliefs that the pixels are blurred. Maps without any contrast
        have x = 0: beliefs below 0.5.
    """
    maps = np.asarray(maps, np.float32)
    spread = maps.std(dtype=np.float64)
    scores = (maps - maps.mean(dtype=np.float64)) / spread if spread > 1e-6 else np.zeros_like(maps)
    # Everything is a log-odds of blurred against sharp; `total` is a pixel's own and all that it was told.
    total = (np.abs(scores) - np.abs(1 - scores)).astype(np.float32)
    loss = np.float32(np.exp(-coupling))
    # For each axis: the messages that came from the lower index, and from the higher.
    received = np.zeros((total.ndim, 2, *total.shape), np.float32)
    for _ in range(ITERATIONS):
        change = 0.0
        for axis in range(total.ndim):
            below, above, belief = (np.moveaxis(plane, axis, 0) for plane in (*received[axis], total))
            upward = _message(belief[:-1] - above[:-1], loss) - below[1:]
            downward = _message(belief[1:] - below[1:], loss) - above[:-1]
            for told, messages, new in ((belief[1:], below[1:], upward), (belief[:-1], above[:-1], downward)):
                messages += new
                told += new
                change = max(change, np.abs(new).max(initial=0))
        if change < TOLERANCE:
            break
    return 1 / (1 + np.exp(-total))


def _message(odds: np.ndarray, loss: np.float32) -> np.ndarray:
    """What a pixel of these log-odds tells a neighbour, as log-odds: `ln((e^o + c) / (c e^o + 1))`."""
    ratio = np.exp(odds)
    return np.log((ratio + loss) / (loss * ratio + 1))
