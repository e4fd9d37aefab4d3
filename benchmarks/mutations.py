"""Faults for the graph check: a network is built by its own builder, and one call goes wrong.

    cut            the output of a call is passed on through `stop_gradient`
    zero           the output of a call is passed on times 0.0
    bypass         a layer is called, and its input is passed on in place of its output
    dead branch    a dense layer is called on the output of a call, and leads nowhere
    dead chain     the same with two of them, one after the other
    unused weight  a layer gets one weight more, which its call never reads

What must be found is worked out before, on the network without the fault, from the calls alone:
which of them made the tensors that another one was given.
"""

import keras
import numpy as np

from benchmarks.network_calls import tensors_in, visiting_calls

CODES = {
    "cut": "CUT",
    "zero": "ZERO",
    "bypass": "DEAD_END",
    "dead branch": "DEAD_END",
    "dead chain": "DEAD_END",
    "unused weight": "UNUSED",
}
FAULTS = tuple(CODES)
_SPARE = (3,)  # shape of the weight that nothing reads
_MODELS = ("Functional", "Sequential")
_SUMS = ("Add", "Concatenate")


class Mutant:
    """A builder with a fault at one call.

    Args:
        network: A `Network`.
        fault: One of `FAULTS`.
        number: Number of the call.
        wrap: What the faulty network is put into: a callable that takes the builder and returns
            the model. By default, nothing.
    """

    def __init__(self, network, fault, number, wrap=lambda build: build()):
        self.network, self.fault, self.number, self.wrap = network, fault, number, wrap
        self.code = CODES[fault]
        self.layer = network.calls[number].layer
        self._built = {}

    def __call__(self):
        """Builds the network with the fault; returns the model."""
        return self.wrap(self._build)

    def _build(self):
        with visiting_calls(self._visit):
            return self.network.build()

    def _visit(self, number, operation, args, call):
        self._built.setdefault(number, operation)
        return _INSERT[self.fault](operation, args, call) if number == self.number else call()

    def expected(self):
        """Returns the names of the layers that must be named, once the network is built."""
        if self.fault.startswith("dead"):
            return {"lost"} if self.fault == "dead branch" else {"lost", "lost_2"}
        if self.fault in ("bypass", "unused weight"):
            return {self._built[self.number].name}
        return self._owners(self.network.dominated(self.number))

    def expected_weights(self):
        """Returns the paths of all weights that must be named, or None if layers are enough."""
        if self.code in ("DEAD_END", "UNUSED"):
            return None
        return {path for _, path in self._weights(self.network.dominated(self.number))}

    def behind(self):
        """Returns the names of the layers with weights that come after the fault."""
        return self._owners(self.network.behind(self.number))

    def _owners(self, layers):
        """Returns the names of the layers that hold the weights of some: their cells, say."""
        return {owner for owner, _ in self._weights(layers)}

    def _weights(self, layers):
        """Yields pairs (name of the owner, path) of all weights of some layers."""
        for call in self.network.calls:
            if call.layer in layers:
                for variable in getattr(self._built[call.number], "trainable_variables", ()):
                    yield variable.path.rpartition("/")[0], variable.path

    def culprit(self):
        """Returns what must be named as the place where the gradient or the chain ends."""
        if self.fault.startswith("dead"):
            return max(self.expected())  # "lost_2", where the chain has it
        named = {"cut": "StopGradient", "zero": "Mul", "unused weight": ""}
        return named[self.fault] if self.fault in named else self._built[self.number].name


def choose_mutants(network, fault, count, seed, **options):
    """Returns up to `count` mutants, each with the fault at another place.

    Args:
        network: A `Network`.
        fault: One of `FAULTS`.
        count: How many.
        seed: Chooses the places.
        **options: Further arguments of `Mutant`.
    """
    sites = [call.number for call in network.calls if _FITS[fault](network, call)]
    generator = np.random.default_rng([seed, FAULTS.index(fault), len(network.calls)])
    chosen = generator.choice(sites, min(count, len(sites)), replace=False) if sites else []
    return [Mutant(network, fault, int(number), **options) for number in sorted(chosen)]


# --- the faults: each gets the layer, what it was given, and the call; it returns what is passed on


def _cut(operation, args, call):
    return keras.ops.stop_gradient(call())


def _zero(operation, args, call):
    return call() * 0.0


def _bypass(operation, args, call):
    call()
    return tensors_in(args)[0]


def _dead_branch(operation, args, call):
    result = call()
    keras.layers.Dense(4, name="lost")(result)
    return result


def _dead_chain(operation, args, call):
    result = call()
    lost = keras.layers.Dense(4, activation="relu", name="lost")(result)
    keras.layers.Dense(4, name="lost_2")(lost)
    return result


def _unused_weight(operation, args, call):
    operation.add_weight(shape=_SPARE, name="spare")
    return call()


_INSERT = {
    "cut": _cut,
    "zero": _zero,
    "bypass": _bypass,
    "dead branch": _dead_branch,
    "dead chain": _dead_chain,
    "unused weight": _unused_weight,
}


# --- where each of them can stand -----------------------------------------------------------------


def _has_one_output(call):
    return len(call.outputs) == 1 and call.outputs[0][1].startswith("float")


def _can_cut(network, call):
    return _has_one_output(call) and network.dominated(call.number)


def _can_zero(network, call):
    """Whether a zero there reaches no further than the layers before it.

    A layer without a bias that is fed nothing but zeros learns nothing either, and in a product
    the other factor does not: there the layers before the call are not all.
    """
    if not _can_cut(network, call):
        return False
    queue = network.users(call.number)
    while queue:
        user = queue.pop()
        if user.weights and not {"bias", "beta"} & set(user.weights):
            return False
        if user.kind in _MODELS or (len(user.feeders) > 1 and user.kind not in _SUMS):
            return False
        queue.extend([] if user.weights else network.users(user.number))
    return True


def _can_bypass(network, call):
    calls_of_layer = [other for other in network.calls if other.layer == call.layer]
    return call.weights and len(calls_of_layer) == 1 and call.inputs == call.outputs


def _can_branch(network, call):
    return _has_one_output(call) and len(call.outputs[0][0]) > 1


def _can_get_a_weight(network, call):
    return call.fresh and call.kind not in _MODELS


_FITS = {
    "cut": _can_cut,
    "zero": _can_zero,
    "bypass": _can_bypass,
    "dead branch": _can_branch,
    "dead chain": _can_branch,
    "unused weight": _can_get_a_weight,
}
