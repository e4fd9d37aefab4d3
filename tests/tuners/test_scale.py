"""How costs become what a Gaussian process sees, and back (row 80)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tuners.gp.scale import Scale, most_probable_power

COSTS = st.lists(st.floats(-1e6, 1e6).map(lambda cost: round(cost, 3)), min_size=1, max_size=30)


def standardised(costs):
    return (costs - costs.mean()) / costs.std()


def test_a_scale_draws_in_the_worst_as_worked_out_by_hand():
    # The median is 2.5, the best 1.5 below it: all above 2.5 + 3 · 1.5 = 7 counts as 7.
    scale = Scale.of(np.array([1.0, 2.0, 3.0, 100.0]), bends=False)
    assert (scale.worst, scale.shift) == (7.0, 3.25)  # the mean of 1, 2, 3, 7
    assert scale.unit == pytest.approx((20.75 / 4) ** 0.5)
    assert scale.standard(np.array([3.25, 1e9])) == pytest.approx([0.0, 3.75 / scale.unit])
    assert scale.costs(np.array([0.0, -1.0])) == pytest.approx([3.25, 3.25 - scale.unit])


def test_equal_costs_have_a_scale_too():
    scale = Scale.of(np.array([2.0, 2.0, 2.0]))
    assert scale.standard(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]
    assert scale.costs(np.array([0.0])).tolist() == [2.0]


@given(COSTS)
def test_what_is_seen_has_mean_0_and_variance_1_and_the_order_of_the_costs(costs):
    costs = np.array(costs)
    seen = Scale.of(costs).standard(costs)
    assert seen.mean() == pytest.approx(0.0, abs=1e-6)
    assert seen.std() == pytest.approx(float(np.ptp(costs) > 0), abs=1e-6)
    assert np.all(np.diff(seen[np.argsort(costs, kind="stable")]) >= 0)


@given(COSTS)
def test_what_is_seen_leads_back_to_the_costs(costs):
    costs = np.array(costs)
    scale = Scale.of(costs)
    expected = np.minimum(costs, scale.worst)
    assert scale.costs(scale.standard(costs)) == pytest.approx(expected, abs=1e-6 * scale.unit)


def test_what_is_predicted_far_outside_stays_finite_and_in_order():
    costs = np.append(np.zeros(12), 1.0)  # its bent costs have an upper bound
    scale = Scale.of(costs)
    assert scale.power < 0
    found = scale.costs(np.array([-1e6, -1.0, 0.0, 1.0, 1e6]))
    assert np.all(np.isfinite(found))
    assert np.all(np.diff(found) >= 0)


def test_at_the_powers_0_and_2_costs_are_logarithms():
    above, below = (Scale(9.0, 0.0, 1.0, power, 0.0, 1.0) for power in (0.0, 2.0))
    assert above.standard(np.array([np.e - 1.0])) == pytest.approx([1.0])
    assert above.costs(np.array([1.0])) == pytest.approx([np.e - 1.0])
    assert below.standard(np.array([1.0 - np.e])) == pytest.approx([-1.0])
    assert below.costs(np.array([-1.0])) == pytest.approx([1.0 - np.e])


def log_posterior(power, costs):
    """Written out: of b, normal with the variance that it has, the slopes, and the prior."""
    bent = stats.yeojohnson(costs, power)
    slopes = (power - 1.0) * np.sign(costs) * np.log1p(np.abs(costs))
    likelihood = np.sum(stats.norm.logpdf(bent, bent.mean(), bent.std())) + np.sum(slopes)
    return likelihood + stats.norm.logpdf(power, 1.0, 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_power_is_the_most_probable_one_of_a_grid(seed):
    costs = standardised(np.random.default_rng(seed).exponential(size=25) ** 1.5)
    grid = np.arange(-4.0, 6.0, 0.01)
    expected = grid[np.argmax([log_posterior(power, costs) for power in grid])]
    assert most_probable_power(costs) == pytest.approx(expected, abs=0.011)


def test_the_power_spreads_the_end_where_costs_are_close_together():
    normal = stats.norm.ppf((np.arange(200) + 0.5) / 200)
    assert most_probable_power(standardised(normal)) == pytest.approx(1.0, abs=0.05)
    assert most_probable_power(standardised(np.exp(normal))) < 0.5
    assert most_probable_power(standardised(-np.exp(normal))) > 1.5


def test_two_costs_and_costs_whose_noise_is_told_are_not_bent():
    assert most_probable_power(np.array([-1.0, 1.0])) == 1.0
    assert Scale.of(np.exp(np.arange(9.0)), bends=False).power == 1.0
