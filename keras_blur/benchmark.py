"""python -m keras_blur.benchmark, the same as `keras-blur benchmark`."""

import sys

from keras_blur.commands.benchmark import main

if __name__ == "__main__":
    sys.exit(main())
