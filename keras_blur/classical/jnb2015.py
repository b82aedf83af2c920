"""Just noticeable defocus blur: how many atoms of blurred patches a patch is made of.

Shi, Xu & Jia, "Just noticeable defocus blur detection and estimation", CVPR 2015,
doi:10.1109/CVPR.2015.7298665. Blurred patches need few atoms; what is sharp needs many.
"""

import numpy as np

from keras_blur import sources
from keras_blur.classical import images
from keras_blur.classical.domain_transform import recursive_filter
from keras_blur.spec import MethodSpec

SIDE = 8
ATOMS = SIDE**2
SIGMA = 2.0
RESIDUAL = 1.15 * SIGMA * SIDE
"""Norm of what may remain of a patch unexplained, in grey levels (0-255)."""

SIGMA_SPACE, SIGMA_RANGE = 10.0, 0.2


def jnb2015(image: np.ndarray) -> np.ndarray:
    """How blurred each pixel is, from the number n of atoms of the 8x8 patch around it.

    `1 - ln(1 + n) / ln 65`: 1 where nothing is to be seen, 0.83 for one atom (a flat patch), 0.5 for 7, 0 for
    all 64. The paper leaves the scale open.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.

    Returns:
        `(H, W)` float32 in [0, 1].

    Raises:
        ValueError: the image is not of that kind.
    """
    grey = images.grey(image)
    counts = recursive_filter(atom_counts(grey), grey[..., None] / 255, SIGMA_SPACE, SIGMA_RANGE)
    return (1 - np.log1p(counts) / np.log1p(np.float32(ATOMS))).clip(0, 1)


def atom_counts(grey: np.ndarray) -> np.ndarray:
    """The number of atoms until at most `RESIDUAL` of the patch around each pixel is left.

    The paper pursues orthogonal matches in a learnt dictionary that is not public. Here the dictionary is
    the cosine basis, about the principal components of blurred natural patches. It is orthonormal, so the
    best atoms are simply those with the largest coefficients.

    Args:
        grey: `(H, W)` uint8; mirrored at the borders.

    Returns:
        `(H, W)` float32 whole numbers in 0..64. The patch of a pixel begins 3 pixels above and left of it.
    """
    padded = np.pad(grey, (SIDE // 2 - 1, SIDE // 2), mode="symmetric").astype(np.float32)
    patches = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE))
    basis = images.cosines(SIDE)
    dictionary = np.kron(basis, basis).T
    counts = np.empty(grey.shape, np.float32)
    for row, line in enumerate(patches):  # by rows, so that it stays in the cache
        energy = (line.reshape(-1, ATOMS) @ dictionary) ** 2
        energy.sort(axis=1)
        left = np.cumsum(energy, axis=1)  # once all but the k smallest are explained
        counts[row] = np.count_nonzero(left > RESIDUAL**2, axis=1)
    return counts


SPECS = (
    MethodSpec(
        name="jnb2015",
        method=jnb2015,
        threshold=0.298,
        citation="Shi, Xu & Jia: Just noticeable defocus blur detection and estimation. CVPR 2015",
        published=sources.thousand_photos(0.813, 0.784),
    ),
)
