"""Small trainings of the mobile network that differ in one thing each; the table of docs/mobile_network.md.

    KERAS_BLUR_DATA=... python benchmarks/mobile_ablations.py RUNS_FOLDER [--epochs 12] [--only NAME ...]

Every variant is a `python -m keras_blur.train --config mobile` with its options below, the same budget of
samples, on Kim's training photos; the figures are those of the validation photos (no test photo is read),
weights averaged, at the last epoch. Finished runs are not repeated.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

COMMON = (
    "model.input_size=224",
    "optimizer.average=0.98",
    "optimizer.warmup_epochs=1",
    "training.panels_every=0",
)
VARIANTS = {
    "base (224 pixels)": (),
    "160 pixels": ("model.input_size=160",),
    "288 pixels": ("model.input_size=288",),
    "cross-entropy alone": ("loss.name=crossentropy",),
    "no synthetic blur": ("augmentation.whole_frame_blur=0.0", "augmentation.object_blur=0.0"),
    "a quarter kim_composites": ("data.extra=kim_composites",),
    "a quarter realistic_composites": ("data.extra=realistic_composites/cuhk",),
    "photos as they come (30 % motion)": ("data.motion_share=none",),
    "encoder at the full rate": ("optimizer.encoder_rate=1.0",),
    "encoder from scratch": ("model.encoder_weights=none", "optimizer.encoder_rate=1.0"),
    "decoder of half the width": ("model.decoder_filters=(32, 24, 16)",),
    "decoder of twice the width": ("model.decoder_filters=(128, 96, 64)",),
}


def train(name: str, options: tuple[str, ...], folder: Path, epochs: int) -> dict:
    """Trains a variant unless it is there, and returns the last row of its log."""
    run_dir = folder / "".join(c if c.isalnum() else "_" for c in name)
    command = [sys.executable, "-m", "keras_blur.train", "--config", "mobile", "--resume"]
    command += ["--run-dir", str(run_dir), "--epochs", str(epochs)]
    for option in (*COMMON, f"training.validate_every={epochs}", *options):
        command += ["--set", option]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(run_dir / "log.csv") as file:
        return list(csv.DictReader(file))[-1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the run folders are made")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--only", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    arguments = parser.parse_args()
    print("| variant | accuracy | mIoU | loss | type right |\n|---|---|---|---|---|", flush=True)
    for name in arguments.only:
        row = train(name, VARIANTS[name], arguments.folder, arguments.epochs)
        keys = ("val_blurred_accuracy", "val_blurred_iou", "val_loss", "val_type_accuracy")
        print(f"| {name} | " + " | ".join(f"{float(row[key]):.3f}" for key in keys) + " |", flush=True)


if __name__ == "__main__":
    main()
