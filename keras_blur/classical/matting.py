"""The closed-form matting Laplacian, and spreading a few known values over a photo with it.

Levin, Lischinski & Weiss, "A closed-form solution to natural image matting", TPAMI 30 (2008),
doi:10.1109/TPAMI.2007.1177. The Laplacian L is small for maps that are, in every small window, linear in
the photo's colours; so what is known in some places flows as far as the colours allow.
"""

import cv2
import numpy as np
from scipy import sparse
from scipy.sparse import linalg

RADIUS = 1
EPSILON = 1e-7
BLOCK, MOST = 8, 6000  # pixels of a block's side, larger where there would be more blocks
FLAT, RIDGE = 1e-12, 1e-9  # what keeps flat blocks solvable
DAMPING = 1.8  # of Jacobi steps by the rows' absolute sums, which no matrix makes diverge below 2
TOLERANCE = 1e-3  # a quarter of a grey level of an 8-bit map
ITERATIONS, ROUNDS = 5, 80  # at most 400 in all


def laplacian(guide: np.ndarray, radius: int = RADIUS, epsilon: float = EPSILON) -> sparse.dia_array:
    """The matting Laplacian, equation 12 of the paper, of windows that lie wholly in the photo.

    Args:
        guide: `(H, W)` or `(H, W, C)`, uint8 or float in 0..1, of any size.
        radius: Half the windows' side, in pixels; 1 = 3x3. Windows are cut to the photo's height and width.
        epsilon: Regularises the colours' covariance, in squared units of 0..1; a larger one lets the map
            flow across faint edges.

    Returns:
        float64 `(H * W, H * W)`, symmetric, positive semidefinite, rows sum to 0; pixels in row-major order.
        It is kept by diagonals: its products take half the time of compressed rows.
    """
    colours = _colours(guide)
    height, width = colours.shape[:2]
    sides = min(2 * radius + 1, height), min(2 * radius + 1, width)
    whitened, (rows, columns) = _whiten(colours, sides, epsilon)
    count = sides[0] * sides[1]
    # Windows are laid out by their top left pixel; the entries by the offset between a pair of pixels.
    entries: dict[tuple[int, int], np.ndarray] = {}
    places = list(np.ndindex(sides))
    for first, (top, left) in enumerate(places):
        for second in range(first, len(places)):
            offset = places[second][0] - top, places[second][1] - left
            affinity = np.einsum("chw,chw->hw", whitened[first], whitened[second])
            affinity += 1
            affinity /= -count
            if first == second:
                affinity += 1
            plane = entries.setdefault(offset, np.zeros((height, width)))
            plane[top : top + rows, left : left + columns] += affinity
    return _assemble(entries, width)


def _colours(guide: np.ndarray) -> np.ndarray:
    """As float64 `(H, W, C)`, 0..1."""
    colours = np.asarray(guide)
    scale = 255 if colours.dtype == np.uint8 else 1
    return np.atleast_3d(colours).astype(np.float64) / scale


def _whiten(
    colours: np.ndarray, sides: tuple[int, int], epsilon: float
) -> tuple[list[np.ndarray], tuple[int, int]]:
    """Each window's colours minus their mean, over the Cholesky factor of their covariance.

    The inner product of two of them is Levin's `(I_i - mu)' (Sigma + epsilon / n)^-1 (I_j - mu)`.

    Returns:
        For each place in the window `(C, rows, columns)`, and the numbers of rows and columns of windows.
    """
    rows, columns = (size - side + 1 for size, side in zip(colours.shape, sides, strict=False))
    planes = np.moveaxis(colours, -1, 0)
    shifted = np.stack([planes[:, y : y + rows, x : x + columns] for y, x in np.ndindex(sides)])
    shifted -= shifted.mean(axis=0)
    channels, count = len(planes), len(shifted)
    factor: dict[tuple[int, int], np.ndarray] = {}
    for a in range(channels):
        for b in range(a + 1):
            rest = np.einsum("nhw,nhw->hw", shifted[:, a], shifted[:, b]) / count
            rest -= sum(factor[a, k] * factor[b, k] for k in range(b))
            if a == b:  # rounding must not make it negative
                factor[a, a] = np.sqrt(np.maximum(rest + epsilon / count, epsilon / count))
            else:
                factor[a, b] = rest / factor[b, b]
    for a in range(channels):
        for b in range(a):
            shifted[:, a] -= factor[a, b] * shifted[:, b]
        shifted[:, a] /= factor[a, a]
    return list(shifted), (rows, columns)


