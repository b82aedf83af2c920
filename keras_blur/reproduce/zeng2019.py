"""Experiments of Zeng 2019: the two filters, precision and recall of all methods, and the run time."""

from keras_blur.reproduce import figures
from keras_blur.reproduce.experiment import Column, Figure, Paper, Row, Run, Table, mean, seconds
from keras_blur.reproduce.schuster2016 import ON_20

METRIC = Run(
    "zeng2019",
    "zeng2019",
    "zeng2019",
    prepares=("zeng_patches --manual-dir CUHK",),
    small_prepares=("zeng_patches --manual-dir CUHK --count 40000",),
)
METHODS = (
    "zeng2019",
    "su2011",
    "shi2014",
    "lbp2016",
    "hifst2017",
    "jnb2015",
    "zhuo2011",
    "laplacian_variance",
)
ROWS = tuple(Row(name, name, options=ON_20) for name in METHODS)
ON_PHOTOS = (
    "The paper's photos are not known. "
    "Ours are the 20 of Kim's test photos that stand for those of Schuster 2016, 10 of each type."
)

TIMES = Table(
    name="times",
    title="Seconds a photo, and what they buy",
    place="the table of run times, at 640 x 457 pixels",
    columns=(
        Column("seconds", seconds),
        Column("maximum F1", mean("ods_f1")),
        Column("average precision", mean("average_precision")),
    ),
    rows=(
        Row("our training of it", METRIC, options=ON_20),
        *ROWS,
        Row("all blurred", "all_blurred", options=ON_20),
    ),
    differs=(
        "The paper's own values are not on record here.",
        ON_PHOTOS,
        "Times are ours, on our machine and on CUHK's photos, whose median size is 640 x 450 pixels. "
        "Other work ran beside them, so they are orders of magnitude. CPU seconds are in "
        "[Classical methods](../classical.md).",
        "The paper's list of layers, patch sizes and thresholds is not stated. "
        "Our threshold is the mean of the map, so none is chosen. Those of the older methods are chosen on "
        "training photos by `python benchmarks/classical_thresholds.py`.",
    ),
)

FILTERS = Figure(
    "filters",
    "The two filters of the metric",
    "the figure of the learnt filters",
    figures.draw_zeng_filters,
    ROWS[:1],
)
CURVES = Figure(
    "curves",
    "Precision and recall of all methods",
    "the figures of precision and recall",
    figures.draw_precision_recall,
    ROWS,
    (ON_PHOTOS,),
)

PAPER = Paper(
    "zeng2019",
    "Zeng et al., TIP 2019: a local metric for defocus blur detection based on CNN feature learning",
    (TIMES, FILTERS, CURVES),
)
