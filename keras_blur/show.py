"""python -m keras_blur.show, the same as `keras-blur show`."""

import sys

from keras_blur.commands.show import main

if __name__ == "__main__":
    sys.exit(main())
