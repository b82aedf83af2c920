"""Rewrites a network into one that computes the same with fewer and range-friendlier operations.

TFLite's converter folds a batch normalisation into the convolution right before it, and no other. What it
leaves are multiplications and additions over whole feature maps, which take time and, in integers, round
once more each. Two rewrites remove them:

- A batch normalisation moves into the convolutions before it, across sums, upsamplings and poolings too.
- `Rescaling(scale, offset)` of the photo becomes `Rescaling(1, offset / scale)`: the scale moves into the
  convolution after it, and in 8 bit the photo's 256 levels stay 256 levels.
"""

import dataclasses
from collections.abc import Callable, Iterable

import keras
import numpy as np
from keras import layers

CONVOLUTIONS = (layers.Conv2D, layers.Conv2DTranspose, layers.SeparableConv2D, layers.DepthwiseConv2D)
TRANSPARENT = (layers.UpSampling2D, layers.AveragePooling2D, layers.Dropout)
"""Layers that commute, at inference, with an affine function of every channel."""


@dataclasses.dataclass
class Plan:
    """What is folded where, by the layers' names.

    Attributes:
        scales: Factors of a convolution's output channels, float64 `(C,)`.
        shifts: What is added to a convolution's output channels, float64 `(C,)`.
        removed: Batch normalisations that are not needed any more.
        offsets: The offsets of `Rescaling` layers whose scale moves on.
        input_scales: Factors of a convolution's input.
    """

    scales: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    shifts: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    removed: set[str] = dataclasses.field(default_factory=set)
    offsets: dict[str, float] = dataclasses.field(default_factory=dict)
    input_scales: dict[str, float] = dataclasses.field(default_factory=dict)


def fold(network: keras.Model) -> keras.Model:
    """A copy of a network that computes the same at inference; the network itself if nothing folds.

    Args:
        network: A Keras model; one that is not functional is returned as it is.
    """
    if not hasattr(network, "operations"):
        return network
    plan = _plan(network)
    if not (plan.removed or plan.offsets):
        return network
    copy = keras.models.clone_model(network, clone_function=_replacement(plan))
    for layer in network.layers:
        if layer.weights and layer.name not in plan.removed:
            copy.get_layer(layer.name).set_weights(_weights(layer, plan))
    return copy


def _plan(network: keras.Model) -> Plan:
    plan, consumers = Plan(), consumers_of(network)
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            convolutions = _convolutions_before(layer.input, consumers)
            if convolutions:
                _plan_norm(layer, convolutions, plan)
        elif isinstance(layer, layers.Rescaling):
            _plan_rescaling(layer, consumers[layer.name], plan)
    return plan


def producer_of(tensor: keras.KerasTensor) -> keras.Operation:
    """The operation whose output a symbolic tensor is."""
    return tensor._keras_history.operation


def consumers_of(network: keras.Model) -> dict[str, list[keras.Operation]]:
    """What reads each operation's output; the network's own outputs count as read by the network."""
    consumers: dict[str, list[keras.Operation]] = {operation.name: [] for operation in network.operations}
    for operation in network.operations:
        if not isinstance(operation, layers.InputLayer):
            for tensor in keras.tree.flatten(operation.input):
                consumers[producer_of(tensor).name].append(operation)
    for tensor in network.outputs:
        consumers[producer_of(tensor).name].append(network)
    return consumers


def _convolutions_before(tensor: keras.KerasTensor, consumers: dict) -> list[layers.Layer]:
    """The convolutions whose sum the tensor is; the last one comes last. Empty if it is no such sum.

    Of a shared output nothing may be changed, nor of one behind an activation.
    """
    producer = producer_of(tensor)
    if len(consumers[producer.name]) != 1:
        return []
    if isinstance(producer, CONVOLUTIONS):
        return [producer] if producer.activation is keras.activations.linear else []
    if isinstance(producer, TRANSPARENT):
        return _convolutions_before(producer.input, consumers)
    if isinstance(producer, layers.Add):
        parts = [_convolutions_before(part, consumers) for part in producer.input]
        return [convolution for part in parts for convolution in part] if all(parts) else []
    return []


def _plan_norm(norm: layers.BatchNormalization, convolutions: Iterable[layers.Layer], plan: Plan) -> None:
    scale, shift = _affine(norm)
    for convolution in convolutions:
        plan.scales[convolution.name] = scale
        plan.shifts[convolution.name] = np.zeros_like(shift)
    plan.shifts[convolution.name] = shift
    plan.removed.add(norm.name)


def _affine(norm: layers.BatchNormalization) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift of every channel at inference."""
    mean, variance = (np.asarray(value, np.float64) for value in (norm.moving_mean, norm.moving_variance))
    gamma = np.asarray(norm.gamma, np.float64) if norm.scale else 1.0
    beta = np.asarray(norm.beta, np.float64) if norm.center else 0.0
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return scale, beta - mean * scale


def _plan_rescaling(rescaling: layers.Rescaling, consumers: list[keras.Operation], plan: Plan) -> None:
    numbers = np.isscalar(rescaling.scale) and np.isscalar(rescaling.offset)
    if not numbers or not rescaling.scale or rescaling.scale == 1:
        return
    if all(type(consumer) is layers.Conv2D for consumer in consumers):
        plan.offsets[rescaling.name] = rescaling.offset / rescaling.scale
        plan.input_scales |= {consumer.name: rescaling.scale for consumer in consumers}


class Nothing(layers.Layer):
    """Stands where a batch normalisation was, and is called like one."""

    def call(self, inputs, training=None, mask=None):
        return inputs


def _replacement(plan: Plan) -> Callable[[layers.Layer], layers.Layer]:
    def replaced(layer: layers.Layer) -> layers.Layer:
        config = layer.get_config()
        if layer.name in plan.removed:
            return Nothing(name=layer.name)
        if layer.name in plan.offsets:
            return layers.Rescaling(1.0, plan.offsets[layer.name], name=layer.name)
        if layer.name in plan.shifts:
            config["use_bias"] = True
        return type(layer).from_config(config)

    return replaced


def _weights(layer: layers.Layer, plan: Plan) -> list[np.ndarray]:
    """The layer's weights with what the plan moves into them."""
    weights = [np.asarray(weight) for weight in layer.get_weights()]
    if layer.name in plan.input_scales:
        weights[0] = weights[0] * plan.input_scales[layer.name]
    if layer.name in plan.scales:
        scale, shift = plan.scales[layer.name], plan.shifts[layer.name]
        bias = weights.pop() * scale if layer.use_bias else 0.0
        kernel = weights.pop()  # the pointwise one of a separable convolution
        weights += [scale_outputs(layer, kernel, scale), bias + shift]
    return weights


def scale_outputs(layer: layers.Layer, kernel: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The last kernel of a convolution whose output channels are multiplied by `scale` `(C,)`."""
    if isinstance(layer, layers.Conv2DTranspose):
        return kernel * scale[:, None]
    if isinstance(layer, layers.DepthwiseConv2D):
        return kernel * scale.reshape(kernel.shape[2:])
    return kernel * scale
