"""What a training consists of, as data, and how the command line changes it."""

import ast
import dataclasses
import itertools
import math
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.errors import UsageError, unknown
from keras_blur.training import renamed


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """What a training learns from.

    Attributes:
        dataset: "name/config" of a prepared data set.
        kind: What samples are made of the examples: a key of `data.kinds.KINDS`.
        train, validation: Splits to learn from and to choose the best epoch on. Never "test".
        folds, fold: Cross-validation: the photos of both splits are divided into `folds` parts, and part
            number `fold`, from 0, is held out. An eighth of the other photos chooses the best epoch; the
            training learns from the rest. 0 folds = the splits as they are.
        extras: Further data sets, such as composites, each with its share of the samples. Their training
            splits are used.
        crop: Side of training crops in pixels, for networks that take any size.
        motion_share: Share of samples that come from photos with motion blur; None = as they are.
        samples_per_epoch: 0 = as many as photos.
        workers: Threads that prepare batches.
    """

    dataset: str = "blur_demo"
    kind: str = "photos"
    train: str = "train"
    validation: str = "validation"
    folds: int = 0
    fold: int = 0
    extras: tuple[tuple[str, float], ...] = ()
    crop: int = 256
    motion_share: float | None = None
    samples_per_epoch: int = 0
    workers: int = 2


@dataclasses.dataclass(frozen=True)
class LossConfig:
    """What is minimised.

    Attributes:
        name: A key of `losses.LOSSES`.
        class_weights: Weight of the pixels of each of the network's classes; None = equal.
        output_weights: Weight of every output's loss; None = 1 each.
        options: Further arguments of the loss.
    """

    name: str = "crossentropy"
    class_weights: tuple[float, ...] | None = None
    output_weights: tuple[float, ...] | None = None
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """How the weights are changed.

    Attributes:
        name: "adam", "adamw" or "sgd".
        learning_rate: Peak learning rate.
        schedule: "cosine" (to a hundredth of the peak at the last epoch), "constant" or "steps".
        warmup_epochs: Epochs of linear rise from a hundredth; may be a fraction.
        steps: Shares (0-1) of the training after which the rate is divided by ten, for "steps".
        encoder_lr_multiplier: Factor on the learning rate of the encoder's variables.
        encoder_prefixes: What the paths of the encoder's variables start with.
        weight_decay: Decoupled; biases and normalisation are left out.
        momentum: For "sgd"; beta 1 of the others.
        nesterov: For "sgd": Nesterov's momentum instead of the plain one.
        clip_norm: Largest norm of the whole gradient; 0 = no limit.
        ema_momentum: Momentum of the exponential moving average of the weights, which is what is measured and
            kept; 0 = no averaging.
    """

    name: str = "adamw"
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warmup_epochs: float = 1.0
    steps: tuple[float, ...] = (0.6, 0.8)
    encoder_lr_multiplier: float = 1.0
    encoder_prefixes: tuple[str, ...] = ("encoder_", "block")
    weight_decay: float = 1e-2
    momentum: float = 0.9
    nesterov: bool = True
    clip_norm: float = 1.0
    ema_momentum: float = 0.0


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """How long a training goes on, and what is kept of it.

    Attributes:
        epochs, batch_size: Length of the training.
        procedure: How the network learns: a key of `procedures.PROCEDURES`.
        validate_every: Epochs between validations.
        patience: Stop after this many epochs without a better validation; 0 = never.
        monitor: What the best epoch is chosen by; higher is better. "epoch" keeps the last one.
        wise_ft_alpha: Weight of the trained weights in the saved average; the initial weights have the rest.
            Below 1 it reduces forgetting (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR
            2022). 1 = the trained weights alone.
        seed: Seed of initial weights, order, augmentation and dropout.
        deterministic: Same seed, same result to the last bit; slower.
        precision: Keras's dtype policy: "float32", "mixed_float16" or "mixed_bfloat16".
        xla: Compile with XLA: "auto" (Keras decides: not on a CPU), "on" or "off".
        panels_every: Epochs between pictures of predictions; 0 = never.
    """

    epochs: int = 30
    batch_size: int = 16
    procedure: str = "supervised"
    validate_every: int = 1
    patience: int = 0
    monitor: str = "val_blurred_iou"
    wise_ft_alpha: float = 1.0
    seed: int = 0
    deterministic: bool = False
    precision: str = "float32"
    xla: str = "auto"
    panels_every: int = 5


