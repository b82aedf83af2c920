"""Puts the browser test's screenshots side by side for the README.

make test-web
python docs/pictures/web_demo.py build/web/screenshots
"""

import sys
from pathlib import Path

import cv2
import numpy as np

NAMES = ("sharp", "motion", "defocus")
HEIGHT, GAP = 655, 16  # pixels of each screenshot that are kept, and between two


def main(folder: Path) -> None:
    """Writes web_demo.jpg beside this script."""
    shots = [cv2.imread(str(folder / f"{name}.png"))[:HEIGHT] for name in NAMES]
    spacer = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    sheet = np.hstack([part for shot in shots for part in (shot, spacer)][:-1])
    target = Path(__file__).parent / "web_demo.jpg"
    cv2.imwrite(str(target), sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
