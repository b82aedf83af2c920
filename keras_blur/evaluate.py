"""python -m keras_blur.evaluate, the same as `keras-blur evaluate`."""

import sys

from keras_blur.commands.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
