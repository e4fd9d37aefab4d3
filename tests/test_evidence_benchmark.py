"""The benchmark of the guides' claims: its rule, its data, its ways, and that it goes on."""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest
import typer
from scipy import stats

from benchmarks import evidence
from benchmarks.cells import Cells
from benchmarks.claims import claim as rule
from benchmarks.claims import results
from benchmarks.claims.cell import Cell, run_cells
from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.data import DataSet, scores
from benchmarks.claims.listed import CLAIMS
from benchmarks.claims.networks import MLP
from benchmarks.claims.pixels import PREPROCESSING, ChangedImages
from benchmarks.claims.training import Training, Tuned
from benchmarks.claims.ways import Alternated, Members, changed

ROOT = Path(__file__).parent.parent
DIGITS = DataSet("digits", 100)
QUICK = Training(network=MLP(depth=1, units=16), learning_rate=0.02, epochs=2)


# --- the rule -------------------------------------------------------------------------------------


def test_the_interval_is_that_of_students_t_test():
    gains = [1.0, 2.5, 0.5, 3.0, 1.5]
    effect = rule.effect_of(gains)
    expected = stats.ttest_1samp(gains, 0).confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((expected.low, expected.high))
    assert effect.mean == pytest.approx(1.7)


@pytest.mark.parametrize(
    ("low", "high", "margin", "found"),
    [
        (0.1, 2.0, None, "seen"),
        (-0.1, 2.0, None, "open"),
        (-2.0, -0.1, None, "reversed"),
        (-0.9, 0.9, 1.0, "seen"),
        (-0.9, 1.1, 1.0, "open"),
        (1.1, 2.0, 1.0, "reversed"),
        (-3.0, -1.5, 1.0, "reversed"),
    ],
)
def test_an_interval_says_whether_a_claim_is_seen(low, high, margin, found):
    assert rule.find(low, high, margin) == found


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (["seen", "seen"], "holds"),
        (["seen", "open"], "depends"),
        (["seen", "reversed"], "depends"),
        (["open", "open"], "not seen"),
        (["reversed"], "not seen"),
        (["seen", "missing"], "not measured"),
    ],
)
def test_a_claim_holds_if_it_is_seen_on_all_data(findings, told):
    assert rule.verdict(findings) == told


def test_four_seeds_are_too_few_for_a_verdict():
    assert rule.effect_of([1.0, 1.1, 1.2, 1.3]).finding == "missing"
    assert rule.effect_of([1.0, 1.1, 1.2, 1.3, 1.4]).finding == "seen"


def test_gains_are_paired_by_seed_and_turned_round_where_less_is_better():
    experiment = Experiment(data=DIGITS, first="a", second="b", metric="bits")
    cells = {
        ("'a'", repr(DIGITS), 0): {"bits": 1.0},
        ("'b'", repr(DIGITS), 0): {"bits": 1.5},
        ("'a'", repr(DIGITS), 1): {"bits": 2.0},
        ("'b'", repr(DIGITS), 2): {"bits": 9.0},
    }
    assert experiment.gains(cells) == [0.5]


# --- the claims -----------------------------------------------------------------------------------


def test_there_are_at_least_twenty_claims_of_rows_that_the_guide_has():
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    assert len(CLAIMS) >= 20
    for claim in CLAIMS:
        assert all(f"\n| {row} | " in guide for row in claim.rows.split(", ")), claim.rows
        assert claim.says.endswith(".")
        assert claim.default.endswith(".")


def test_no_claim_compares_a_way_with_itself():
    for claim in CLAIMS:
        for experiment in claim.experiments:
            assert repr(experiment.first) != repr(experiment.second), claim.says


def test_rows_choose_claims_and_unknown_ones_are_refused():
    chosen = evidence.claims_of("61, 27", CLAIMS)
    assert {claim.rows for claim in chosen} == {"27", "61"}
    with pytest.raises(typer.BadParameter, match=r"Received: \"5\"\."):
        evidence.claims_of("5", CLAIMS)


