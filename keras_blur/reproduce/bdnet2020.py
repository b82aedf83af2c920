"""Experiments of BDNet 2020: skips, batch normalisation, dropout, the joint head, data sets and rivals."""

import dataclasses

from keras_blur.reproduce.experiment import (
    Column,
    CrossValidation,
    Paper,
    Row,
    Run,
    Table,
    mean,
    pooled,
)

CUHK = ("cuhk_blur/kim2018 --manual-dir CUHK",)
FIGURES = (
    Column("pixel accuracy", pooled("two_class", "pixel_accuracy")),
    Column("mean accuracy", pooled("two_class", "mean_accuracy")),
    Column("mean IoU", pooled("two_class", "mean_iou")),
    Column("frequency-weighted IoU", pooled("two_class", "frequency_weighted_iou")),
    Column("mean IoU over photos", mean("miou")),
)
BASE = Run("bdnet2020", "bdnet2020", prepares=CUHK)
SCRATCH = "At small scale all networks start from random weights."


def _variant(name: str, *settings: str) -> Run:
    return dataclasses.replace(BASE, name=f"bdnet2020_{name}", settings=settings)


def _network(name: str) -> Run:
    return Run(name, name, prepares=CUHK)


def _on(dataset: str, builder: str) -> Run:
    return dataclasses.replace(
        BASE,
        name=f"bdnet2020_{dataset.replace('/', '_')}",
        settings=(f"data.dataset={dataset}",),
        prepares=(f"{builder} --manual-dir CUHK",),
        small_prepares=(f"{builder} --manual-dir CUHK --count 720",),
    )


AGAIN = Row("BDNet, another seed", _variant("seed1", "training.seed=1"))

SKIPS = Table(
    name="skips",
    title="Is it better with each skip?",
    place="the table of FCN-32s to FCN-2s",
    columns=FIGURES,
    rows=tuple(Row(f"FCN-{stride}s on VGG-16", _network(f"fcn{stride}s")) for stride in (32, 16, 8, 4, 2)),
    differs=("The paper's own values are not on record here.", SCRATCH),
)

ABLATION = Table(
    name="ablation",
    title="Batch normalisation of the skips, dropout and the joint head",
    place="the table of the ablation study",
    columns=FIGURES,
    rows=(
        Row("BDNet", BASE),
        Row("without batch normalisation", _variant("no_batch_norm", "model.use_batch_norm=false")),
        Row("without dropout", _variant("no_dropout", "model.dropout=0.0")),
        Row("joint head", _variant("joint", "model.joint=true", "loss.output_weights=(0.2, 0.8)")),
        AGAIN,
    ),
    differs=(
        "The paper says what batch normalisation is worth: 0.014 on BlurDB2 and 0.018 on BlurRaw.",
        SCRATCH,
    ),
    repeated=("BDNet", AGAIN.label),
)

DEPTH = Table(
    name="depth",
    title="Depth of the ResNet",
    place="the choice of the encoder in the authors' code",
    columns=FIGURES,
    rows=(
        Row("ResNet-50", BASE),
        Row("ResNet-50, another seed", AGAIN.system),
        Row("ResNet-101", _variant("resnet101", "model.depth=101")),
        Row("ResNet-152", _variant("resnet152", "model.depth=152")),
    ),
    differs=(SCRATCH,),
    repeated=("ResNet-50", "ResNet-50, another seed"),
)

DATASETS = Table(
    name="datasets",
    title="BlurDB1, BlurDB2 and BlurRaw",
    place="the tables of the three data sets",
    columns=FIGURES,
    rows=(
        Row("BlurRaw (CUHK), Kim's split", BASE, published={"mean IoU": 0.800}),
        Row("BlurDB1, the paper's split", _on("blur_db1/paper", "blur_db1/paper"), dataset="blur_db1/paper"),
        Row(
            "BlurDB1, no photo on both sides",
            _on("blur_db1/by_photo", "blur_db1/by_photo"),
            dataset="blur_db1/by_photo",
        ),
        Row("BlurDB2, the paper's split", _on("blur_db2/paper", "blur_db2/paper"), dataset="blur_db2/paper"),
        Row(
            "BlurDB2, no photo on both sides",
            _on("blur_db2/by_photo", "blur_db2/by_photo"),
            dataset="blur_db2/by_photo",
        ),
    ),
    differs=(
        "The paper's 0.800 is on BlurRaw, by its own split, which is not known.",
        "Crops of one photo stand on both sides of the paper's splits. The other split keeps them together.",
        "BlurDB2's 9,134 crops can't hold both the crops at the edges and the whole photos.",
        "At small scale each set of crops has 720 for training, as many as BlurRaw has photos. "
        "All rows take as many steps then, but few crops have a twin on the other side.",
    ),
)

RIVALS = Table(
    name="rivals",
    title="Other networks, trained alike",
    place="the comparison of networks",
    columns=FIGURES,
    rows=(
        Row("BDNet", BASE),
        Row("U-Net", Run("unet", "unet", "unet", prepares=CUHK)),
        Row("SegNet", _network("segnet")),
        Row("FCN-2s on VGG-16", _network("fcn2s")),
        Row("DSS", _network("dss")),
        Row("mobile, ours", Run("mobile_scratch", "mobile_scratch", "mobile_scratch", prepares=CUHK)),
        Row("the BDNet that ships", "bdnet2020", note="ResNet-50 at a quarter of the width, 40 epochs"),
        AGAIN,
        Row("all blurred", "all_blurred"),
    ),
    differs=(
        SCRATCH,
        "The paper doesn't have `mobile`, which starts from random weights here like the others. "
        "It learns at 352 pixels, the others at less.",
        'Rows that equal "all blurred" are of short trainings that call everything blurred so far.',
    ),
    repeated=("BDNet", AGAIN.label),
)

FOLDS = CrossValidation(
    "folds",
    "Three folds of BlurDB2",
    "the cross-validation on BlurDB2",
    dataclasses.replace(_on("blur_db2/by_photo", "blur_db2/by_photo"), name="bdnet2020_folds", folds=3),
    differs=(
        "The paper divides crops, so that crops of one photo stand on both sides. Ours divide photos.",
        "A part of the other folds chooses the epoch. The fold that is measured chooses nothing.",
        SCRATCH,
    ),
)

PAPER = Paper(
    "bdnet2020",
    "BDNet, IEEE Access 2020: automatic extraction of blur regions based on semantic segmentation",
    (SKIPS, ABLATION, DEPTH, DATASETS, FOLDS, RIVALS),
)
