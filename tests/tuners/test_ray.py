"""Searches over real Ray clusters of several nodes: same results, whoever dies."""

import contextlib
import os
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest
from noted import TRIALS, curve, ended, is_alive, make, process, results, runs, search, wait_until

import tuners
from recipes.errors import SearchError

ray = pytest.importorskip("ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")

ENGINE = tuners.RayEngine(workers=2)
MESSAGES = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"}


@pytest.fixture(scope="module")
def cluster():
    """A head without processors, where the search is, and two machines with one each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in MESSAGES.items():
            patch.setenv(name, value)
        cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, logging_level="ERROR")
        yield cluster
        ray.shutdown()
        cluster.shutdown()


# --- the same search ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["RandomSearch", "GridSearch"])
def test_a_search_over_ray_finds_what_a_local_one_finds(kind, cluster, tmp_path):
    here = search(tmp_path / "here", curve(), engine=None, kind=kind)
    there = search(tmp_path / "there", curve(), kind=kind, engine=ENGINE)
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
    with pytest.raises(SearchError, match="Received: failed=1"):
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
    function = curve(str(there), then=killed_once(str(there)))
    with pytest.warns(UserWarning, match=r"search: trial \d begins again\. The actor died"):
        tuner = search(there, function, engine=ENGINE, max_trials=3)
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
    here = search(tmp_path / "here", curve(), engine=None, max_trials=3)
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
        with pytest.warns(UserWarning, match="begins again") as warned:
            tuner = search(there, curve(str(there), pause=0.5), engine=ENGINE, max_trials=3)
    finally:
        thread.join()
    assert len(warned) == len({str(each.message).split()[2] for each in warned})  # once a trial
    assert results(tuner) == results(here)
    assert set(ended(there).values()) == {1}


def runs_on(pid, node):
    """Whether a process was started by the raylet of a node."""
    raylet = node.all_processes["raylet"][0].process.pid
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return parent == raylet


@contextlib.contextmanager
def driver(folder, address=None):
    """A process that searches, until two of its trials have ended."""
    folder.mkdir()
    code = f"""
function = noted.curve({str(folder)!r}, pause=0.5)
noted.search({str(folder)!r}, function, tuners.RayEngine(address={address!r}, workers=2))
"""
    with process(folder, code, **MESSAGES) as searching:
        wait_until(lambda: len(ended(folder)) >= 2, seconds=120)
        yield searching


def test_a_search_that_is_killed_goes_on_and_repeats_nothing(cluster, tmp_path):
    here = search(tmp_path / "here", curve(), engine=None)
    there = tmp_path / "there"
    with driver(there, cluster.address) as searching:
        searching.kill()
        searching.wait()
    before, done = runs(there), ended(there)
    wait_until(lambda: not any(is_alive(pid) for _, pid in before))
    tuner = search(there, curve(str(there)), engine=ENGINE)
    assert results(tuner) == results(here)
    assert set(ended(there).values()) == {1}
    finished = {f"{tuner.oracle.trials[name].hyperparameters.get('x'):.6f}" for name in done}
    assert not finished & {x for x, _ in runs(there)[len(before) :]}


def test_ctrl_c_leaves_no_process_behind(cluster, tmp_path):
    there = tmp_path / "there"
    with driver(there) as searching:
        family = children_of(searching.pid)
        assert len(family) > 3  # the cluster of this machine that it has started
        searching.send_signal(signal.SIGINT)
        assert searching.wait(60) == -signal.SIGINT
    wait_until(lambda: not any(map(is_alive, [*family, *(pid for _, pid in runs(there))])))
    assert len(ended(there)) >= 2
    assert "KeyboardInterrupt" in searching.said.read_text()


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
