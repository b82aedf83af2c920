"""Experiments of Schuster 2016: training data, rivals, and what the patches hold."""

import dataclasses
from pathlib import Path

from keras_blur.reproduce import figures
from keras_blur.reproduce.experiment import Column, Figure, Paper, Row, Run, Table, mean

PHOTOS_FILE = Path(__file__).parent / "schuster2016_photos.txt"
"""Names of 10 motion and 10 defocus photos of Kim's test photos, chosen by a seed."""

ON_20 = ("--photos", str(PHOTOS_FILE))
IOU = Column("IoU of blurred", mean("iou_blurred"))
MOTION_IOU = Column("IoU of blurred, 10 motion photos", mean("motion", "iou_blurred"))
DEFOCUS_IOU = Column("IoU of blurred, 10 defocus photos", mean("defocus", "iou_blurred"))
CUHK_PATCHES = ("schuster_patches --manual-dir CUHK",)
COMPOSITE_PATCHES = ("schuster_patches/composites --objects-dir OBJECTS",)
SMALL = " --count 80000"
WHICH_PHOTOS = "The paper's 20 photos are not known. Ours are chosen by a seed among Kim's test photos."
WHICH_CLASS = "The paper doesn't say of which class its IoU is. Ours is that of the blurred class."

BOTH = Run(
    "schuster2016",
    "schuster2016",
    prepares=CUHK_PATCHES,
    small_prepares=tuple(words + SMALL for words in CUHK_PATCHES),
)
SEED_1 = dataclasses.replace(BOTH, name="schuster2016_seed1", settings=("training.seed=1",))
MOTION = dataclasses.replace(BOTH, name="schuster2016_motion", settings=("data.motion_share=1.0",))
DEFOCUS = dataclasses.replace(BOTH, name="schuster2016_defocus", settings=("data.motion_share=0.0",))
ON_COMPOSITES = "data.dataset=schuster_patches/composites"
BOTH_ARTIFICIAL, MOTION_ARTIFICIAL, DEFOCUS_ARTIFICIAL = (
    dataclasses.replace(
        run,
        name=f"{run.name}_artificial",
        settings=(*run.settings, ON_COMPOSITES),
        prepares=COMPOSITE_PATCHES,
        small_prepares=tuple(words + SMALL for words in COMPOSITE_PATCHES),
    )
    for run in (BOTH, MOTION, DEFOCUS)
)
AGAIN = Row("both, CUHK, another seed", SEED_1, options=ON_20)
SHIPPED = Row(
    "the network that ships", "schuster2016", options=ON_20, note="both, CUHK; a quarter of the width"
)

TABLE_1 = Table(
    name="table1",
    title="Training on both types of blur, on motion or on defocus alone; on CUHK or on composites",
    place="table 1",
    columns=(IOU, MOTION_IOU, DEFOCUS_IOU),
    rows=(
        Row("both, CUHK", BOTH, {IOU.title: 0.80}, options=ON_20),
        AGAIN,
        Row("motion, CUHK", MOTION, {MOTION_IOU.title: 0.78}, options=ON_20),
        Row("focus, CUHK", DEFOCUS, {DEFOCUS_IOU.title: 0.80}, options=ON_20),
        Row("both, artificial", BOTH_ARTIFICIAL, {IOU.title: 0.62}, options=ON_20),
        Row("motion, artificial", MOTION_ARTIFICIAL, {MOTION_IOU.title: 0.42}, options=ON_20),
        Row("focus, artificial", DEFOCUS_ARTIFICIAL, {DEFOCUS_IOU.title: 0.89}, options=ON_20),
        SHIPPED,
        Row("all blurred", "all_blurred", options=ON_20),
    ),
    differs=(
        WHICH_PHOTOS,
        WHICH_CLASS,
        "The paper's values for one type of blur stand in that type's column. "
        "The paper doesn't say on which photos it measured them.",
        "Its composites are made of PASCAL VOC, ours of the photos and masks that `prepare` is given.",
    ),
    repeated=("both, CUHK", AGAIN.label),
)

OLDER = (
    Row("Su 2011", "su2011", {IOU.title: 0.76}, options=ON_20),
    Row("Shi 2014", "shi2014", {IOU.title: 0.49}, options=ON_20),
    Row("Chakrabarti 2010", "chakrabarti2010", {IOU.title: 0.31}, options=ON_20),
)
TABLE_2 = Table(
    name="table2",
    title="Comparison with older methods",
    place="table 2",
    columns=(IOU, MOTION_IOU),
    rows=(
        Row("Schuster 2016", BOTH, {IOU.title: 0.80}, options=ON_20),
        Row("Schuster 2016, another seed", SEED_1, options=ON_20),
        SHIPPED,
        dataclasses.replace(SHIPPED, label="the network that ships, graph cut", system="schuster2016_cut"),
        *OLDER,
        Row(
            "Sun 2015, thresholded",
            Run("sun2015", "sun2015", prepares=("cuhk_blur/kim2018 --manual-dir CUHK",)),
            {MOTION_IOU.title: 0.52},
            options=ON_20,
        ),
        Row("all blurred", "all_blurred", options=ON_20),
    ),
    differs=(
        WHICH_PHOTOS,
        WHICH_CLASS,
        "The paper doesn't say on how many motion photos it measured Sun 2015.",
        "Sun 2015's weights are not public; the network is trained here.",
        "A short training of it hardly finds motion.",
    ),
    repeated=("Schuster 2016", "Schuster 2016, another seed"),
)


def _with_input(label: str, name: str, *settings: str) -> Row:
    return Row(
        label, dataclasses.replace(BOTH, name=f"schuster2016_{name}", settings=settings), options=ON_20
    )


INPUTS = Table(
    name="inputs",
    title="Sides of the patch, and what its channels hold",
    place="section on the network's input; no table",
    columns=(IOU,),
    rows=(
        Row("31 x 31, colour", BOTH, options=ON_20),
        Row("31 x 31, colour, another seed", SEED_1, options=ON_20),
        SHIPPED,
        _with_input("23 x 23, colour", "side23", "model.side=23", "data.crop=23"),
        _with_input("grey", "grey", "model.channels=grey"),
        _with_input("gradient magnitude", "magnitude", "model.channels=gradient_magnitude"),
        _with_input("two gradient channels", "gradients", "model.channels=gradients"),
        Row("all blurred", "all_blurred", options=ON_20),
    ),
    differs=(
        WHICH_PHOTOS,
        "The paper tried these inputs and gives no values.",
        'A row near that of "all blurred" has hardly learnt anything yet.',
    ),
    repeated=("31 x 31, colour", "31 x 31, colour, another seed"),
)

FIGURE_3 = Figure(
    "figure3",
    "The filters of the first layer, of the network that ships",
    "figure 3",
    figures.draw_filters,
    (SHIPPED,),
    ("The paper's has 96 filters of a training of 1e6 steps.",),
)
FIGURE_4 = Figure(
    "figure4",
    "Training and validation by epoch",
    "figure 4",
    figures.draw_curves,
    TABLE_1.rows[:1],
    ("The training at small scale whose weights ship had [these curves](schuster2016/figure4_earlier.png).",),
)
FIGURE_7 = Figure(
    "figure7",
    "Methods side by side",
    "figure 7",
    figures.draw_side_by_side,
    (SHIPPED, *OLDER),
    (WHICH_PHOTOS,),
    shows_photos=True,
)

PAPER = Paper(
    "schuster2016",
    "Schuster 2016: a patch CNN for blurred regions",
    (TABLE_1, TABLE_2, INPUTS, FIGURE_3, FIGURE_4, FIGURE_7),
)