def test_the_page_is_what_the_figures_say():
    figures = json.loads((ROOT / "benchmarks" / "evidence.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    assert page == results.page(figures)
    for claim in figures["claims"]:
        for each in claim["experiments"]:
            effect = rule.effect_of(each["gains"], claim["margin"])
            assert each["finding"] == effect.finding
            assert effect.finding == "missing" or each["low"] == pytest.approx(effect.low)


# --- data and scores ------------------------------------------------------------------------------


def test_each_seed_draws_its_own_samples_and_no_sample_tests_what_it_trained():
    one, again, other = DIGITS.load(0), DIGITS.load(0), DIGITS.load(1)
    assert len(one.train[0]) == 100
    assert len(one.test[0]) == 899
    np.testing.assert_array_equal(one.train[0], again.train[0])
    assert not np.array_equal(one.train[0], other.train[0])
    held = one.hold_out(0.2, 0)
    assert len(held.train[0]) == 80
    assert len(held.test[0]) == 20
    last = one.classes(5, 10)
    assert set(last.train[1]) == set(range(5))


def test_scores_are_those_worked_out_by_hand():
    outputs = np.array([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [np.nan] * 3], "float32")
    found = scores(outputs, np.array([0, 1, 2]), "classes")
    assert found["accuracy"] == pytest.approx(200 / 3)
    assert found["bits"] == pytest.approx((1 + np.log2(4 / 3) + np.log2(3)) / 3)
    assert scores(np.full((1, 2), 0.6), np.full((1, 2), 0.5), "pixels")["psnr"] == pytest.approx(20)


def test_images_are_moved_by_whole_pixels_and_mirrored():
    image = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    batches = ChangedImages(image, np.zeros(1), 1, shift=1, flip=True, seed=0)
    seen = set()
    for _ in range(200):
        x, _ = batches[0]
        seen.add(x.tobytes())
        kept = x[x > 0]
        assert set(kept) <= set(range(1, 10))
        assert len(kept) == len(set(kept))
    assert len(seen) == 18  # 3 × 3 shifts of an image and of its mirror image
    assert image[:, :, ::-1].tobytes() in seen


def test_preprocessing_equals_scikit_learn():
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    x = np.random.default_rng(0).normal(5, 3, (50, 6)).astype("float32")
    expected = StandardScaler().fit_transform(x.reshape(-1, 1)).reshape(x.shape)
    one_channel = x.reshape(50, 6, 1)
    standardized = PREPROCESSING["standardize"](one_channel)(one_channel)
    np.testing.assert_allclose(standardized[..., 0], expected, rtol=1e-4, atol=1e-5)
    white = PREPROCESSING["whiten"](x)(x)
    np.testing.assert_allclose(np.cov(white.T), np.eye(6), atol=1e-4)
    assert white.shape == PCA(6).fit_transform(x).shape


# --- ways -----------------------------------------------------------------------------------------


def test_a_way_is_the_same_twice_and_other_by_another_seed():
    first, again, other = (QUICK.run(DIGITS, seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_tuning_takes_the_rate_that_learns():
    tuned = Tuned(training=QUICK, rates=(1e-9, 0.05))
    alone = dataclasses.replace(QUICK, learning_rate=0.05)
    assert tuned.run(DIGITS, 0) == alone.run(DIGITS, 0)


def test_members_are_the_mean_of_networks_from_other_seeds():
    samples = DIGITS.load(0)
    together = Members(training=QUICK, count=2).run(DIGITS, 0)
    outputs = []
    for seed in (0, 1):
        keras.backend.clear_session()
        outputs.append(QUICK.fit(samples, seed)(samples.test[0]))
    expected = scores(np.mean(outputs, axis=0), samples.test[1], "classes")
    assert together == pytest.approx(expected, rel=1e-5)


def test_weights_and_momentum_go_from_epoch_to_epoch_in_turn():
    whole = changed(QUICK, epochs=6)
    in_turn = Alternated(odd=whole, even=whole).run(DIGITS, 0)["bits"]
    assert in_turn == pytest.approx(whole.run(DIGITS, 0)["bits"], rel=0.05)
    assert in_turn < QUICK.run(DIGITS, 0)["bits"] / 1.2  # of two epochs


def test_changed_reaches_the_network():
    way = changed(QUICK, epochs=9, network__units=3)
    assert (way.epochs, way.network.units, way.network.depth) == (9, 3, 1)


# --- going on -------------------------------------------------------------------------------------


def test_what_is_finished_is_not_run_again_and_what_is_shared_is_run_once(tmp_path):
    other = changed(QUICK, learning_rate=0.01)
    shared = [
        Claim(
            rows="1",
            says="One.",
            compared="a against b",
            experiments=(Experiment(data=DIGITS, first=QUICK, second=other),),
            default="Nothing.",
        )
    ] * 2
    store = Cells(tmp_path / "cells.jsonl")
    assert len(evidence.plan_of(shared, 2, store.read())) == 2
    run_cells(Cell(QUICK, DIGITS), [0, 1], store.path, ROOT)
    ((left, seeds),) = evidence.plan_of(shared, 2, store.read())
    assert (left.way, seeds) == (other, [0, 1])
    run_cells(left, seeds, store.path, ROOT)
    told = results.results_of(shared[:1], store.read())
    assert told["claims"][0]["experiments"][0]["seeds"] == 2
    assert told["claims"][0]["verdict"] == "not measured"
    assert "TensorFlow" in told["machines"][0]


def test_what_is_not_measured_now_stays_as_the_figures_have_it(tmp_path):
    path = tmp_path / "evidence.json"
    now = results.results_of(CLAIMS, {})
    assert results.with_earlier(now, path) == now
    earlier = json.loads(json.dumps(now)) | {"machines": ["another"]}
    earlier["claims"][1] |= {"verdict": "holds"}
    earlier["claims"][2] |= {"verdict": "holds", "compared": "something else"}
    path.write_text(json.dumps(earlier), encoding="utf-8")
    kept = results.with_earlier(now, path)
    verdicts = [claim["verdict"] for claim in kept["claims"]]
    assert verdicts[:3] == ["not measured", "holds", "not measured"]
    assert kept["machines"] == ["another"]
