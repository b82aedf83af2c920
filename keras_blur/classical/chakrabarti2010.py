"""Motion blur along rows or columns: which box kernel, and where.

Chakrabarti, Zickler & Freeman, "Analyzing spatially-varying blur", CVPR 2010,
doi:10.1109/CVPR.2010.5539954. A compact version after the paper's outline; docs/deviations.md says what is
ours.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from keras_blur import sources
from keras_blur.classical import images
from keras_blur.graph_cut import GraphCut
from keras_blur.spec import MethodSpec

LENGTHS = (3, 5, 7, 9, 11, 13, 15)
"""Of the candidate kernels, in pixels."""

WINDOW = 31
NOISE = 1 / 255
"""Standard deviation of the grey values' noise, in 0..1."""

STRENGTHS = np.concatenate([[0], np.geomspace(1e-6, 1e-1, 24)])
"""Variances that the sharp photo's gradient may have in a window, in squared 0..1."""

EVIDENCE = 0.1
"""What a pixel's own evidence counts: its window overlaps with those of its neighbours."""

BORDER = 20.0
"""Cost of a border of one pixel's length, in nats. Both were chosen on 16 training photos of CUHK."""

ROUNDS = 3
BINS, SOFTNESS = 16, 1.0  # of a colour histogram along each channel, and its smoothing in bins


class Choice(NamedTuple):
    """The kernel that explains a photo best.

    Attributes:
        direction: "horizontal" or "vertical".
        length: Of the box kernel, in pixels.
        evidence: `(H, W)` float32, the logarithm of the likelihood of this kernel over that of none.
    """

    direction: str
    length: int
    evidence: np.ndarray


def chakrabarti2010(image: np.ndarray) -> np.ndarray:
    """How surely each pixel belongs to the region that a motion along rows or columns has blurred.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.

    Returns:
        `(H, W)` float32 in [0, 1]: above 0.5 in the region. Within the region, and outside of it, the values
        follow the pixel's own evidence and colour.

    Raises:
        ValueError: the image is not of that kind.
        BlurError: PyMaxflow is not installed.
    """
    choice = choose(images.grey(image))
    colours = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    own = EVIDENCE * choice.evidence
    posterior = _sigmoid(own)
    cut = GraphCut(colours, BORDER)
    region = cut(posterior)
    for _ in range(ROUNDS):
        posterior = _sigmoid(own + colour_evidence(colours, region))
        region = cut(posterior)
    return ((region + posterior) / 2).astype(np.float32)


def choose(grey: np.ndarray) -> Choice:
    """Finds the kernel: of all directions and lengths the one whose mixture with no blur is most likely.

    Args:
        grey: `(H, W)` uint8.
    """
    values = grey.astype(np.float32) / 255
    best, most = Choice("horizontal", LENGTHS[0], np.zeros(grey.shape)), -np.inf
    for direction, plane in (("horizontal", values), ("vertical", values.T)):
        for length, ratio in zip(LENGTHS, likelihood_ratios(plane), strict=True):
            gain = _gain(EVIDENCE * ratio)
            if gain > most:
                evidence = ratio if direction == "horizontal" else ratio.T
                best, most = Choice(direction, length, evidence), gain
    return best


def likelihood_ratios(grey: np.ndarray) -> np.ndarray:
    """How much likelier each kernel is than no blur, along the rows.

    The responses y_i of windowed complex waves to the gradient are taken for independent normal with
    variance `s a_i + n_i`: s is the sharp gradient's variance in the window, the same for all i and chosen to
    fit best; a_i is the power that the kernel lets through, n_i the noise's.

    Args:
        grey: `(H, W)` float32 in 0..1; mirrored at the borders.

    Returns:
        `(len(LENGTHS), H, W)` float32, differences of logarithms.
    """
    waves, power, noise = _bank()
    variances = STRENGTHS[:, None] * power[:, None] + noise  # kernels, strengths, waves
    weights = (1 / variances).reshape(-1, len(noise)).astype(np.float32)
    constant = np.log(variances).sum(axis=-1, keepdims=True).astype(np.float32)
    slope = np.diff(grey, axis=1, prepend=grey[:, :1])
    padded = np.pad(slope, ((0, 0), (WINDOW // 2, WINDOW // 2)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)
    result = np.empty((len(LENGTHS), *grey.shape), np.float32)
    for row, line in enumerate(windows):
        response = (line @ waves).T ** 2
        energy = response[::2] + response[1::2]
        surprise = (weights @ energy).reshape(*constant.shape[:2], -1) + constant
        likelihood = -surprise.min(axis=1)  # at the strength that fits best
        result[:, row] = likelihood[1:] - likelihood[0]
    return result


def _bank() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The windowed waves, and what each lets through.

    Returns:
        Waves `(WINDOW, 2 F)`, real and imaginary parts by turns; power without blur and after each kernel,
        `(1 + kernels, F)`; the noise's variance `(F,)`.
    """
    taper = np.hanning(WINDOW + 2)[1:-1]
    frequencies = np.arange(1, WINDOW // 2 + 1) / WINDOW
    waves = taper * np.exp(-2j * np.pi * frequencies[:, None] * np.arange(WINDOW))
    waves /= np.linalg.norm(taper)

    def power(kernel: np.ndarray) -> list[float]:
        return [np.sum(np.abs(np.convolve(wave, kernel)) ** 2) for wave in waves]

    kernels = [np.full(length, 1 / length) for length in (1, *LENGTHS)]
    parts = np.stack([waves.real, waves.imag], axis=1).reshape(-1, WINDOW)
    return (
        parts.T.astype(np.float32),
        np.array([power(kernel) for kernel in kernels]),
        NOISE**2 * np.array(power(np.array([1, -1]))),
    )


def _gain(evidence: np.ndarray, rounds: int = 20) -> float:
    """The logarithm of the likelihood that some pixels are blurred, over that none is.

    How many are is found by expectation maximisation. A quarter of the pixels is enough.
    """
    some, share = evidence[::2, ::2].astype(np.float64), 0.5
    for _ in range(rounds):
        share = float(np.clip(_sigmoid(some + np.log(share / (1 - share))).mean(), 0.01, 0.99))
    return float(np.logaddexp(some + np.log(share), np.log1p(-share)).sum())


def colour_evidence(colours: np.ndarray, region: np.ndarray) -> np.ndarray:
    """The logarithm of how much commoner each pixel's colour is inside of a region than outside.

    Args:
        colours: `(H, W, 3)` uint8.
        region: `(H, W)` bool.

    Returns:
        `(H, W)` float64, by smoothed histograms; 0 if the region is empty or everything.
    """
    if region.all() or not region.any():
        return np.zeros(region.shape)
    cells = np.ravel_multi_index(tuple(np.moveaxis(colours // (256 // BINS), -1, 0)), (BINS,) * 3)
    logs = []
    for part in (region, ~region):
        counts = np.bincount(cells[part], minlength=BINS**3).reshape((BINS,) * 3).astype(float)
        smooth = ndimage.gaussian_filter(counts, SOFTNESS) + 1 / BINS**3
        logs.append(np.log(smooth / smooth.sum()).ravel()[cells])
    return logs[0] - logs[1]


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


SPECS = (
    MethodSpec(
        name="chakrabarti2010",
        method=chakrabarti2010,
        threshold=0.216,
        citation="Chakrabarti, Zickler & Freeman: Analyzing spatially-varying blur. CVPR 2010",
        published=(*sources.thousand_photos(0.777, 0.723), sources.schuster_table_2(0.31)),
    ),
)
