"""Exports trained networks as files for phones, browsers and servers, compared with the network.

`export_network` is what `keras-blur export` does; `EXPORTERS` has every format.
`python -m keras_blur.export.benchmark` measures files, `python -m export.all` exports every run of a
folder, `python -m export.layers` says where integers lose accuracy. Needs the extras `tensorflow` and
`lite`, `onnx_export` for ONNX, and `data` where a data set gives the photos. The folder is `export` in the
repository and `keras_blur.export` once installed; nothing in `keras_blur` imports it.
"""

from .exporters import EXPORTERS, Exporter
from .network import export_network

__all__ = ["EXPORTERS", "Exporter", "export_network"]
