"""Experiments of Purohit 2018: the stages of the system, and what the discriminator is worth."""

import dataclasses

from keras_blur.reproduce import figures
from keras_blur.reproduce.experiment import Column, Figure, Paper, Row, Run, Table, mean

CUHK = ("cuhk_blur/kim2018 --manual-dir CUHK",)
PATCH = Run(
    "purohit2018_patch",
    "purohit2018_patch",
    "purohit2018_patch",
    prepares=("purohit_patches --photos-dir SHARP_PHOTOS",),
    small_prepares=("purohit_patches --photos-dir SHARP_PHOTOS --count 40000",),
)
GLOBAL = Run("purohit2018_global", "purohit2018_global", prepares=CUHK)
PLAIN = dataclasses.replace(
    GLOBAL, name="purohit2018_global_plain", settings=("training.procedure=supervised",)
)
FEW = "data.train=train[:10%]"

COLUMNS = (
    Column("accuracy", mean("accuracy")),
    Column("F1", mean("f1")),
    Column("mIoU", mean("miou")),
    Column("maximum F1", mean("ods_f1")),
)
SHIPPED_NOTE = "global network: 6 levels of 32 filters, 18 epochs"
PHOTOS = (
    "The paper trains on 90 % of CUHK and tests on 100 photos that are not known. "
    "Ours are Kim's 200 test photos."
)

STAGES = Table(
    name="stages",
    title="The stages of the system",
    place="section on results; figures side by side",
    columns=COLUMNS,
    rows=(
        Row("local network on patches", PATCH),
        Row("the local network that ships", "purohit2018_patch"),
        Row("global network", GLOBAL),
        Row("product of both", "purohit2018_product", needs=(PATCH, GLOBAL)),
        Row("product, graph cut", "purohit2018", needs=(PATCH, GLOBAL)),
        Row("the global network that ships", "purohit2018_global", note=SHIPPED_NOTE),
        Row("product with the networks that ship", "purohit2018_product", note=SHIPPED_NOTE),
        Row("product with the networks that ship, graph cut", "purohit2018", note=SHIPPED_NOTE),
        Row("all blurred", "all_blurred"),
    ),
    differs=(
        PHOTOS,
        "The paper states no optimizer, no discriminator and no weights of the random field. "
        "Ours are those of pix2pix and of the usual contrast-sensitive field.",
    ),
)

ADVERSARIAL = Table(
    name="adversarial",
    title="The global network with and without the adversarial loss, on few and on all photos",
    place="section on the global network; no table",
    columns=COLUMNS,
    rows=(
        Row("adversarial, all photos", GLOBAL),
        Row("cross-entropy alone, all photos", PLAIN),
        Row(
            "cross-entropy alone, all photos, another seed",
            dataclasses.replace(
                PLAIN, name="purohit2018_global_plain_seed1", settings=(*PLAIN.settings, "training.seed=1")
            ),
        ),
        Row(
            "adversarial, a tenth of the photos",
            dataclasses.replace(GLOBAL, name="purohit2018_global_few", settings=(FEW,)),
        ),
        Row(
            "cross-entropy alone, a tenth of the photos",
            dataclasses.replace(PLAIN, name="purohit2018_global_plain_few", settings=(*PLAIN.settings, FEW)),
        ),
    ),
    differs=(
        PHOTOS,
        "The paper says that the adversarial loss helps when data are few, and gives no values.",
    ),
    repeated=("cross-entropy alone, all photos", "cross-entropy alone, all photos, another seed"),
)

SHEET = Figure(
    "sheet",
    "The stages side by side",
    "the figures of the results",
    figures.draw_side_by_side,
    (
        Row("patch", "purohit2018_patch"),
        Row("global", "purohit2018_global"),
        Row("product", "purohit2018_product"),
        Row("graph cut", "purohit2018"),
    ),
    (PHOTOS, f"The networks that ship: {SHIPPED_NOTE}."),
    shows_photos=True,
)

PAPER = Paper(
    "purohit2018",
    "Purohit et al., ICIP 2018: learning based single image blur detection and segmentation",
    (STAGES, ADVERSARIAL, SHEET),
)
