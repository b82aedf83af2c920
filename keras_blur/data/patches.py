"""Patches as the data sets of patches hold them, each with the class of the pixel in its middle."""

import numpy as np

from keras_blur.data.batches import Batches
from keras_blur.errors import BlurError


class Patches(Batches):
    """Batches of patches, `(B, n, n, 3)`, and the classes of the pixels in their middle, `(B, 1, 1)`.

    Patches are never resized, which would change their blur.

    Args: as `Batches`; height and width are those of a patch, and `augmentation_config` must not crop.

    Raises:
        BlurError: the patches have another size (when the first one is read).
    """

    def sample(self, epoch: int, position: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The patch and its class at a position of an epoch; see `Batches.sample`."""
        size = self._example(index).mask.shape
        if size != self._size:
            raise BlurError(
                f"{self.split.dataset}: expected patches of {self._size[1]}x{self._size[0]} pixels, found "
                f"{size[1]}x{size[0]}; set data.crop, or name another data set"
            )
        return self._labelled(*super().sample(epoch, position, index))

    def _filling(self) -> tuple[np.ndarray, np.ndarray]:
        return self._labelled(*super()._filling())

    @staticmethod
    def _labelled(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        row, column = (side // 2 for side in mask.shape)
        return image, mask[row : row + 1, column : column + 1]
