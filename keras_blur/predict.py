"""python -m keras_blur.predict, the same as `keras-blur predict`."""

import sys

from keras_blur.commands.predict import main

if __name__ == "__main__":
    sys.exit(main())