def _assemble(entries: dict[tuple[int, int], np.ndarray], width: int) -> sparse.dia_array:
    """A symmetric matrix from the entries between each pixel and the one at an offset from it."""
    size = next(iter(entries.values())).size
    diagonals: dict[int, np.ndarray] = {}
    for (down, right), plane in entries.items():
        # In narrow photos two offsets may share a diagonal; they never share a pair of pixels.
        diagonals.setdefault(down * width + right, np.zeros(size))[:] += plane.ravel()
    upper = [(step, diagonal) for step, diagonal in diagonals.items() if 0 < step < size]
    bands = [diagonals[0], *(d[: size - s] for s, d in upper), *(d[: size - s] for s, d in upper)]
    steps = [0, *(s for s, _ in upper), *(-s for s, _ in upper)]
    return sparse.diags_array(bands, offsets=steps, shape=(size, size), format="dia")


def propagate(
    guide: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    strength: float,
    radius: int = RADIUS,
    epsilon: float = EPSILON,
    levels: int = 1,
    least_known: float = 0.0,
    tolerance: float = TOLERANCE,
) -> np.ndarray:
    """Spreads what is known in some places over the whole photo: the x of least `x'Lx + s (x - v)'D(x - v)`.

    L is the Laplacian of the guide, D the weights and s the strength. Not clipped: between known values the
    answer may overshoot them slightly.

    Args:
        guide: `(H, W)` or `(H, W, C)`, uint8 or float in 0..1, of any size.
        values: `(H, W)` v, read where the weight is not 0.
        weights: `(H, W)`, bool or at least 0: how far v is known; 0 = not at all.
        strength: s, above 0: how much a known value counts against smoothness.
        radius: See `laplacian`.
        epsilon: See `laplacian`.
        levels: 1 = solve at the photo's size. Each further level halves the size at which the system is
            solved, and the answer is enlarged by local colour models (`enlarge`): four times faster a
            level, and smoother.
        least_known: Which mean weight a pixel of a coarser level must exceed to count as known.
        tolerance: About what mean error may remain, as a share of the known values' range.

    Returns:
        float32 `(H, W)`; all 0 if nothing is known.
    """
    colours, weights = _colours(guide), np.asarray(weights, np.float64)
    known = weights > 0
    if not known.any():
        return np.zeros(known.shape, np.float32)
    values = np.where(known, values, 0).astype(np.float64)
    if levels > 1 and min(known.shape) > 4 * radius + 2:  # so that a window still fits in
        size = tuple((side + 1) // 2 for side in known.shape[::-1])
        small, weight, total = (
            cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
            for plane in (colours, weights, weights * values)
        )
        weight[weight <= least_known] = 0
        mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
        options = (radius, epsilon, levels - 1, least_known, tolerance)
        coarse = propagate(small, mean, weight, strength, *options)
        return enlarge(coarse, small, colours, radius, epsilon)
    low, extent = values[known].min(), np.ptp(values[known]) or 1.0
    matrix = laplacian(colours, radius, epsilon) + strength * sparse.diags_array(weights.ravel())
    right = strength * (weights * (values - low)).ravel() / extent
    found = _solve(sparse.dia_array(matrix), right, colours, tolerance).reshape(known.shape)
    return (low + extent * found).astype(np.float32)


def enlarge(
    coarse: np.ndarray, small: np.ndarray, guide: np.ndarray, radius: int = RADIUS, epsilon: float = EPSILON
) -> np.ndarray:
    """Enlarges a map along the edges of a larger guide.

    In every window of the small guide the map is fitted as a linear function of the colours; these functions
    are enlarged bilinearly and applied to the larger guide.

    Args:
        coarse: `(h, w)`, the map.
        small: `(h, w, C)`, its guide, as `laplacian` takes it.
        guide: `(H, W, C)`, the same photo, larger.
        radius: Half the windows' side in pixels.
        epsilon: Regularises the fit, as in `laplacian`.

    Returns:
        float32 `(H, W)`.
    """
    small, guide, side = _colours(small), _colours(guide), 2 * radius + 1

    def mean(planes: np.ndarray) -> np.ndarray:
        return cv2.blur(planes, (side, side), borderType=cv2.BORDER_REFLECT).reshape(planes.shape)

    height, width, channels = small.shape
    products = (small[..., None] * small[..., None, :]).reshape(height, width, -1)
    centre, level = mean(small), mean(coarse.astype(np.float64))
    covariance = mean(products).reshape(height, width, channels, channels)
    covariance -= centre[..., None] * centre[..., None, :]
    covariance += epsilon / side**2 * np.eye(channels)
    shared = mean(small * coarse[..., None]) - centre * level[..., None]
    slopes = np.linalg.solve(covariance, shared[..., None])[..., 0]
    models = np.dstack([slopes, level - (slopes * centre).sum(axis=-1)])
    models = cv2.resize(models, guide.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return ((models[..., :-1] * guide).sum(axis=-1) + models[..., -1]).astype(np.float32)


def _solve(matrix: sparse.dia_array, right: np.ndarray, colours: np.ndarray, tolerance: float) -> np.ndarray:
    """Conjugate gradients, preconditioned by `ColourBlocks`.

    It ends when a round of iterations changes the map little. The residual would not do: where values are
    known it is `strength` times as large as elsewhere.
    """
    inverse = ColourBlocks(matrix, colours)
    found, residual = np.zeros_like(right), right.copy()
    step, before = np.zeros_like(right), 1.0
    for _ in range(ROUNDS):
        start = found.copy()
        for _ in range(ITERATIONS):
            guess = inverse(residual)
            now = residual @ guess
            if now <= 0:  # solved exactly
                return found
            step = guess + now / before * step
            image, before = matrix @ step, now
            length = now / (step @ image)
            found += length * step
            residual -= length * image
        if np.abs(found - start).mean() <= tolerance:
            break
    return found


class ColourBlocks:
    """An approximate inverse of a matting Laplacian with known values: Jacobi steps and a coarse solution.

    The Laplacian is small for maps that are locally linear in the colours, and those are what Jacobi steps
    leave. So each block of pixels has a constant and a slope per channel as its unknowns (Galerkin), solved
    directly. On photos of 640x427 pixels 15 iterations come closer than 160 did with multigrid of constants
    only. Single precision is enough for the Jacobi steps; the conjugate gradients' products need double.

    Args:
        matrix: `(H * W, H * W)`, symmetric and positive definite.
        colours: `(H, W, C)` float64, the guide of the Laplacian.
    """

    def __init__(self, matrix: sparse.dia_array, colours: np.ndarray):
        self._matrix = matrix.astype(np.float32)
        self._smoother = (DAMPING / abs(matrix).sum(axis=1)).astype(np.float32)
        modes = _modes(colours)
        coarse = sparse.csr_array(modes.T @ sparse.csr_array(matrix) @ modes)
        scale = sparse.diags_array(1 / np.sqrt(np.maximum(coarse.diagonal(), FLAT)))
        self._modes = sparse.csr_array(modes @ scale)
        # In blocks of few colours the slopes depend on each other.
        coarse = scale @ coarse @ scale + RIDGE * sparse.eye_array(coarse.shape[0])
        self._coarse = linalg.splu(
            sparse.csc_array(coarse),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0,
            options={"SymmetricMode": True},
        )

    def __call__(self, right: np.ndarray) -> np.ndarray:
        """Returns about the solution for a right side, `(H * W,)` float; linear and symmetric in it."""
        right = right.astype(np.float32)
        found = self._smoother * right
        rest = self._modes.T @ (right - self._matrix @ found)
        found += self._modes @ self._coarse.solve(rest)
        found += self._smoother * (right - self._matrix @ found)
        return found


def _modes(colours: np.ndarray) -> sparse.csr_array:
    """Per block, 1 and each channel less its mean there: `(H * W, blocks * (1 + C))` float64."""
    height, width, channels = colours.shape
    side = max(BLOCK, int(np.ceil(np.sqrt(height * width / MOST))))
    rows, columns = (np.arange(size) // side for size in (height, width))
    block = (rows[:, None] * (columns[-1] + 1) + columns).ravel()
    flat, count = colours.reshape(-1, channels), np.bincount(block)
    means = np.stack([np.bincount(block, channel) / count for channel in flat.T], axis=1)
    values = np.column_stack([np.ones(len(flat)), flat - means[block]])
    unknowns = block[:, None] * (1 + channels) + np.arange(1 + channels)
    ends = np.arange(len(flat) + 1) * (1 + channels)
    return sparse.csr_array(
        (values.ravel(), unknowns.ravel(), ends), (len(flat), count.size * (1 + channels))
    )