@dataclasses.dataclass(frozen=True)
class AdversarialConfig:
    """Only for the procedure "adversarial": see `training.adversarial`.

    Attributes:
        weight: Factor on the loss; that of the discriminator's judgement is 1.
        filters: Channels of the discriminator's first convolution.
    """

    weight: float = 100.0
    filters: int = 64


@dataclasses.dataclass(frozen=True)
class DistillationConfig:
    """Only for the procedure "distillation": see `training.distillation`.

    Attributes:
        teacher: A shipped network, a run or a weights folder whose maps are learnt beside the masks.
        weight: Share of the teacher in the loss.
    """

    teacher: str | None = None
    weight: float = 0.5


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Which network is trained, and from which weights.

    Attributes:
        name: A key of `models.NETWORKS`.
        initial_weights: A shipped network, a run or a weights folder of the same network to start from;
            None = its own initialisation.
        input_size: Side of a square input, or longest side of a network that takes any size, in pixels;
            0 = the network's own.
        options: Arguments of the network's builder, such as `encoder_weights`.
    """

    name: str = "mobile"
    initial_weights: str | None = None
    input_size: int = 0
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


class Range(NamedTuple):
    """The allowed values of a number, or of several: in words, and as a test."""

    words: str
    holds: Callable[[Any], bool]


def _rises(values: tuple[float, ...]) -> bool:
    return all(first <= second for first, second in itertools.pairwise(values))


COUNT = Range("at least 0", lambda value: value >= 0)
POSITIVE_COUNT = Range("at least 1", lambda value: value >= 1)
FOLDS = Range("0, or at least 2", lambda value: value == 0 or value >= 2)
SEED = Range(f"0 to {2**32 - 1}", lambda value: 0 <= value < 2**32)
SHARE = Range("0 to 1", lambda value: 0 <= value <= 1)
POSITIVE_SHARE = Range("above 0 and at most 1", lambda value: 0 < value <= 1)
MOMENTUM = Range("at least 0 and below 1", lambda value: 0 <= value < 1)
FACTOR = Range("a finite number of at least 0", lambda value: 0 <= value < math.inf)
POSITIVE = Range("a finite number above 0", lambda value: 0 < value < math.inf)
FACTORS = Range("finite numbers of at least 0", lambda values: all(map(FACTOR.holds, values)))
SHARES = Range("0 to 1, in rising order", lambda values: all(map(SHARE.holds, values)) and _rises(values))
SPAN = Range(
    "finite numbers above 0, in rising order",
    lambda values: all(map(POSITIVE.holds, values)) and _rises(values),
)
EXTRAS = Range(
    "shares above 0 that sum to at most 1",
    lambda extras: all(share > 0 for _, share in extras) and sum(share for _, share in extras) <= 1,
)


RANGES: dict[str, dict[str, Range]] = {
    "model": {"input_size": COUNT},
    "data": {
        "folds": FOLDS,
        "fold": COUNT,
        "extras": EXTRAS,
        "crop": POSITIVE_COUNT,
        "motion_share": SHARE,
        "samples_per_epoch": COUNT,
        "workers": POSITIVE_COUNT,
    },
    "augmentation": {
        "flip_horizontal": SHARE,
        "flip_vertical": SHARE,
        "transpose": SHARE,
        "crop": SHARE,
        "crop_scale": POSITIVE_SHARE,
        "crop_aspect": FACTOR,
        "colour": SHARE,
        "colour_strength": SHARE,
        "grey": SHARE,
        "noise": SHARE,
        "noise_level": FACTOR,
        "jpeg": SHARE,
        "whole_frame_blur": SHARE,
        "whole_frame_radii": SPAN,
        "object_blur": SHARE,
    },
    "loss": {"class_weights": FACTORS, "output_weights": FACTORS},
    "optimizer": {
        "learning_rate": POSITIVE,
        "warmup_epochs": FACTOR,
        "steps": SHARES,
        "encoder_lr_multiplier": FACTOR,
        "weight_decay": FACTOR,
        "momentum": MOMENTUM,
        "clip_norm": FACTOR,
        "ema_momentum": MOMENTUM,
    },
    "training": {
        "epochs": POSITIVE_COUNT,
        "batch_size": POSITIVE_COUNT,
        "validate_every": POSITIVE_COUNT,
        "patience": COUNT,
        "wise_ft_alpha": SHARE,
        "seed": SEED,
        "panels_every": COUNT,
    },
    "adversarial": {"weight": FACTOR, "filters": POSITIVE_COUNT},
    "distillation": {"weight": SHARE},
}
"""The range of every number in `Config`, by group and key; None is in all of them."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What a training does. Every field can be overridden with `--set group.key=value`.

    Raises:
        UsageError: a number is outside its range in `RANGES`.
    """

    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    training: TrainingConfig = TrainingConfig()
    adversarial: AdversarialConfig = AdversarialConfig()
    distillation: DistillationConfig = DistillationConfig()

    def __post_init__(self):
        for group, ranges in RANGES.items():
            for key, allowed in ranges.items():
                value = getattr(getattr(self, group), key)
                if value is not None and not allowed.holds(value):
                    raise UsageError(f"{group}.{key}: expected {allowed.words}, received {value}")

    def to_dict(self) -> dict[str, Any]:
        """Returns the configuration as plain data."""
        return dataclasses.asdict(self)


WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "none"}
"""What the values of a type are called."""


def override(config: Config, assignments: list[str]) -> Config:
    """Returns a copy of `config` changed by "group.key=value" assignments.

    Keys may be those of earlier versions. Values are Python literals; `none`, `true` and `false` are
    understood, anything else is text. A key that is not a field of a group with `options` sets an option:
    `model.encoder_weights=none`.

    Raises:
        UsageError: an assignment has no "=", or its group, key or value doesn't fit.
    """
    groups = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
    changes: dict[str, dict[str, Any]] = {}
    for assignment in assignments:
        target, equals, text = assignment.partition("=")
        group, dot, key = target.partition(".")
        if not equals or not dot:
            raise UsageError(f"assignments: expected group.key=value, received '{assignment}'")
        if group not in groups:
            raise unknown("group", group, groups, of="the configuration")
        changes.setdefault(group, {})[key] = _parse(text)
    for group, values in renamed.update(changes, config.data.extras).items():
        for key, value in values.items():
            groups[group] = _replace(groups[group], group, key, value)
    return dataclasses.replace(config, **groups)


def _parse(text: str) -> Any:
    words = {"none": None, "true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _replace(group: Any, group_name: str, key: str, value: Any) -> Any:
    types = typing.get_type_hints(type(group))
    if key not in types or key == "options":
        if "options" not in types:
            raise unknown("key", key, types, of=f"'{group_name}'")
        return dataclasses.replace(group, options={**group.options, key: value})
    return dataclasses.replace(group, **{key: _fit_type(value, types[key], f"{group_name}.{key}")})


def _fit_type(value: Any, expected: Any, name: str) -> Any:
    """Returns the value as the field's type: an int where a float is expected, a list where a tuple is."""
    alternatives = typing.get_args(expected) if typing.get_origin(expected) is not tuple else ()
    for kind in alternatives or (expected,):
        base = typing.get_origin(kind) or kind
        if base is type(None) and value is None:
            return None
        if base is float and type(value) in (int, float):
            return float(value)
        if base is tuple and isinstance(value, (list, tuple)):
            kinds = typing.get_args(kind)
            kinds = kinds[:1] * len(value) if kinds[-1] is ... else kinds
            if len(kinds) == len(value):
                return tuple(_fit_type(*pair, name) for pair in zip(value, kinds, strict=True))
        if base in (int, bool, str) and type(value) is base:
            return value
    raise UsageError(f"{name}: expected {_in_words(expected)}, received {value!r}")


def _in_words(kind: Any) -> str:
    """A field's type as people write its values."""
    if typing.get_origin(kind) is tuple:
        items = [_in_words(each) for each in typing.get_args(kind) if each is not ...]
        return f"[{', '.join(items)}{', ...' if ... in typing.get_args(kind) else ''}]"
    if kinds := typing.get_args(kind):
        return " or ".join(map(_in_words, kinds))
    return WORDS[kind]
