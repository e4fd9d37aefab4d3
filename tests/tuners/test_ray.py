"""Searches over real Ray clusters of several nodes: same results, whoever dies."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from pathlib import Path

import keras_tuner as kt
import pytest

import tuners
from recipes.errors import ArgumentError, SearchError
from tuners.engines.names import check_engine
from tuners.state.journal import Journal

ray = pytest.importorskip("ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")

TRIALS = 4
ENGINE = tuners.RayEngine(workers=2)
MESSAGES = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"}


@pytest.fixture(scope="module")
def cluster():
    """A head without processors, where the search is, and two machines with one each."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Ray's own start and end warn of
        for name, value in MESSAGES.items():
            patch.setenv(name, value)
        cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, logging_level="ERROR")
        yield cluster
        ray.shutdown()
        cluster.shutdown()


def make(folder, function, kind="RandomSearch", **options):
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0, **({"step": 1.0} if kind == "GridSearch" else {}))
    hp.Int("n", 1, 2)
    options = {"seed": 0, "max_trials": TRIALS} | options
    return getattr(tuners, kind)(
        objective=kt.Objective("score", "min"),
        hyperparameters=hp,
        function=function,
        directory=str(folder),
        project_name="search",
        **options,
    )


def search(folder, function, engine=ENGINE, **options):
    tuner = make(folder, function, **options)
    tuner.search(verbose=0, engine=engine)
    return tuner


def curve(folder=None, epochs=3, pause=0.0, then=None):
    """Returns the function of a search, which is sent by value, and notes each run of it."""

    def function(values):
        for epoch in range(epochs):
            if folder is not None and epoch == 0:
                with open(os.path.join(folder, "runs.txt"), "a") as file:
                    file.write(f"{values['x']:.6f} {os.getpid()}\n")
            if then is not None and epoch == 1:
                then(values)
            time.sleep(pause)
            score = (values["x"] - 0.3) ** 2 + 0.1 * values["n"] + 1 / (1 + epoch)
            yield {
                "score": score,
                "pid": os.getpid(),
                "tensorflow": float("tensorflow" in sys.modules),
            }

    return function


def results(tuner):
    trials = (tuner.oracle.trials[name] for name in tuner.oracle.start_order)
    return [(t.trial_id, t.hyperparameters.values, t.score, t.status, t.message) for t in trials]


def runs(folder):
    """The runs that were noted: pairs of the value of x and the number of the process."""
    path = Path(folder) / "runs.txt"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def ended(folder):
    """How often each trial has ended by what is on the disk."""
    entries = Journal(Path(folder) / "search" / "journal.jsonl").read()
    trials = [entry["trial"] for entry in entries if entry["kind"] == "trial"]
    return Counter(t["trial_id"] for t in trials if t["status"] in ("COMPLETED", "FAILED"))


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.05)


def is_alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(pid), 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return False


# --- the same search ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["RandomSearch", "GridSearch"])
def test_a_search_over_ray_finds_what_a_local_one_finds(kind, cluster, tmp_path):
    here = search(tmp_path / "here", curve(), engine=None, kind=kind)
    there = search(tmp_path / "there", curve(), kind=kind)
    assert results(there) == results(here)
    assert set(ended(tmp_path / "there").values()) == {1}
    last = [trial.metrics.get_history("pid")[-1].value[0] for trial in there.oracle.trials.values()]
    assert len({os.getpid(), *last}) == 1 + TRIALS  # each in a process of its own
    for trial in there.oracle.trials.values():
        assert trial.metrics.get_history("tensorflow")[-1].value == [0.0]
    wait_until(lambda: not any(is_alive(int(pid)) for pid in last))


def test_with_one_worker_a_pruner_stops_the_same_trials_at_the_same_epochs(cluster, tmp_path):
    one, options = tuners.RayEngine(workers=1), {"pruner": "median", "max_trials": 6}
    here = search(tmp_path / "here", curve(epochs=5), engine="local", **options)
    there = search(tmp_path / "there", curve(epochs=5), engine=one, **options)
    assert results(there) == results(here)
    assert any("by MedianRule" in (message or "") for *_, message in results(there))


