"""The calls of layers and operations while a network is built, and which of them feed which.

They are read from the tensors that each call is given and returns, without a look at what Keras
keeps of them: what must be found in a network is not worked out with the tools of the check.
"""

import contextlib
import dataclasses
import functools

import keras


@dataclasses.dataclass(frozen=True)
class Call:
    """One call of a layer, or of an operation, while a network is built.

    Args:
        number: How many calls came before it.
        layer: Name of the layer.
        kind: Class of the layer.
        feeders: Numbers of the calls whose outputs it takes.
        weights: Names of the layer's own trainable weights, those inside it included.
        inputs: Pairs (shape, dtype) of the tensors that it takes.
        outputs: Pairs (shape, dtype) of the tensors that it returns.
        fresh: Whether it is a layer that had no weights yet, and can get one more.
    """

    number: int
    layer: str
    kind: str
    feeders: tuple
    weights: tuple
    inputs: tuple
    outputs: tuple
    fresh: bool


@dataclasses.dataclass(frozen=True)
class Network:
    """The calls of a network's builder, and those that made its outputs.

    Args:
        build: A callable without arguments that returns a functional model.
        calls: The `Call`s, in their order.
        ends: Numbers of the calls that made the outputs.
    """

    build: object
    calls: tuple
    ends: frozenset

    def reaching(self, without=None):
        """Returns the numbers of the calls from which an output is reached.

        Args:
            without: Number of a call through which no way may lead, or None.
        """
        seen, queue = set(), list(self.ends)
        while queue:
            number = queue.pop()
            if number not in seen and number != without:
                seen.add(number)
                queue.extend(self.calls[number].feeders)
        return seen

    def dominated(self, number):
        """Returns the layers with weights all of whose ways to the outputs lead through a call."""
        free = {self.calls[n].layer for n in self.reaching(without=number)}
        bound = {self.calls[n].layer for n in self.reaching()} - free
        return {call.layer for call in self.calls if call.weights and call.layer in bound}

    def behind(self, number):
        """Returns the layers that are fed by a call, directly or through others."""
        seen, queue = {}, self.users(number)
        for call in queue:
            if call.number not in seen:
                seen[call.number] = call.layer
                queue += self.users(call.number)
        return set(seen.values())

    def users(self, number):
        """Returns the calls that take an output of a call."""
        return [call for call in self.calls if number in call.feeders]


def read_network(build):
    """Runs a builder once.

    Args:
        build: A callable without arguments that returns a functional model.

    Returns:
        Pair (the model, its `Network`).
    """
    calls, made_by, kept = [], {}, []

    def visit(number, operation, args, call):
        fresh = isinstance(operation, keras.Layer) and not operation.built
        result = call()
        kept.append((args, result))  # a tensor that is freed would give its id away
        calls.append(_describe(number, operation, fresh, args, result, made_by))
        made_by.update((id(tensor), number) for tensor in tensors_in(result))
        return result

    with visiting_calls(visit):
        model = build()
    ends = frozenset(made_by[id(tensor)] for tensor in model.outputs)
    return model, Network(build, tuple(calls), ends)


@contextlib.contextmanager
def visiting_calls(visit):
    """Puts `visit(number, operation, args, call)` in the place of each outermost call.

    A layer is seen where it is called, before it makes its weights; an operation that is no layer,
    such as the sum of `x + y`, where its node is made.
    """
    originals = keras.Layer.__call__, keras.Operation.symbolic_call
    state = {"inside": False, "number": -1}

    def replacing(original):
        def visited(self, *args, **kwargs):
            call = functools.partial(original, self, *args, **kwargs)
            if state["inside"]:
                return call()
            state["inside"], state["number"] = True, state["number"] + 1
            try:
                return visit(state["number"], self, (args, kwargs), call)
            finally:
                state["inside"] = False

        return visited

    keras.Layer.__call__, keras.Operation.symbolic_call = map(replacing, originals)
    try:
        yield
    finally:
        keras.Layer.__call__, keras.Operation.symbolic_call = originals


def _describe(number, operation, fresh, args, result, made_by):
    given = tensors_in(args)
    feeders = dict.fromkeys(made_by[id(tensor)] for tensor in given if id(tensor) in made_by)
    return Call(
        number,
        layer=operation.name,
        kind=type(operation).__name__,
        feeders=tuple(feeders),
        weights=tuple(v.name for v in getattr(operation, "trainable_variables", ())),
        inputs=tuple(map(_signature, given)),
        outputs=tuple(map(_signature, tensors_in(result))),
        fresh=fresh,
    )


def tensors_in(structure):
    """Returns the Keras tensors in a structure."""
    parts = keras.tree.flatten(structure)
    return [part for part in parts if isinstance(part, keras.KerasTensor)]


def _signature(tensor):
    return tuple(tensor.shape), keras.backend.standardize_dtype(tensor.dtype)
