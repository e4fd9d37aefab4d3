"""Trials over a Ray cluster: each in a process of its own, which ends with it.

The search alone has oracle, pruner and journal. A trial's process asks it after each epoch whether
to go on; results, weights, errors and whatever it prints come back over Ray, so that the machines
need share no folder. A process that dies costs its trial a new beginning, and nothing else.
"""

import contextlib
import dataclasses
import math
import os

from recipes.errors import ArgumentError, RecipesError, check_integer, check_range, describe

_UNITS = {"cpus": "CPU", "gpus": "GPU", "memory": "memory"}  # ours → Ray's


@dataclasses.dataclass(frozen=True, kw_only=True)
class RayEngine:
    """Runs the trials of a search on a Ray cluster.

    Args:
        address: Address of the cluster's head, "host:6379", or "auto" on one of its machines. None
            takes that of the environment (RAY_ADDRESS), else a cluster of this machine, which is
            started and ended with the search. Where the script has called `ray.init`, that counts.
        workers: How many trials run at once; None for as many as the cluster has room for.
        resources: What each trial needs: dict with "cpus" and "gpus" (numbers, 0.5 is half a GPU)
            and "memory" (bytes). What is left out is 1 processor, no GPU, any memory.
        retries: How often a trial begins again whose process or machine has died, before that
            counts as a failure of the trial: whole number of at least 0. (Ray's own tasks have 3,
            too. Errors of the trial's code are the oracle's matter: `max_retries_per_trial`.)
            Deaths within 30 s are one.

    Raises:
        ArgumentError: If a value breaks its rule.

    Example:

        tuner.search(x, y, epochs=10, engine=RayEngine(workers=4, resources={"gpus": 0.5}))
    """

    address: str | None = None
    workers: int | None = None
    resources: dict = dataclasses.field(default_factory=dict)
    retries: int = 3

    def __post_init__(self):
        check_integer("RayEngine", "retries", self.retries, 0)
        for name, value in self.resources.items():
            if name not in _UNITS:
                rule = "`resources` are cpus, gpus and memory"
                raise ArgumentError(describe("RayEngine", rule, resources=self.resources))
            check_range("RayEngine", name, value, 0, math.inf)
        object.__setattr__(self, "resources", {"cpus": 1, **self.resources})
        if self.workers is not None:
            check_integer("RayEngine", "workers", self.workers, 1)
        elif not any(self.resources.values()):
            rule = "`workers` must be given where a trial needs nothing that can be counted"
            raise ArgumentError(describe("RayEngine", rule, resources=self.resources))

    @contextlib.contextmanager
    def running(self, tuner, fit_args, fit_kwargs):
        """Yields what runs the trials of a search; none of their processes outlives the block.

        Args:
            tuner: The `Tuner`.
            fit_args: Positional arguments of its `search`.
            fit_kwargs: Keyword arguments of its `search`.

        Raises:
            RecipesError: If Ray is not installed.
            SearchError: If the tuner or what `search` was given cannot be sent.
        """
        check_ray()
        from tuners.engines.ray_trials import RayTrials

        with self._cluster():
            trials = RayTrials(self, tuner, fit_args, fit_kwargs)
            try:
                yield trials
            finally:
                trials.end_all()

    def options(self):
        """Returns the resources of a trial as Ray's actors take them."""
        memory = self.resources.get("memory") or None
        cpus, gpus = self.resources["cpus"], self.resources.get("gpus", 0)
        return {"num_cpus": cpus, "num_gpus": gpus, "memory": memory}

    def places(self, nodes):
        """Returns how many trials have room at once.

        Args:
            nodes: What `ray.nodes()` returns.
        """
        if self.workers is not None:
            return self.workers
        needed = {_UNITS[name]: value for name, value in self.resources.items() if value}
        rooms = (
            min(int(node["Resources"].get(unit, 0) / value) for unit, value in needed.items())
            for node in nodes
            if node["Alive"]
        )
        return max(1, sum(rooms))  # one waits until the cluster has grown

    @contextlib.contextmanager
    def _cluster(self):
        """Joins or starts the cluster, unless the script has done so."""
        import ray

        if ray.is_initialized():
            yield
            return
        address = self.address or os.environ.get("RAY_ADDRESS") or "local"
        ray.init(address, logging_level="ERROR", **self._local_size(address))
        try:
            yield
        finally:
            ray.shutdown()

    def _local_size(self, address):
        """Returns the size of a cluster of this machine: it has room for the workers asked for."""
        if address != "local":
            return {}
        most = os.cpu_count() or 1
        if self.workers is not None:
            most = max(most, math.ceil(self.workers * self.resources["cpus"]))
        return {"num_cpus": most, "include_dashboard": False}


def check_ray():
    """Raises `RecipesError` if Ray is not installed."""
    try:
        import ray  # noqa: F401
    except ImportError as error:
        rule = "engine='ray' needs Ray, which is not installed"
        hint = "Install it: pip install 'keras-recipes[ray]'."
        raise RecipesError(describe("search", rule, hint)) from error
