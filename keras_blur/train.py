"""python -m keras_blur.train, the same as `keras-blur train`."""

import sys

from keras_blur.commands.train import main

if __name__ == "__main__":
    sys.exit(main())
