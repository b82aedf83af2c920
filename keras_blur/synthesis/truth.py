"""The exact truth about a picture that was composed: how far every pixel's light was spread, and by what.

The light of a point blurred by a kernel has a covariance, and covariances of blurs in a row add up. The
*size* of a blur is the length of the straight motion that spreads light as much along its widest direction:
sqrt(12 v), v the largest variance in any direction. So a line of length L has the size L, and a disc of
radius r has sqrt(3) r.
"""

import dataclasses

import numpy as np

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.composite import MIXED_SHARE, OBJECT_SHARE

SHARP_SIZE = 1.2  # pixels: below it no one sees blur
BLURRED_SIZE = 3.0  # pixels: from it on it is blur; in between void
DOMINANT = 1.5  # where both kinds meet, the one that is larger by this factor names the pixel; else void
SIZE_STEP = 0.25  # pixels per step of an encoded size
UNKNOWN_SIZE = 255


def covariance(kernel: np.ndarray) -> np.ndarray:
    """The covariance of a kernel: (rows, columns, rows x columns), `(3,)` float32, in square pixels.

    The spreading of a sub-pixel position over neighbouring pixels counts too, as it does in the picture.
    """
    rows, columns = np.indices(kernel.shape, np.float64)
    rows -= (rows * kernel).sum()
    columns -= (columns * kernel).sum()
    pairs = (rows, rows), (columns, columns), (rows, columns)
    return np.array([(a * b * kernel).sum() for a, b in pairs], np.float32)


def blur_size(variances: np.ndarray) -> np.ndarray:
    """The size of a blur in pixels, `(...)`, from covariances `(..., 3)`."""
    rows, columns, mixed = np.moveaxis(np.asarray(variances), -1, 0)
    widest = (rows + columns) / 2 + np.hypot((rows - columns) / 2, mixed)
    return np.sqrt(12 * np.maximum(widest, 0))


@dataclasses.dataclass
class Truth:
    """What is known of every pixel. Layers are added from the farthest to the nearest.

    Attributes:
        motion: `(H, W, 3)` float32 covariance of all motion.
        defocus: `(H, W, 3)` float32 covariance of all defocus.
        given: `(H, W)` uint8 class of pixels whose blur a real camera made: its size is not known. VOID
            where the covariances tell the class.
        mixed: `(H, W)` bool: two layers are seen at once.
    """

    motion: np.ndarray
    defocus: np.ndarray
    given: np.ndarray
    mixed: np.ndarray

    @classmethod
    def sharp(cls, height: int, width: int) -> "Truth":
        """A frame without blur."""
        shape = (height, width)
        zero = np.zeros((*shape, 3), np.float32)
        return cls(zero, zero.copy(), np.full(shape, VOID, np.uint8), np.zeros(shape, bool))

    def blur(self, blur_class: int, kernel: np.ndarray) -> None:
        """Blurs all that was composed so far by a kernel of a class.

        (Pixels of a `given` class keep it if it is the kernel's, and are void if it is not.)
        """
        spread = self.motion if blur_class == MOTION else self.defocus
        spread += covariance(kernel)
        self.mixed |= (self.given != VOID) & (self.given != SHARP) & (self.given != blur_class)
        self.given[self.given == SHARP] = VOID
        ids = self.mask()
        for present in np.unique(ids[ids != VOID]):  # along the borders of classes the kernel mixes them
            own = ids == present
            if not own.all():
                self.mixed |= own & (blur(own.astype(np.float32), kernel) < 1 - MIXED_SHARE)

    def spread(self, blur_class: int, variances: np.ndarray) -> None:
        """Blurs a frame of one layer differently from place to place, without jumps.

        Args:
            blur_class: `MOTION` or `DEFOCUS`.
            variances: covariance `(H, W, 3)`.
        """
        total = self.motion if blur_class == MOTION else self.defocus
        total += variances

    def cover(self, alpha: np.ndarray, motion: np.ndarray, defocus: np.ndarray) -> None:
        """Puts an object over everything.

        Args:
            alpha: `(H, W)` its blurred matte.
            motion: covariance `(3,)` or `(H, W, 3)` of its motion.
            defocus: covariance `(3,)` or `(H, W, 3)` of its defocus.
        """
        before = self.mask()
        owned = alpha >= OBJECT_SHARE
        motion, defocus = (np.broadcast_to(value, self.motion.shape) for value in (motion, defocus))
        self.motion[owned], self.defocus[owned] = motion[owned], defocus[owned]
        self.given[owned], self.mixed[owned] = VOID, False
        own_class = classify(blur_size(motion), blur_size(defocus))
        edge = (alpha >= MIXED_SHARE) & ~owned
        self.mixed |= edge & (before != own_class)

    def mask(self) -> np.ndarray:
        """The class ids, `(H, W)` uint8."""
        ids = classify(blur_size(self.motion), blur_size(self.defocus))
        ids = np.where(self.given != VOID, self.given, ids)
        return np.where(self.mixed, np.uint8(VOID), ids)

    def sizes(self) -> np.ndarray:
        """The blur sizes, `(H, W)` uint8 in steps of 1/4 pixel up to 254; 255 = not known."""
        size = blur_size(self.motion + self.defocus) / SIZE_STEP
        known = ~self.mixed & ((self.given == VOID) | (self.given == SHARP))
        return np.where(known, np.minimum(np.rint(size), UNKNOWN_SIZE - 1), UNKNOWN_SIZE).astype(np.uint8)


def classify(motion: np.ndarray, defocus: np.ndarray) -> np.ndarray:
    """Class ids from the sizes of both kinds of blur in pixels.

    Returns:
        uint8: SHARP below `SHARP_SIZE`; from `BLURRED_SIZE` on the kind that dominates; else VOID.
    """
    total = np.hypot(motion, defocus)
    ids = np.full(total.shape, VOID, np.uint8)
    ids[total < SHARP_SIZE] = SHARP
    ids[(total >= BLURRED_SIZE) & (motion >= DOMINANT * defocus)] = MOTION
    ids[(total >= BLURRED_SIZE) & (defocus >= DOMINANT * motion)] = DEFOCUS
    return ids
