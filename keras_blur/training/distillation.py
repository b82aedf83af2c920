"""Training of a network on another one's soft maps beside the masks: Hinton et al., 2015."""

import keras
from keras import ops

from keras_blur import systems
from keras_blur.errors import UsageError
from keras_blur.systems import weights
from keras_blur.training.config import DistillationConfig

SIDE = 704  # pixels of a photo for which the grids of student and teacher are compared


def build(network: keras.Model, config: DistillationConfig) -> "Distilled":
    """A network that learns from the teacher that `config` names, too.

    Raises:
        UsageError: there is no such teacher, or student and teacher don't answer alike.
        BlurError: the teacher's folder is damaged.
    """
    if not config.teacher:
        raise UsageError(
            "distillation.teacher: expected a shipped network, a run or a weights folder for "
            "training.procedure=distillation, received none; name one"
        )
    if len(network.outputs) != 1:
        raise UsageError(
            f"training.procedure: expected a network with one output for 'distillation', "
            f"'{network.name}' has {len(network.outputs)}; train it with 'supervised'"
        )
    teacher = weights.load_network(systems.network_folder(config.teacher))[0]
    classes, known = network.outputs[0].shape[-1], teacher.outputs[-1].shape[-1]
    if classes != known:
        raise UsageError(
            f"distillation.teacher: expected a network of {classes} classes as the student has, "
            f"'{config.teacher}' has {known}; name another teacher, or change model.num_classes"
        )
    size = (None, SIDE, SIDE, 3)
    (_, rows, columns, _), (_, height, width, _) = (
        model.compute_output_shape(size) for model in (network, teacher)
    )
    if height % rows or width % columns:
        raise UsageError(
            f"distillation.teacher: expected maps of {rows}x{columns} cells or a multiple for {SIDE}x{SIDE} "
            f"pixels, '{config.teacher}' makes {height}x{width}; name a teacher as fine as the student"
        )
    return Distilled(network, teacher, config.weight)


class Distilled(keras.Model):
    """A network that learns masks and a teacher's maps with one optimizer.

    It minimises `(1 - weight) * loss + weight * cross-entropy(teacher, network)`. The second counts all
    cells, so what is void in a mask is learnt from the teacher alone. It sees the same augmented photo.
    Called, saved as a picture or validated, it is the network. The log gets `teacher_loss` beside `loss`.

    Args:
        network: One output, logits `(B, h, w, C)`.
        teacher: Of the same classes and inputs; its last output counts. It isn't trained.
        weight: Share of the teacher in the loss, 0 to 1.
    """

    def __init__(self, network: keras.Model, teacher: keras.Model, weight: float):
        super().__init__(network.input, network.output, name=network.name)
        self.network, self.weight = network, float(weight)
        # In a function, so that its weights are neither trained nor saved with the network's.
        self._maps = lambda photos: _maps(teacher, photos)
        self.teacher_loss = keras.metrics.Mean("teacher_loss")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The weighted sum of both losses; outside training without the teacher's."""
        hard = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return hard
        soft = soft_crossentropy(self._maps(x), y_pred)
        self.teacher_loss.update_state(soft)
        return (1 - self.weight) * hard + self.weight * soft


def _maps(teacher: keras.Model, photos):
    answers = teacher(ops.cast(photos, "float32"), training=False)
    logits = answers[-1] if isinstance(answers, (list, tuple)) else answers
    return ops.stop_gradient(ops.softmax(ops.cast(logits, "float32"), axis=-1))


def soft_crossentropy(maps, logits):
    """Mean cross-entropy of logits `(B, h, w, C)` against maps `(B, n h, n w, C)`, averaged over cells."""
    _, height, width, classes = ops.shape(logits)
    _, rows, columns, _ = ops.shape(maps)
    cells = ops.reshape(maps, (-1, height, rows // height, width, columns // width, classes))
    targets = ops.mean(cells, axis=(2, 4))
    return -ops.mean(ops.sum(targets * ops.log_softmax(ops.cast(logits, "float32"), axis=-1), axis=-1))
