"""Training of a network against a discriminator that judges its maps, as pix2pix does."""

import keras
from keras import ops

from keras_blur import labels
from keras_blur.errors import UsageError
from keras_blur.models import purohit2018
from keras_blur.training.config import AdversarialConfig


def build(network: keras.Model, config: AdversarialConfig) -> "Adversarial":
    """A network with pix2pix's discriminator beside it.

    Raises:
        UsageError: it has several outputs.
    """
    if len(network.outputs) != 1:
        raise UsageError(
            f"training.procedure: expected a network with one output for 'adversarial', '{network.name}' has "
            f"{len(network.outputs)}; train it with 'supervised'"
        )
    judge = purohit2018.discriminator(network.outputs[0].shape[-1] - 1, config.filters)
    return Adversarial(network, judge, config.weight)


class Adversarial(keras.Model):
    """A network and its discriminator, trained together with one optimizer.

    The network minimises `weight * loss + adversarial_loss`, where the adversarial loss is the cross-entropy
    of the discriminator's answer to the network's map with "true"; the discriminator minimises half of its
    cross-entropy on true and made-up maps (Isola et al., CVPR 2017, equation 4 and section 3.3). Neither loss
    has a gradient for the other's weights, so their sum trains both, with every optimizer and backend, and
    what resumes a training resumes both. They move at once, not in turn.

    The true map is the mask as class indicators; where the mask is void it is the network's own answer,
    which teaches neither. Of C classes the last C - 1 are judged: sharp follows from them.

    Called, saved as a picture or validated, it is the network. The log gets `reconstruction_loss` (`loss` as
    compiled, unweighted), `adversarial_loss` and `discriminator_loss` beside the sum, `loss`.

    Args:
        network: One output, logits `(B, H, W, C)` at the input's size.
        discriminator: From photo and map `(B, H, W, C - 1)` to logits, high = true.
        weight: Factor on the compiled loss.
    """

    def __init__(self, network: keras.Model, discriminator: keras.Model, weight: float):
        super().__init__(network.input, network.output, name=network.name)
        self.network, self.discriminator = network, discriminator
        self.weight = float(weight)
        self._crossentropy = keras.losses.BinaryCrossentropy(from_logits=True)
        self.adversarial_loss = keras.metrics.BinaryCrossentropy("adversarial_loss", from_logits=True)
        self.discriminator_loss = keras.metrics.BinaryCrossentropy("discriminator_loss", from_logits=True)

    def compile(self, optimizer, loss: keras.losses.Loss, metrics=(), **options):
        """Compiles as Keras does, with the loss as a metric too."""
        own = keras.metrics.MeanMetricWrapper(loss.call, name="reconstruction_loss")
        super().compile(optimizer, loss, metrics=[*metrics, own], **options)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of what the network and the discriminator minimise."""
        reconstruction = super().compute_loss(x, y, y_pred, sample_weight, training)
        x = ops.cast(x, "float32")
        true, made = maps(y, y_pred)
        judge = self.discriminator
        frozen = [ops.stop_gradient(variable) for variable in judge.trainable_variables]
        fooled, _ = judge.stateless_call(frozen, judge.non_trainable_variables, [x, made])
        answers = (judge([x, true]), judge([x, ops.stop_gradient(made)]))
        yes, no = ops.ones_like(fooled), ops.zeros_like(fooled)
        self.adversarial_loss.update_state(yes, fooled)
        for target, answer in zip((yes, no), answers, strict=True):
            self.discriminator_loss.update_state(target, answer)
        adversarial = self._crossentropy(yes, fooled)
        discriminator = (self._crossentropy(yes, answers[0]) + self._crossentropy(no, answers[1])) / 2
        return self.weight * reconstruction + adversarial + discriminator


def maps(mask, logits):
    """The maps that the discriminator sees: the true one and the network's.

    Args:
        mask: `(B, H, W)` ids.
        logits: `(B, H, W, C)`.

    Returns:
        Two of `(B, H, W, C - 1)` float32 in 0..1: the blurred classes' indicators and probabilities.
    """
    made = ops.softmax(ops.cast(logits, "float32"), axis=-1)[..., 1:]
    mask = ops.cast(mask, "int32")[..., None]
    if made.shape[-1] == 1:
        indicators = mask != labels.SHARP
    else:
        indicators = mask == ops.arange(1, made.shape[-1] + 1, dtype="int32")
    void = ops.broadcast_to(mask == labels.VOID, ops.shape(made))
    return ops.where(void, ops.stop_gradient(made), ops.cast(indicators, "float32")), made
