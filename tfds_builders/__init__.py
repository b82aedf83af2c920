"""The data sets that keras-blur trains and measures on; `python -m tfds_builders NAME` builds one."""
