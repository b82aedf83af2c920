"""A user's folders of photos and masks: what is what in them, and which photo is in which part."""

import dataclasses
import math
from pathlib import Path

import cv2
import numpy as np

from keras_blur import labels
from keras_blur.errors import BlurError, UsageError
from keras_blur.processing.photos import read_mask, read_photo
from tfds_builders.features import png
from tfds_builders.photo_folder import MaskedPhoto, Photo, divide, find_photos, match_photos

PARTS = ("train", "validation", "test")
JPEG_START = b"\xff\xd8"
TOLERANCE = 2.0  # mean difference in grey levels of two decoders of one JPEG


@dataclasses.dataclass(frozen=True)
class Options:
    """What the masks of a folder mean, and how its photos are divided.

    Attributes:
        images: the folder of photos.
        masks: the folder of masks, called as their photos are, with any ending.
        blurred: "white" or "black": what is blurred in a mask. Grey levels from 128 on are white.
        type: "motion" or "defocus": the type of all blur.
        void: the grey level of pixels of which nothing is known; None = there are none.
        unlabelled: there are no masks: all photos are for training, all their pixels void. Distillation
            learns from them what its teacher says.
        split: shares of train, validation and test, which sum to 1; 0 leaves a part out.
    """

    images: Path | None = None
    masks: Path | None = None
    blurred: str = "white"
    type: str = "defocus"
    void: int | None = None
    unlabelled: bool = False
    split: tuple[float, ...] = (0.8, 0.1, 0.1)

    def check(self) -> None:
        """Raises a UsageError if an option is missing or wrong."""
        for name, what in (("images", "photos"), ("masks", "masks"))[: 1 if self.unlabelled else 2]:
            if getattr(self, name) is None:
                raise UsageError(
                    f"{name}: expected a folder of {what}, received none; photos needs photos and their "
                    "masks, or photos alone that are said to be unlabelled"
                )
        if self.unlabelled and self.masks is not None:
            raise UsageError(f"masks: expected none of unlabelled photos, received {self.masks}")
        for name, allowed in (("blurred", ("white", "black")), ("type", labels.CLASS_NAMES[1:])):
            if getattr(self, name) not in allowed:
                raise UsageError(f"{name}: expected {' or '.join(allowed)}, received {getattr(self, name)!r}")
        if self.void is not None and not (isinstance(self.void, int) and 0 <= self.void <= 255):
            raise UsageError(f"void: expected a grey level from 0 to 255, received {self.void!r}")
        shares = self.split
        fits = len(shares) == len(PARTS) and all(math.isfinite(share) and share >= 0 for share in shares)
        if not (fits and shares[0] > 0 and math.isclose(sum(shares), 1, abs_tol=1e-6)):
            received = ",".join(f"{share:g}" for share in shares)
            raise UsageError(
                f"split: expected shares of {', '.join(PARTS)} that sum to 1, such as 0.8,0.1,0.1, "
                f"received {received}"
            )


def divided(options: Options) -> dict[str, list[Photo]]:
    """The photos of each part, by the hashes of their names; those without labels are all for training.

    Raises:
        BlurError: the folders can't be used, or a part would be empty, or without sharp or blurred pixels.
    """
    options.check()
    images, masks = (Path(folder or "") for folder in (options.images, options.masks))
    if options.unlabelled:
        return {"train": find_photos(images)}
    photos: dict[str, Photo] = {photo.name: photo for photo in match_photos(images, masks)}
    shares = {part: share for part, share in zip(PARTS, options.split, strict=True) if share > 0}
    if len(photos) < len(shares):
        raise BlurError(
            f"split: expected one photo at least for each of {', '.join(shares)}, received {len(photos)} in "
            f"{options.images}; add photos, or give 0 to parts"
        )
    parts = {part: [photos[name] for name in names] for part, names in divide(photos, shares).items()}
    blurred = labels.CLASS_NAMES.index(options.type)
    for part, members in parts.items():
        present = set()
        for photo in members:
            present |= set(np.unique(class_mask(photo, options)))
        for identity, word in ((labels.SHARP, "sharp"), (blurred, "blurred")):
            if identity not in present:
                raise BlurError(
                    f"split: expected sharp and blurred pixels in every part, received no {word} one for "
                    f"{part} from {options.masks}; look at what is blurred and void, choose other shares, or "
                    "add photos"
                )
    return parts


def class_mask(photo: Photo, options: Options) -> np.ndarray:
    """A photo's mask as class ids, `(H, W)` uint8; void where it has no label."""
    if not isinstance(photo, MaskedPhoto):
        return np.full(read_photo(photo.image).shape[:2], labels.VOID, np.uint8)
    levels = read_mask(photo.gt)
    white = levels if options.blurred == "white" else 255 - levels
    ids = labels.mask_from_binary(white, options.type)
    return ids if options.void is None else np.where(levels == options.void, np.uint8(labels.VOID), ids)


def encoded(path: Path) -> bytes:
    """A photo as it is stored: a JPEG that is upright as it is, since coding it again would change the blur.

    All else becomes a PNG of the upright photo in 8 bit.
    """
    image, content = read_photo(path), path.read_bytes()
    if content.startswith(JPEG_START):
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        stored = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
        if (
            stored is not None
            and stored.shape == image.shape
            and cv2.absdiff(stored, image).mean() <= TOLERANCE
        ):
            return content
    return png(np.ascontiguousarray(image[..., ::-1]))
