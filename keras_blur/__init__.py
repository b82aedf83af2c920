"""keras-blur: find what is sharp, motion-blurred and out of focus in photos."""

__version__ = "0.1.0"
