"""Prepared data sets -> batches. Reads what `python -m tfds_builders` wrote; never builds."""
