"""python -m keras_blur, the same as `keras-blur`."""

import sys

from keras_blur.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
