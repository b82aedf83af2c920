"""python -m keras_blur.learnt_filters: see `keras_blur.commands.learnt_filters`."""

import sys

from keras_blur.commands.learnt_filters import main

if __name__ == "__main__":
    sys.exit(main())
