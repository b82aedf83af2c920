"""Sun 2015: a field of motion vectors, and the blur map that follows from it."""

from typing import Any

import cv2
import numpy as np
from scipy.interpolate import RegularGridInterpolator

from keras_blur.contract import Contract
from keras_blur.processing import check_image, limit_side
from keras_blur.processing.mean_field import smooth
from keras_blur.synthesis import motions
from keras_blur.systems.network import NetworkSystem
from keras_blur.systems.patches import TILE, PatchSystem

SMOOTHNESS = 0.002  # per squared pixel; this and the next one were chosen on 20 of Kim's validation photos
LEAST_LENGTH = 8.0  # pixels: longer motions count as blur


class MotionField(NetworkSystem):
    """Classifies the motion of every patch of the photo and of turned copies, and smooths the answers.

    The photo is turned by 0, 6, ... 24 degrees, so that its 72 motions become 360 (section 3.2). A patch's
    probabilities are given to all its pixels and averaged where patches overlap; a Markov random field on the
    motions' vectors smooths them (section 3.3). A pixel's probability of being blurred is that of the motions
    longer than a few pixels.

    Args:
        network: As `keras_blur.models.sun2015.sun2015` makes it.
        contract: What it expects and returns.
        stride: Pixels between patches: 1, 2 or a multiple of 4; None = the contract's.
        turns: Degrees by which the photo is turned.
        smoothness: Weight of the squared differences of neighbouring vectors; 0 = no smoothing.
        least_length: Motions longer than this many pixels are blur.
        tile: See `PatchSystem`.
    """

    def __init__(
        self,
        network: Any,
        contract: Contract,
        stride: int | None = None,
        turns: tuple[float, ...] = motions.TURNS,
        smoothness: float = SMOOTHNESS,
        least_length: float = LEAST_LENGTH,
        tile: int = TILE,
    ):
        super().__init__(network, contract)
        self._patches = PatchSystem(network, contract, stride, tile)
        self.turns, self.smoothness, self.least_length = tuple(turns), smoothness, least_length
        self.motions = motions.finer(self.turns)

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the motion blur in a photo: see `System.blur_map`; float32 `(h, w, 2)`, a cell per stride.

        Raises:
            BlurError: the network's output is not finite.
        """
        moving = self.beliefs(image)[..., self.motions[:, 0] > self.least_length].sum(axis=-1)
        blurred = np.clip(moving, 0, 1)
        return np.stack([1 - blurred, blurred], axis=-1).astype(np.float32)

    def field(self, image: np.ndarray) -> np.ndarray:
        """The likeliest motions of a photo.

        Returns:
            float32 `(h, w, 2)` of (u, v) in pixels of the photo as limited by the contract: see
            `motions.vectors`.
        """
        return motions.vectors(self.motions[self.beliefs(image).argmax(axis=-1)])

    def beliefs(self, image: np.ndarray) -> np.ndarray:
        """The probabilities of `self.motions`, smoothed: float32 `(h, w, 1 + 72 * turns)`."""
        check_image(image)
        probabilities = self.probabilities(limit_side(image, self.contract.max_side))
        # A motion and its reverse are the same, so directions are compared at twice their angle.
        doubled = motions.vectors(self.motions * (1, 2))
        return smooth(probabilities, doubled, self.smoothness) if self.smoothness else probabilities

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """The same before they are smoothed, of a photo taken as it is."""
        stride = self._patches.stride
        centres = [stride * np.arange(-(-side // stride)) + stride // 2 for side in image.shape[:2]]
        answers = [self._turned(image, turn, centres) for turn in self.turns]
        still = sum(answer[..., :1] for answer in answers)
        return np.concatenate([still, *(answer[..., 1:] for answer in answers)], axis=-1) / len(answers)

    def _turned(self, image: np.ndarray, turn: float, centres: list[np.ndarray]) -> np.ndarray:
        """The 73 probabilities at `centres` by way of a turned copy of the photo."""
        if not turn:
            return self._overlapping(self._patches.probabilities(image))
        (height, width), stride = image.shape[:2], self._patches.stride
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, 1.0)
        new_width, new_height = np.ceil(np.abs(matrix[:, :2]) @ (width, height)).astype(int)
        matrix[:, 2] += (new_width - width) / 2, (new_height - height) / 2
        turned = cv2.warpAffine(
            image, matrix, (int(new_width), int(new_height)), borderMode=cv2.BORDER_REFLECT_101
        )
        cells = self._overlapping(self._patches.probabilities(turned))
        rows, columns = np.meshgrid(*centres, indexing="ij")
        x, y = np.moveaxis(np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ matrix.T, -1, 0)
        return _sampled(cells, (y - stride // 2) / stride, (x - stride // 2) / stride)

    def _overlapping(self, cells: np.ndarray) -> np.ndarray:
        """The mean of the patches, among those at the cells, that cover each cell's middle."""
        side = 2 * ((self._patches.side // 2 - 1) // self._patches.stride) + 1
        total = cv2.boxFilter(cells, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
        return total / total.sum(axis=-1, keepdims=True)


def _sampled(cells: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """`(h, w, K)` cells at fractional places, linearly; beyond the border as at it."""
    places = [np.clip(p, 0, n - 1) for p, n in zip((rows, columns), cells.shape[:2], strict=True)]
    if 1 in cells.shape[:2]:  # too small to interpolate
        return cells[tuple(np.rint(p).astype(int) for p in places)]
    grid = [np.arange(n) for n in cells.shape[:2]]
    return RegularGridInterpolator(grid, cells)(np.stack(places, axis=-1)).astype(np.float32)
