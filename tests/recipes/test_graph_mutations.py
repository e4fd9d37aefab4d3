"""Faults at random places of healthy networks: each is found, and located, by `check_graph`."""

import functools

import keras
import pytest
from keras import layers

from benchmarks import graph_mutations, mutations, network_calls
from recipes import check_graph

NETWORKS = ("MLP", "ResNet-20", "U-Net", "LSTM")  # of the benchmark's
LOCATED = {"found": True, "located": True, "extra": [], "said": []}


@functools.cache
def network(name):
    return network_calls.read_network(graph_mutations.cases()[name][0])[1]


def judge(mutant, level):
    found = graph_mutations.verdict(mutant, check_graph(mutant, level=level))
    return {key: found[key] for key in ("found", "located", "extra", "said")}


def with_a_way_around():
    x = keras.Input((4,))
    first = layers.Dense(4, name="first")(x)
    second = layers.Dense(4, name="second")(first)
    return keras.Model(x, layers.Dense(2, name="head")(layers.Add(name="sum")([first, second])))


@pytest.fixture(scope="module")
def small():
    """Reads a network whose calls are numbered: 0 first, 1 second, 2 sum, 3 head."""
    return network_calls.read_network(with_a_way_around)[1]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("fault", ["cut", "bypass", "dead branch", "unused weight"])
def test_a_fault_at_a_random_place_is_found_and_located(name, fault):
    (mutant,) = mutations.choose_mutants(network(name), fault, 1, seed=0)
    assert judge(mutant, "trace") == LOCATED


@pytest.mark.parametrize("name", ["MLP", "LSTM"])
def test_a_product_with_zero_at_a_random_place_is_found_and_located(name):
    (mutant,) = mutations.choose_mutants(network(name), "zero", 1, seed=0)
    assert judge(mutant, "full") == LOCATED


@pytest.mark.parametrize("wrap", [graph_mutations.nested, graph_mutations.subclassed])
@pytest.mark.parametrize("fault", ["cut", "dead chain"])
def test_a_fault_inside_another_model_is_found_and_located(wrap, fault):
    (mutant,) = mutations.choose_mutants(network("U-Net"), fault, 1, seed=1, wrap=wrap)
    assert judge(mutant, "trace") == LOCATED


@pytest.mark.parametrize(
    ("number", "bound"),
    [
        (0, {"first"}),
        (1, {"second"}),  # `first` has a way around it
        (2, {"first", "second"}),
        (3, {"first", "second", "head"}),
    ],
)
def test_what_a_cut_concerns_equals_what_is_seen_by_hand(small, number, bound):
    mutant = mutations.Mutant(small, "cut", number)
    mutant()
    assert mutant.expected() == bound


@pytest.mark.parametrize(
    ("fault", "numbers"),
    [
        ("cut", [0, 1, 2, 3]),
        ("zero", [0, 1, 2, 3]),
        ("bypass", [0, 1]),  # the head has another shape
        ("dead branch", [0, 1, 2, 3]),
        ("unused weight", [0, 1, 2, 3]),
    ],
)
def test_a_fault_stands_only_where_it_can(small, fault, numbers):
    chosen = mutations.choose_mutants(small, fault, 10, seed=0)
    assert [mutant.number for mutant in chosen] == numbers


def test_the_seed_chooses_the_place_and_zero_is_a_seed():
    def places(seed):
        chosen = mutations.choose_mutants(network("ResNet-20"), "cut", 5, seed)
        return [mutant.number for mutant in chosen]

    assert places(0) == places(0)
    assert len({tuple(places(seed)) for seed in range(3)}) == 3


def test_a_mutant_that_is_not_found_counts_as_missed(small):
    mutant = mutations.Mutant(small, "cut", 0)
    mutant()
    verdict = graph_mutations.verdict(mutant, check_graph(with_a_way_around, level="trace"))
    assert (verdict["found"], verdict["located"]) == (False, False)


def test_a_finding_of_another_place_counts_as_extra(small):
    mutant = mutations.Mutant(small, "cut", 0)
    mutant()
    other = check_graph(mutations.Mutant(small, "bypass", 1), level="trace")
    verdict = graph_mutations.verdict(mutant, other)
    assert (verdict["found"], len(verdict["extra"])) == (False, 1)
