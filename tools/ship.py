"""Puts a trained network among those that ship, its kernels as float16.

    python -m tools.ship runs/kim2018_small kim2018
    python -m keras_blur.evaluate --system kim2018 --dataset cuhk_blur/kim2018 --output-dir measured
    cp measured/metrics.json keras_blur/pretrained/kim2018/

Loading makes float32 of them again. Biases and statistics stay float32: they are few, and small variances
would be lost. The record of the training comes along. The model card README.md is written by hand.
"""

import argparse
import io
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np

from keras_blur import files, provenance, systems
from keras_blur.commands import cli
from keras_blur.errors import BlurError
from keras_blur.systems.weights import CONTRACT_FILE, NETWORK_FILE, WEIGHTS_FILE


def halve(source: Path) -> bytes:
    """Returns a file of Keras weights whose kernels are float16.

    Raises:
        BlurError: a kernel has values that float16 can't hold.
    """
    kept = io.BytesIO()
    with h5py.File(source) as old, h5py.File(kept, "w") as new:
        _copy(old, new, source)
    return kept.getvalue()


def _copy(old: h5py.Group, new: h5py.Group, source: Path) -> None:
    """Copies a group; space of arrays that are replaced later would stay in the file."""
    new.attrs.update(old.attrs)
    for name, item in old.items():
        if isinstance(item, h5py.Group):
            _copy(item, new.create_group(name), source)
            continue
        values = item[()]
        if values.ndim >= 2 and values.dtype == np.float32:
            with np.errstate(over="ignore"):
                values = values.astype(np.float16)
            if not np.isfinite(values).all():
                raise BlurError(f"{source}: expected values that float16 holds, found larger in {item.name}")
        new.create_dataset(name, data=values).attrs.update(item.attrs)


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Command line: see the module's docstring."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="ship"
    )
    options.add_argument("run", help="a run folder, or a folder of weights")
    options.add_argument("name", help="what load() calls it")
    options.add_argument("--pretrained", type=Path, default=systems.PRETRAINED, help="where it is put")
    arguments = options.parse_args(argv)
    source, target = systems.network_folder(arguments.run), arguments.pretrained / arguments.name
    record = provenance.training(source)
    if record is None:
        raise BlurError(f"{source}: expected the record of its training beside it, found none")
    target.mkdir(parents=True, exist_ok=True)
    for name in (NETWORK_FILE, CONTRACT_FILE):
        shutil.copyfile(source / name, target / name)
    with files.atomic_path(target / WEIGHTS_FILE) as temporary:
        temporary.write_bytes(halve(source / WEIGHTS_FILE))
    files.write_json(target / "training.json", record)
    print(f"Wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
