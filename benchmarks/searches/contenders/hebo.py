"""HEBO as a contender."""

import contextlib
import io

import numpy as np

from benchmarks.searches.contenders.kinds import choices_of, kind_of
from benchmarks.searches.contenders.running import plain


def hebo_steps(hp, trials, seed):
    """Steps of HEBO (Cowen-Rivers et al. 2022, arXiv:2012.03826)."""
    import torch
    from hebo.design_space.design_space import DesignSpace
    from hebo.optimizers.hebo import HEBO

    np.random.seed(seed)  # of its evolution, which has no generator of its own
    torch.manual_seed(seed)
    optimizer = HEBO(
        DesignSpace().parse([_hebo_one(each) for each in hp.space]), scramble_seed=seed
    )
    while True:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints each jitter of its matrices
            suggestion = optimizer.suggest()
        observed = yield {name: plain(suggestion[name].iloc[0]) for name in suggestion}
        optimizer.observe(suggestion, np.array([[observed]]))


def _hebo_one(hp):
    """Returns one parameter as HEBO describes it."""
    kind = kind_of(hp)
    if kind == "Boolean":
        return {"name": hp.name, "type": "bool"}
    if kind == "Choice":
        return {"name": hp.name, "type": "cat", "categories": choices_of(hp)}
    types = {"Int": {"linear": "int", "log": "pow_int"}, "Float": {"linear": "num", "log": "pow"}}
    described = {"name": hp.name, "type": types[kind][hp.sampling]}
    return described | {"lb": hp.min_value, "ub": hp.max_value, "base": 10}