def test_errors_come_back_with_their_traceback_and_what_is_printed_does_too(
    cluster, tmp_path, capfd
):
    def function(values):
        print(f"x is {values['x']:.3f}", flush=True)
        raise ZeroDivisionError(f"n is {values['n']}")

    tuner = make(tmp_path, function, max_trials=1)
    with pytest.raises(SearchError, match="all 1 trials have failed"):
        tuner.search(verbose=0, engine=ENGINE)
    (trial,) = tuner.oracle.trials.values()
    n, x = trial.hyperparameters.get("n"), trial.hyperparameters.get("x")
    assert f"raise ZeroDivisionError(f\"n is {{values['n']}}\")\nZeroDivisionError: n is {n}" in (
        trial.message
    )
    said = []
    wait_until(lambda: said.append(capfd.readouterr().out) or f"x is {x:.3f}" in "".join(said))
    assert "(trial 0 pid=" in "".join(said)


def test_an_error_in_the_search_reaches_the_trial_that_has_caused_it(cluster, tmp_path):
    def function(values):
        yield {"another": 1.0}

    tuner = make(tmp_path, function, max_trials=1)
    with pytest.raises(SearchError, match="Objective value missing in metrics reported"):
        tuner.search(verbose=0, engine=ENGINE)


# --- whoever dies ---------------------------------------------------------------------------------


def killed_once(folder):
    """Returns what kills the process of a trial at the second epoch of its first run."""

    def then(values):
        mark = os.path.join(folder, f"killed_{values['x']:.6f}")
        if not os.path.exists(mark):
            open(mark, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)

    return then


def test_a_trial_whose_process_dies_begins_again_and_counts_once(cluster, tmp_path):
    here = search(tmp_path / "here", curve(), engine=None, max_trials=3)
    there = tmp_path / "there"
    there.mkdir()
    with pytest.warns(UserWarning, match=r"search: trial \d begins again\. The actor died"):
        tuner = search(there, curve(str(there), then=killed_once(str(there))), max_trials=3)
    assert results(tuner) == results(here)
    assert ended(there) == {"0": 1, "1": 1, "2": 1}
    assert set(Counter(x for x, _ in runs(there)).values()) == {2}


def test_a_trial_whose_process_always_dies_fails_and_the_search_goes_on(cluster, tmp_path):
    def function(values):
        if values["n"] == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return values["x"]

    engine = tuners.RayEngine(workers=2, retries=0)
    tuner = search(tmp_path, function, engine=engine, max_trials=3)
    for _, values, score, status, message in results(tuner):
        assert status == ("FAILED" if values["n"] == 2 else "COMPLETED")
        assert score == (None if values["n"] == 2 else values["x"])
        assert values["n"] == 1 or message.startswith("The actor died")
    assert {values["n"] for _, values, *_ in results(tuner)} == {1, 2}


def test_a_node_that_dies_costs_its_trial_a_new_beginning(cluster, tmp_path):
    here = search(tmp_path / "here", curve(), engine=None)
    there = tmp_path / "there"
    there.mkdir()

    def kill_a_node():
        wait_until(lambda: runs(there))
        pid = int(runs(there)[0][1])
        node = next(n for n in cluster.worker_nodes if runs_on(pid, n))
        cluster.remove_node(node, allow_graceful=False)

    thread = threading.Thread(target=kill_a_node)
    thread.start()
    try:
        with pytest.warns(UserWarning, match="begins again"):
            tuner = search(there, curve(str(there), pause=0.7))
    finally:
        thread.join()
    assert results(tuner) == results(here)
    assert set(ended(there).values()) == {1}


def runs_on(pid, node):
    """Whether a process was started by the raylet of a node."""
    raylet = node.all_processes["raylet"][0].process.pid
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return parent == raylet


