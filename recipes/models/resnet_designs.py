"""The published residual networks as a table, and how deep and how wide one is (guide row 71)."""

import dataclasses

from recipes.blocks.residual import basic_block, bottleneck_block
from recipes.errors import ArgumentError, check_one_of, describe
from recipes.recommended import LARGEST_SMALL_SIDE

SHAPES = ("deep", "wide", None)
# Multiply-adds of a block by pixel and squared number of channels, and how many more it takes where
# it halves the image. Basic: 9 + 9; there 9/2 + 9, and 1/2 for the shortcut. Bottleneck: 4 + 9 + 4;
# there 2·4 + 9 + 4, and 8 for the shortcut.
_COSTS = {basic_block: (18, -4), bottleneck_block: (17, 12)}


@dataclasses.dataclass(frozen=True)
class Design:
    """One network of the family.

    Args:
        block: The residual block that is repeated.
        repeats: Number of blocks in each stage; every stage but the first halves the image.
        filters: Number of channels of the first stage; every stage doubles it.
        small: Whether the stem is one 3×3 convolution at full resolution, for small images, and
            not a convolution of stride 2 and a pooling.
    """

    block: object
    repeats: tuple
    filters: int
    small: bool

    @property
    def total_stride(self):
        """Side of the input over the side of the last feature map."""
        halvings = len(self.repeats) - 1 + (0 if self.small else 2)
        return 2**halvings

    @property
    def blocks(self):
        """Number of residual blocks."""
        return sum(self.repeats)

    @property
    def cost(self):
        """Multiply-adds of all blocks, by pixel and squared number of channels of a stage."""
        each, more = _COSTS[self.block]
        return each * self.blocks + more * (len(self.repeats) - 1)


def _small(repeats):
    return Design(basic_block, (repeats,) * 3, filters=16, small=True)


def _large(block, *repeats):
    return Design(block, repeats, filters=64, small=False)


DESIGNS = {
    10: Design(basic_block, (1, 1, 1, 1), filters=16, small=True),
    20: _small(3),
    32: _small(5),
    44: _small(7),
    56: _small(9),
    110: _small(18),
    18: _large(basic_block, 2, 2, 2, 2),
    34: _large(basic_block, 3, 4, 6, 3),
    50: _large(bottleneck_block, 3, 4, 6, 3),
    101: _large(bottleneck_block, 3, 4, 23, 3),
    152: _large(bottleneck_block, 3, 8, 36, 3),
}


def find_design(where, depth, side, *, custom=False):
    """Returns the depth and its design.

    Args:
        where: Name of the builder, for messages.
        depth: Number of weight layers; None takes 20 up to 64 pixels, 18 above.
        side: Shorter side of the images, in pixels.
        custom: Whether every depth 6·n + 2 of the small-image family is taken.

    Raises:
        ArgumentError: If the depth is unknown, or the images are too small for it.
    """
    if depth is None:
        depth = 20 if side <= LARGEST_SMALL_SIDE else 18
    if custom and isinstance(depth, int) and depth >= 8 and depth % 6 == 2:
        design = DESIGNS.get(depth, _small(depth // 6))
    else:
        depth = check_one_of(where, "depth", depth, sorted(DESIGNS))
        design = DESIGNS[depth]
    stride = design.total_stride
    if side < stride:
        rule = f"depth {depth} halves the image down to 1/{stride}: a side needs {stride} pixels"
        hint = "Resize the images" + (", or take depth=20." if stride > 4 <= side else ".")
        raise ArgumentError(describe(where, rule, hint, shorter_side=side))
    return depth, design


def reshape_design(where, design, width, shape):
    """Returns a deeper or a wider design, and the width at which it costs as much.

    A block costs the square of its width, so twice the blocks cost as much at about 1/√2 of it.
    Tall and thin is said to be ideal, short and wide to train easier (guide row 71).

    Args:
        where: Name of the builder, for messages.
        design: A `Design`.
        width: Factor on all channels.
        shape: "deep" for twice the blocks, "wide" for half of them, None for the design as it is.

    Returns:
        Pair of the `Design` and its width.

    Raises:
        ArgumentError: If there is no block to leave out.
    """
    if shape is None:
        return design, width
    repeats = tuple(2 * count if shape == "deep" else (count + 1) // 2 for count in design.repeats)
    other = dataclasses.replace(design, repeats=repeats)
    if other == design:
        rule = 'shape="wide" needs a stage of at least two blocks, to leave one out'
        raise ArgumentError(describe(where, rule, blocks=design.repeats))
    return other, width * (design.cost / other.cost) ** 0.5
