"""The builders' own tests need TensorFlow and TFDS: they are left out where these are missing."""

import importlib.util

MISSING = [name for name in ("tensorflow", "tensorflow_datasets") if importlib.util.find_spec(name) is None]
collect_ignore_glob = ["*_test.py"] if MISSING else []