SCRIPT = """
import sys
sys.path[:0] = [{tests!r}]
import ray, test_ray, tuners
test_ray.search(sys.argv[1], test_ray.curve(sys.argv[1], pause=0.5),
                engine=tuners.RayEngine(address=sys.argv[2] or None, workers=2))
"""


@contextlib.contextmanager
def driver(folder, address=""):
    """A process that searches, until two of its trials have ended."""
    folder.mkdir()
    script = folder / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    environment = {**os.environ, **MESSAGES, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), str(folder), address]
    with open(folder / "said.txt", "w") as said:
        process = subprocess.Popen(
            command, env=environment, stdout=said, stderr=said, start_new_session=True
        )
    try:
        wait_until(lambda: len(ended(folder)) >= 2, seconds=120)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_search_that_is_killed_goes_on_and_repeats_nothing(cluster, tmp_path):
    here = search(tmp_path / "here", curve(), engine=None)
    there = tmp_path / "there"
    with driver(there, cluster.address) as process:
        process.kill()
        process.wait()
    before, done = runs(there), ended(there)
    wait_until(lambda: not any(is_alive(pid) for _, pid in before))
    tuner = search(there, curve(str(there)))
    assert results(tuner) == results(here)
    assert set(ended(there).values()) == {1}
    finished = {f"{tuner.oracle.trials[name].hyperparameters.get('x'):.6f}" for name in done}
    assert not finished & {x for x, _ in runs(there)[len(before) :]}


def test_ctrl_c_leaves_no_process_behind(cluster, tmp_path):
    there = tmp_path / "there"
    with driver(there) as process:
        family = children_of(process.pid)
        assert len(family) > 3  # the cluster of this machine that it has started
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == -signal.SIGINT
    wait_until(lambda: not any(map(is_alive, [*family, *(pid for _, pid in runs(there))])))
    assert len(ended(there)) >= 2
    assert "KeyboardInterrupt" in (there / "said.txt").read_text()


