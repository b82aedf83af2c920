"""Experiments of Zeng 2019: the two filters, precision and recall of all methods, and the run time."""

from keras_blur.reproduce import figures
from keras_blur.reproduce.experiment import Column, Figure, Paper, Row, Run, Table, mean, seconds

METRIC = Run(
    "zeng2019", "zeng2019", "zeng2019", prepares=("zeng_patches --manual-dir CUHK",), small_settings=()
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
ROWS = tuple(Row(name, name) for name in METHODS)

TIMES = Table(
    name="times",
    title="Seconds a photo, and what they buy",
    place="the table of run times, at 640 x 457 pixels",
    columns=(
        Column("seconds", seconds),
        Column("maximum F1", mean("ods_f1")),
        Column("average precision", mean("average_precision")),
    ),
    rows=(Row("our training of it", METRIC), *ROWS),
    differs=(
        "Times are ours, on our machine and on CUHK's photos, whose median size is 640 x 450 pixels. "
        "Only their order can be compared.",
        "The paper's list of layers, patch sizes and thresholds is not stated.",
    ),
)

FILTERS = Figure(
    "filters",
    "The two filters of the metric",
    "the figure of the learnt filters",
    figures.draw_zeng_filters,
    TIMES.rows[:1],
)
CURVES = Figure(
    "curves",
    "Precision and recall of all methods",
    "the figures of precision and recall",
    figures.draw_precision_recall,
    ROWS,
)

PAPER = Paper(
    "zeng2019",
    "Zeng et al., IEEE TIP 2019: a local metric for defocus blur detection based on CNN feature learning",
    (TIMES, FILTERS, CURVES),
)
