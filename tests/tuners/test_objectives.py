"""Several objectives: fronts, room, order and scalarisation, against brute force and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tuners.objectives import (
    chebyshev,
    crowding_distances,
    non_dominated_ranks,
    pareto_order,
    penalised,
)

# Few different values, so that ties and equal points come often.
COSTS = st.tuples(st.integers(0, 12), st.integers(1, 3)).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(0, 4).map(float))
)


def fronts_by_brute_force(costs):
    """Peels off, point by point, whatever nothing that is left dominates."""
    left, ranks, rank = set(range(len(costs))), {}, 0

    def beats(a, b):
        pairs = list(zip(costs[a], costs[b], strict=True))
        return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)

    while left:
        front = {b for b in left if not any(beats(a, b) for a in left)}
        ranks |= dict.fromkeys(front, rank)
        left, rank = left - front, rank + 1
    return [ranks[point] for point in range(len(costs))]


@given(COSTS)
def test_fronts_equal_those_found_by_brute_force(costs):
    assert non_dominated_ranks(costs).tolist() == fronts_by_brute_force(costs)


def test_equal_points_share_a_front():
    assert non_dominated_ranks([[1, 2], [1, 2], [2, 2]]).tolist() == [0, 0, 1]


def test_room_is_that_worked_out_by_hand():
    # Ranges 4 and 8. Point 1: (3 - 0) / 4 + (8 - 2) / 8; point 2: (4 - 1) / 4 + (4 - 0) / 8.
    costs = [[0, 8], [1, 4], [3, 2], [4, 0]]
    assert crowding_distances(costs).tolist() == [math.inf, 1.5, 1.25, math.inf]


def test_room_in_an_objective_that_is_the_same_everywhere_is_not_divided_by_zero():
    assert crowding_distances([[0, 1], [1, 1], [2, 1]]).tolist() == [math.inf, 1.0, math.inf]


@given(COSTS)
def test_the_order_has_each_point_once_and_front_after_front(costs):
    order = pareto_order(costs)
    assert sorted(order.tolist()) == list(range(len(costs)))
    ranks = non_dominated_ranks(costs)[order]
    assert (np.diff(ranks) >= 0).all()


def test_the_order_within_a_front_is_by_room():
    costs = [[1, 4], [0, 8], [3, 2], [4, 0], [5, 5]]
    assert pareto_order(costs).tolist() == [1, 3, 0, 2, 4]


def test_what_breaks_a_constraint_comes_after_all_that_breaks_none():
    costs, violations = [[0, 0], [9, 9], [1, 1]], [0.2, 0.0, 0.1]
    assert pareto_order(costs, violations).tolist() == [1, 2, 0]


@given(COSTS.filter(len), st.data())
def test_the_lowest_scalar_cost_is_on_the_front_whatever_the_weights(costs, data):
    weights = np.array([data.draw(st.floats(0.01, 1)) for _ in range(costs.shape[1])])
    lowest = int(np.argmin(chebyshev(costs, weights / weights.sum())))
    assert non_dominated_ranks(costs)[lowest] == 0


def test_the_scalar_cost_is_that_worked_out_by_hand():
    # Scaled: (0, 1), (0.5, 0.25), (1, 0). Weights 0.5: the maxima 0.5, 0.25, 0.5; the sums 0.5,
    # 0.375, 0.5, of which 5 % are added.
    costs = [[0, 8], [50, 2], [100, 0]]
    assert chebyshev(costs, [0.5, 0.5]) == pytest.approx([0.525, 0.26875, 0.525])


@pytest.mark.parametrize(
    ("costs", "violations", "expected"),
    [
        ([3, 1], [0, 0], [3, 1]),  # no constraint is broken: the costs themselves
        ([3, 1, -9], [0, 0, 0.5], [3, 1, 4]),  # the worst, 3, and half the range of 2
        ([3, -9], [0, 0.5], [3, 3.5]),  # one feasible cost has no range: units of 1
        ([7, 1], [0.5, 0.25], [0.5, 0.25]),  # none is feasible: the way back counts alone
        ([1, 1], [math.inf, 2.0], [20.0, 2.0]),  # a missing metric is bad, and finite
        ([1], [math.inf], [10.0]),
        ([], [], []),
    ],
)
def test_a_cost_with_a_broken_constraint_is_worse_than_all_without(costs, violations, expected):
    assert penalised(costs, violations).tolist() == pytest.approx(expected)