def children_of(pid):
    """Returns the numbers of all processes below a process."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for parent in found:
        found += [child for child, its in parents.items() if its == parent]
    return found[1:]


# --- models ---------------------------------------------------------------------------------------


def test_models_that_stop_and_go_on_are_trained_as_they_are_here(cluster, tmp_path, digits):
    x, y = digits.x[:128], digits.y[:128]

    def build(hp):
        import keras

        layers = [keras.Input((8, 8, 1)), keras.layers.Flatten()]
        layers += [keras.layers.Dense(10, activation="softmax")]
        model = keras.Sequential(layers)
        rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return model

    def run(folder, engine):
        seen = []

        class Observer:
            def trial_began(self, trial):
                seen.append(trial.trial_id)

            def epoch_ended(self, trial, epoch, logs):
                seen.append((trial.trial_id, epoch, sorted(logs)))

            def trial_ended(self, trial):
                seen.append(trial.status)

        halving = tuners.pruning.SuccessiveHalving(factor=2, grace=1, max_epochs=2)
        tuner = tuners.RandomSearch(
            build,
            objective="val_loss",
            max_trials=2,
            seed=0,
            pruner=halving,
            observer=Observer(),
            directory=str(tmp_path / folder),
            project_name="search",
        )
        tuner.search(x, y, validation_data=(x, y), epochs=2, verbose=0, engine=engine)
        return tuner, seen

    here, seen_here = run("here", None)
    there, seen_there = run("there", tuners.RayEngine(workers=1))
    assert seen_there == seen_here
    for mine, theirs in zip(results(there), results(here), strict=True):
        assert mine[:2] == theirs[:2]
        assert mine[2] == pytest.approx(theirs[2], rel=1e-5)
        assert mine[3:] == theirs[3:]
    best = there.oracle.get_best_trials()[0]
    (model,) = there.get_best_models()
    assert model.evaluate(x, y, verbose=0) == pytest.approx(best.score, rel=1e-5)


def test_what_cannot_be_sent_is_refused_in_one_sentence(cluster, tmp_path):
    tuner = make(tmp_path, curve())
    with pytest.raises(SearchError) as refused:
        tuner.search(threading.Lock(), verbose=0, engine=ENGINE)
    said = str(refused.value)
    assert said.startswith(
        "search: engine='ray' sends the tuner and what `search` is given by pickle ("
    )
    assert said.endswith("Give arrays, or open the data in HyperModel.fit, where the trial runs.")


# --- what a trial needs ---------------------------------------------------------------------------


def test_a_trial_has_the_processors_and_the_memory_that_were_asked_for(cluster, tmp_path):
    def function(values):
        import ray

        had = ray.get_runtime_context().get_assigned_resources()
        threads = float(os.environ["TF_NUM_INTRAOP_THREADS"])
        return {"score": 0.0, "cpus": had["CPU"], "memory": had["memory"], "threads": threads}

    engine = tuners.RayEngine(resources={"cpus": 0.5, "memory": 2**20})
    tuner = search(tmp_path, function, engine=engine, max_trials=1)
    (trial,) = tuner.oracle.trials.values()
    got = {name: trial.metrics.get_best_value(name) for name in ("cpus", "memory", "threads")}
    assert got["cpus"] == 0.5
    assert got["memory"] == 2**20


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, 6),  # 4 and 2 processors; the dead node does not count
        ({"cpus": 2}, 3),
        ({"cpus": 3}, 1),
        ({"cpus": 0, "gpus": 0.5}, 4),  # two GPUs on one node
        ({"cpus": 1, "memory": 3e9}, 3),  # 8 GB hold two, 4 GB one
        ({"gpus": 8}, 1),  # it waits until the cluster has grown
    ],
)
def test_as_many_trials_run_at_once_as_the_nodes_have_room_for(resources, expected):
    nodes = [
        {"Alive": True, "Resources": {"CPU": 4.0, "GPU": 2.0, "memory": 8e9}},
        {"Alive": True, "Resources": {"CPU": 2.0, "memory": 4e9}},
        {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0, "memory": 64e9}},
        {"Alive": True, "Resources": {}},
    ]
    assert tuners.RayEngine(resources=resources).places(nodes) == expected
    assert tuners.RayEngine(resources=resources, workers=5).places(nodes) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"workers": 0},
            "RayEngine: `workers` must be a whole number of at least 1. Received: workers=0.",
        ),
        (
            {"retries": -1},
            "RayEngine: `retries` must be a whole number of at least 0. Received: retries=-1.",
        ),
        (
            {"resources": {"cpu": 1}},
            "RayEngine: `resources` are cpus, gpus and memory. Received: resources={'cpu': 1}.",
        ),
        (
            {"resources": {"gpus": -1}},
            f"RayEngine: `gpus` must be a number in [0, {math.inf}]. Received: gpus=-1.",
        ),
        (
            {"resources": {"cpus": 0}},
            "RayEngine: `workers` must be given where a trial needs nothing that can be counted. "
            "Received: resources={'cpus': 0}.",
        ),
    ],
)
def test_a_wrong_engine_is_refused_in_one_sentence(options, message):
    with pytest.raises(ArgumentError) as refused:
        tuners.RayEngine(**options)
    assert str(refused.value) == message


def test_an_unknown_engine_is_refused_in_one_sentence():
    with pytest.raises(ArgumentError) as refused:
        check_engine("search", "spark")
    assert str(refused.value) == (
        'search: `engine` must be one of "local", "ray", a RayEngine or None. '
        "Received: engine='spark'."
    )


def test_a_worker_of_keras_tuner_takes_no_engine(monkeypatch, tmp_path):
    tuner = make(tmp_path, curve())
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "1")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    with pytest.raises(ArgumentError) as refused:
        tuner.search(engine="ray")
    assert str(refused.value) == (
        "search: KerasTuner's chief and workers run one trial each, without another engine. "
        "Received: engine='RayEngine'. Unset KERASTUNER_ORACLE_IP, or leave `engine` out."
    )
