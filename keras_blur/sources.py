"""Comparisons that report figures of several systems; specifications quote them."""

from keras_blur.spec import Published

SCHUSTER = "IoU, of which class isn't said"
SCHUSTER_PHOTOS = "20 photos of CUHK, 10 of each type; which ones isn't said"


def schuster_table_2(value: float, photos: str = SCHUSTER_PHOTOS) -> Published:
    """Returns a figure of the comparison with older methods in Schuster 2016, table 2."""
    return Published(SCHUSTER, value, photos, "Schuster 2016, table 2")


def thousand_photos(f1: float, f_beta: float | None = None) -> tuple[Published, ...]:
    """Returns the two figures by which later papers compare the hand-made methods on the whole of CUHK.

    Precision and recall are averaged over photos at each threshold; the figures are the F of the best one.
    "All blurred" and `su2011` have these figures to the digit when this package scores them.

    Args:
        f1: F with beta^2 = 1.
        f_beta: F with beta^2 = 0.3; None = not reported.
    """
    photos, source = "all 1000 photos of CUHK", "a later comparison, whose title is not on record here"
    figures = [("maximum F1", f1), ("maximum F with beta^2 = 0.3", f_beta)]
    return tuple(Published(name, value, photos, source) for name, value in figures if value is not None)
