"""What all blocks of one model share."""

import dataclasses

import keras

from recipes.blocks.activations import check_activation
from recipes.blocks.initializers import (
    check_initializer,
    depthwise_gain,
    initializer_for,
    make_initializer,
    with_seed,
)
from recipes.blocks.regularizers import RUNGS, penalty
from recipes.errors import ArgumentError, check_flag, check_integer, check_one_of, describe
from recipes.recommended import NORMS
from recipes.seeds import derive_seed


@dataclasses.dataclass(frozen=True)
class Style:
    """What all blocks of one model share.

    Args:
        activation: "relu", "swish" or "tanh" (guide rows 29, 35, 36).
        initializer: Name of an initialiser (rows 57-61) or a `keras.initializers.Initializer`; None
            chooses by the activation.
        norm: "batch", "group", "layer", "instance", or None (row 32).
        regularize: Rung of the ladder against overfitting, 0 to 3 (row 33).
        seed: A whole number of at least 0 from which each layer derives its own by its name, or
            None for seeds of Keras' own.
        custom: Whether every activation that Keras knows may be named (row 42).
        branches: Number of residual branches that the model adds up. Without a norm their weights
            start the smaller the more there are (Fixup, Zhang et al. 2019, arXiv:1901.09321).
        where: Name of the builder, for messages.

    Raises:
        ArgumentError: If a value breaks its rule.
    """

    activation: str = "relu"
    initializer: str | keras.initializers.Initializer | None = None
    norm: str | None = "batch"
    regularize: int = 0
    seed: int | None = None
    custom: bool = False
    branches: int = 1
    where: str = dataclasses.field(default="Style", repr=False, compare=False)

    def __post_init__(self):
        check_flag(self.where, "custom", self.custom)
        check_activation(self.where, self.activation, custom=self.custom)
        check_initializer(self.where, self.initializer)
        check_one_of(self.where, "norm", self.norm, NORMS)
        check_one_of(self.where, "regularize", self.regularize, RUNGS)
        check_integer(self.where, "branches", self.branches, 1)
        if self.seed is not None:
            check_integer(self.where, "seed", self.seed, 0)

    @property
    def fixup(self):
        """Whether residual branches and head begin as nothing, because no norm tames their sum."""
        return self.norm is None and self.branches > 1

    @property
    def _chosen(self):
        """The initialiser: what was asked for, or the name that suits the activation."""
        return self.initializer or initializer_for(self.activation)

    def kernel(self, name, *, gain=1.0, gates=1):
        """Returns the initialiser of the layer of that name.

        Args:
            name: Name of the layer.
            gain: Factor on the weights.
            gates: Number of gates whose kernels stand side by side in one, as in an LSTM.
        """
        seed = derive_seed(self.seed, name)
        chosen = self._chosen
        if isinstance(chosen, str):
            return make_initializer(chosen, seed, gain=gain, gates=gates)
        if gain != 1.0:
            rule = "without a norm some layers scale their initialiser, which must be one by name"
            hint = 'Take a name such as "he_normal", or a norm.'
            received = {"initializer": type(chosen).__name__, "norm": self.norm, "layer": name}
            raise ArgumentError(describe(self.where, rule, hint, **received))
        return with_seed(chosen, seed, name)

    def depthwise_kernel(self, name, channels):
        """Returns the initialiser of a depthwise kernel, which sees one channel at a time.

        Args:
            name: Name of the layer.
            channels: Number of its input channels, which Keras takes all for its fan-in.
        """
        named = isinstance(self._chosen, str)
        gain = depthwise_gain(self._chosen, channels) if named else 1.0
        return self.kernel(name, gain=gain)

    def upsampling_kernel(self, name):
        """Returns the initialiser of a transposed convolution as wide as its stride.

        An output pixel then sees one point of the kernel: its fan-in is the number of input
        channels, which Keras does not count so. No activation follows.
        """
        if self.initializer:
            return self.kernel(name)
        seed = derive_seed(self.seed, name)
        return keras.initializers.VarianceScaling(4.0, "fan_out", "uniform", seed)

    def penalty(self):
        """Returns the Keras regulariser of a kernel, or None."""
        return penalty(self.regularize)
