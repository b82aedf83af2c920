"""Metrics: `binary` and `three_class` (NumPy, for evaluation), `streaming` (Keras, while training).

This package imports nothing by itself, so the NumPy half never loads Keras.
"""
