"""Trainings that differ in one thing each: what every part of a system is worth.

    KERAS_BLUR_DATA=... python benchmarks/ablations.py CONFIG RUNS_FOLDER [--epochs N] [--only NAME ...]

Every variant is a `python -m keras_blur.train --config CONFIG` with its options below, all with the same
budget of samples; the figures are those of the validation photos (no test photo is read), at the last epoch.
Finished runs are not repeated. "mobile_v1_coarse" made the table of docs/mobile_network.md. The full
`kim2018`
and `bdnet2020` need a GPU; their `_small` tables leave out what needs ImageNet weights.
"""

import argparse
import csv
import dataclasses
import subprocess
import sys
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Table:
    """The trainings of one table.

    Attributes:
        epochs: Of every training, unless the command line says otherwise.
        common: `--set` of all variants.
        variants: Name -> its own `--set`.
    """

    epochs: int
    common: tuple[str, ...]
    variants: dict[str, tuple[str, ...]]


MOBILE = Table(
    epochs=12,
    common=("model.input_size=224", "optimizer.ema_momentum=0.98", "optimizer.warmup_epochs=1"),
    variants={
        "base (224 pixels)": (),
        "160 pixels": ("model.input_size=160",),
        "288 pixels": ("model.input_size=288",),
        "cross-entropy alone": ("loss.name=crossentropy",),
        "no synthetic blur": ("augmentation.whole_frame_blur=0.0", "augmentation.object_blur=0.0"),
        "a quarter kim_composites": ("data.extras=[['kim_composites', 0.25]]",),
        "a quarter realistic_composites": ("data.extras=[['realistic_composites/cuhk', 0.25]]",),
        "photos as they come (30 % motion)": ("data.motion_share=none",),
        "encoder at the full rate": ("optimizer.encoder_lr_multiplier=1.0",),
        "encoder from scratch": ("model.encoder_weights=none", "optimizer.encoder_lr_multiplier=1.0"),
        "decoder of half the width": ("model.decoder_filters=(32, 24, 16)",),
        "decoder of twice the width": ("model.decoder_filters=(128, 96, 64)",),
    },
)
KIM = {
    "base (multi-scale loss)": (),
    "single-scale loss": ("model.multi_scale=false",),
    "a quarter kim_composites": ("data.extras=[['kim_composites', 0.25]]",),
}
BDNET = {
    "base": (),
    "skips without batch norm": ("model.use_batch_norm=false",),
    "no dropout": ("model.dropout=0.0",),
    "joint head": ("model.joint=true", "loss.output_weights=(0.2, 0.8)"),
}
FROM_SCRATCH = {"no pre-training": ("model.encoder_weights=none", "optimizer.encoder_lr_multiplier=1.0")}
TABLES = {
    "mobile_v1_coarse": MOBILE,
    "kim2018": Table(600, (), KIM | FROM_SCRATCH),
    "kim2018_small": Table(6, (), KIM | {"no batch norm": ("model.use_batch_norm=false",)}),
    "bdnet2020": Table(100, (), BDNET | FROM_SCRATCH),
    "bdnet2020_small": Table(8, (), BDNET),
}


def train(config: str, name: str, options: tuple[str, ...], folder: Path, epochs: int) -> dict:
    """Trains a variant unless it is there, and returns the last row of its log."""
    run_dir = folder / "".join(c if c.isalnum() else "_" for c in name)
    command = [sys.executable, "-m", "keras_blur.train", "--config", config, "--resume"]
    command += ["--run-dir", str(run_dir), "--epochs", str(epochs)]
    for option in ("training.panels_every=0", f"training.validate_every={epochs}", *options):
        command += ["--set", option]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(run_dir / "log.csv") as file:
        return list(csv.DictReader(file))[-1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", choices=list(TABLES), help="the experiment")
    parser.add_argument("folder", type=Path, help="where the run folders are made")
    parser.add_argument("--epochs", type=int, help="epochs of every training")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these variants")
    arguments = parser.parse_args()
    table = TABLES[arguments.config]
    names = arguments.only or list(table.variants)
    if unknown := set(names) - set(table.variants):
        parser.error(f"--only: expected some of {list(table.variants)}, received {sorted(unknown)}")
    epochs = arguments.epochs or table.epochs
    print("| variant | accuracy | mIoU | loss | type right |\n|---|---|---|---|---|", flush=True)
    for name in names:
        options = (*table.common, *table.variants[name])
        row = train(arguments.config, name, options, arguments.folder, epochs)
        keys = ("val_blurred_accuracy", "val_blurred_iou", "val_loss", "val_type_accuracy")
        print(f"| {name} | " + " | ".join(f"{float(row[key]):.3f}" for key in keys) + " |", flush=True)


if __name__ == "__main__":
    main()
