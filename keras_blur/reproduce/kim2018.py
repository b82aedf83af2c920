"""Experiments of Kim 2018: the ablation, its spread over photos, and telling the types of blur apart."""

import dataclasses

from keras_blur.reproduce import figures
from keras_blur.reproduce.experiment import (
    Column,
    Figure,
    Paper,
    Row,
    Run,
    Table,
    mean,
    pooled,
    spread,
    type_accuracy,
)
from keras_blur.reproduce.schuster2016 import ON_20

CUHK = ("cuhk_blur/kim2018 --manual-dir CUHK",)
COMPOSITES = (*CUHK, "kim_composites --manual-dir CUHK --objects-dir OBJECTS")
COMPOSITES_SMALL = (*CUHK, f"{COMPOSITES[1]} --count 2000")
FROM_SCRATCH = ("model.encoder_weights=none", "optimizer.encoder_lr_multiplier=1.0")

MULTI_SCALE = Run("kim2018_scratch", "kim2018", settings=FROM_SCRATCH, prepares=CUHK)
SEED_1 = dataclasses.replace(
    MULTI_SCALE, name="kim2018_scratch_seed1", settings=(*FROM_SCRATCH, "training.seed=1")
)
SINGLE_SCALE = dataclasses.replace(
    MULTI_SCALE, name="kim2018_single_scale", settings=(*FROM_SCRATCH, "model.multi_scale=false")
)
NEEDS_GPU = "VGG-19's ImageNet weights fit its full width alone, which needs a GPU"
PRETRAINED = Run("kim2018", "kim2018", prepares=CUHK, scales=("full",), why=NEEDS_GPU)
STAGE_2 = Run(
    "kim2018_stage2",
    "kim2018_stage2",
    prepares=COMPOSITES,
    after=PRETRAINED,
    scales=("full",),
    why=NEEDS_GPU,
)
STAGE_2_SMALL = Run(
    "kim2018_stage2_scratch",
    "kim2018_stage2",
    prepares=COMPOSITES,
    small_prepares=COMPOSITES_SMALL,
    after=MULTI_SCALE,
    scales=("small",),
    why="it stands in for the second stage from pre-trained weights, which the full scale has",
)

WHICH_PHOTOS = "The curves are of 20 of Kim's 200 test photos, 10 of each type: the older methods are slow."
SHIPPED = "the network that ships"
SHIPPED_NOTE = "an eighth of the width, from random weights, 40 epochs"
ACCURACY = (
    Column("accuracy", mean("accuracy")),
    Column("spread of the accuracy over photos", spread("accuracy")),
    Column("F1", mean("f1")),
    Column("mIoU", mean("miou")),
)

ABLATION = Table(
    name="ablation",
    title="What each part of the system is worth",
    place="the table of the ablation study",
    columns=ACCURACY,
    rows=(
        Row("from scratch, single scale", SINGLE_SCALE),
        Row("+ losses at several scales", MULTI_SCALE),
        Row("+ losses at several scales, another seed", SEED_1),
        Row("+ pre-trained encoder", PRETRAINED),
        Row("+ composites", STAGE_2),
        Row(
            "composites without pre-training",
            STAGE_2_SMALL,
            note="stands in for the last row at small scale; goes on from the second row",
        ),
        Row(SHIPPED, "kim2018", note=SHIPPED_NOTE),
        Row("mobile, ours", "mobile"),
        Row("all blurred", "all_blurred"),
    ),
    differs=(
        "The paper's own values are not on record here.",
        "The authors' code cuts the sides of photos to multiples of 16. Here photos are padded to them.",
        "Composites are made of the objects that `prepare` is given; the paper has 4,000 of them.",
        "The authors' published maps of 100 of these photos have an accuracy of 0.884, its spread is 0.130: "
        "`keras-blur evaluate --maps`.",
    ),
    repeated=("+ losses at several scales", "+ losses at several scales, another seed"),
)

TYPES = Table(
    name="types",
    title="Telling motion from defocus: trained on CUHK alone, or on composites too",
    place="the comparison of training sets on the synthetic test set",
    columns=(
        Column("accuracy of three classes", pooled("three_class", "pixel_accuracy")),
        Column("mIoU of three classes", pooled("three_class", "mean_iou")),
        Column("IoU of motion", pooled("three_class", "iou_motion")),
        Column("IoU of defocus", pooled("three_class", "iou_defocus")),
        Column("type right", type_accuracy),
    ),
    rows=tuple(
        Row(f"{label}, {where}", run, dataset=dataset)
        for where, dataset in (("held-out composites", "kim_composites"), ("photos", "cuhk_blur/kim2018"))
        for label, run in (
            ("CUHK alone", PRETRAINED),
            ("both sets", STAGE_2),
            ("CUHK alone, from scratch", MULTI_SCALE),
            ("both sets, from scratch", STAGE_2_SMALL),
        )
    ),
    differs=(
        "The authors offer a synthetic test set of their own. "
        "Ours is the test part of `kim_composites`, whose photos and objects no training saw. "
        "At small scale it has 37 pictures.",
    ),
)

CURVES = Figure(
    "curves",
    "Precision and recall",
    "the comparison with other methods",
    figures.draw_precision_recall,
    (
        Row("Kim 2018", PRETRAINED, options=ON_20),
        Row("Kim 2018, from scratch", MULTI_SCALE, options=ON_20),
        Row(SHIPPED, "kim2018", options=ON_20),
        *(Row(name, name, options=ON_20) for name in ("su2011", "shi2014", "mobile", "all_blurred")),
    ),
    (WHICH_PHOTOS, "More of the older methods are in the picture of Zeng 2019."),
)

PAPER = Paper(
    "kim2018",
    "Kim et al., CGF 2018: defocus and motion blur detection with deep contextual features",
    (ABLATION, TYPES, CURVES),
)
