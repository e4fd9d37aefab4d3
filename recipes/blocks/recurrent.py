"""Recurrent layers, one above the other (guide rows 28, 36, 61)."""

from keras import layers

from recipes.blocks.initializers import SVDOrthogonal
from recipes.blocks.normalization import normalize
from recipes.blocks.style import Style
from recipes.errors import check_one_of
from recipes.seeds import derive_seed

CELLS = {"lstm": (layers.LSTM, 4), "gru": (layers.GRU, 3)}  # the layer, its number of gates
RECURRENT_STYLE = Style(activation="tanh", norm=None)


def recurrent_layer(
    x, units, *, cell="lstm", bidirectional=False, return_sequences=False, style=None, name
):
    """An LSTM or GRU, and the norm of the style behind it.

    The recurrent kernel is orthogonal gate by gate, so that signals neither grow nor fade over the
    steps (Saxe et al. 2013, arXiv:1312.6120). The forget gate of an LSTM starts open, with a
    bias of 1 (Jozefowicz et al. 2015). Nothing is dropped on the recurrent path.

    Args:
        x: Keras tensor of shape (batch, steps, features).
        units: Number of output features, of each direction.
        cell: "lstm" or "gru".
        bidirectional: Whether a second layer reads the sequence backwards; its features follow
            those of the first.
        return_sequences: Whether every step has an output, and not the last one alone.
        style: The `Style` of the model; None takes Style("tanh", norm=None).
        name: Name of the layer.

    Returns:
        Keras tensor of shape (batch, steps, features) with `return_sequences`, else
        (batch, features), features being `units`, or twice as many in both directions.
    """
    style = style or RECURRENT_STYLE
    layer = _cell(cell, units, return_sequences, style, name)
    if bidirectional:
        backward = _cell(cell, units, return_sequences, style, f"{name}_backward", backwards=True)
        layer = layers.Bidirectional(layer, backward_layer=backward, name=f"{name}_both")
    return normalize(layer(x), style=style, name=name)


def recurrent_stack(
    x,
    units,
    *,
    depth=1,
    cell="lstm",
    bidirectional=False,
    dropout=0.0,
    return_sequences=False,
    style=None,
    name="rnn",
):
    """Recurrent layers one above the other, with dropout before each of them.

    Dropout stands on the way into a layer alone, never between its steps (guide row 28; Zaremba et
    al. 2014, arXiv:1409.2329). What goes from the last layer to the head is the head's to drop.

    Args:
        x: Keras tensor of shape (batch, steps, features).
        units: Number of output features of each layer and direction.
        depth: Number of layers.
        cell: "lstm" or "gru".
        bidirectional: Whether each layer reads the sequence in both directions.
        dropout: Share of the features dropped before each layer, in [0, 1).
        return_sequences: Whether every step has an output, and not the last one alone.
        style: The `Style` of the model; None takes Style("tanh", norm=None).
        name: Prefix of the layer names.

    Returns:
        Keras tensor as that of `recurrent_layer`.
    """
    style = style or RECURRENT_STYLE
    for number in range(1, depth + 1):
        own = f"{name}{number}"
        if dropout:
            seed = derive_seed(style.seed, f"{own}_dropout")
            x = layers.Dropout(dropout, seed=seed, name=f"{own}_dropout")(x)
        x = recurrent_layer(
            x,
            units,
            cell=cell,
            bidirectional=bidirectional,
            return_sequences=return_sequences or number < depth,
            style=style,
            name=own,
        )
    return x


def _cell(cell, units, return_sequences, style, name, backwards=False):
    kind, gates = CELLS[check_one_of(style.where, "cell", cell, tuple(CELLS))]
    return kind(
        units,
        activation=style.activation,
        return_sequences=return_sequences,
        go_backwards=backwards,
        kernel_initializer=style.kernel(f"{name}_kernel", gates=gates),
        recurrent_initializer=SVDOrthogonal(
            gates=gates, seed=derive_seed(style.seed, f"{name}_recurrent_kernel")
        ),
        kernel_regularizer=style.penalty(),
        recurrent_regularizer=style.penalty(),
        name=name,
    )
