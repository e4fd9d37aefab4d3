"""What making and calling a model leaves behind in the process, put back: names, seeds, losses."""

import contextlib
import random

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

from recipes.keras_compat.graph import all_layers


@contextlib.contextmanager
def restoring_names():
    """Puts back what Keras names things by.

    A call that fails leaves its name scope on a stack; a layer that is made counts up the number
    in the names of later ones.
    """
    scopes = list(global_state.get_global_attribute("name_scope_stack", default=[]))
    counts = dict(global_state.get_global_attribute("object_name_uids", default={}))
    try:
        yield
    finally:
        global_state.set_global_attribute("name_scope_stack", scopes)
        uids = global_state.get_global_attribute("object_name_uids", default=None)
        if uids is not None:
            uids.clear()
            uids.update(counts)


@contextlib.contextmanager
def restoring(model):
    """Puts back what calling a model leaves behind besides its variables.

    Names, added losses, and the global seed generator: one that is made within a stateless scope
    has no value afterwards, and every later draw fails (seen with Keras 3.15.1).
    """
    losses = [(layer, list(layer._losses), set(layer._loss_ids)) for layer in all_layers(model)]
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    python_state = random.getstate()  # a new generator takes its seed from there
    try:
        with restoring_names():
            yield
    finally:
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)
        random.setstate(python_state)
        for layer, added, ids in losses:
            layer._losses[:] = added
            layer._loss_ids = ids


@contextlib.contextmanager
def restoring_process():
    """Puts back what making a model takes from the process: random numbers, and names."""
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    drawn = None if generator is None else keras.ops.convert_to_numpy(generator.state.value)
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        with restoring_names():
            yield
    finally:
        if generator is not None:
            generator.state.assign(drawn)
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)
        random.setstate(python_state)
        np.random.set_state(numpy_state)
