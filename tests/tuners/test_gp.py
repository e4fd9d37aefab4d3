"""The Gaussian process: equal to scikit-learn's, gradients equal to finite differences."""

import dataclasses

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from tuners.gp.acquisition import ACQUISITIONS, Acquisition, Belief, log_h
from tuners.gp.fidelity import AtFullLength, curve_rows, full_curves
from tuners.gp.kernels import (
    correlations,
    correlations_with_slopes,
    matern52_with_slope,
    squared_distances,
)
from tuners.gp.maximisation import candidates, climb
from tuners.gp.prior import Prior
from tuners.gp.regression import Posterior, fit_gaussian_process

LENGTHSCALES, SIGNAL, ALONE, NOISE = np.array([0.3, 0.7, 2.0]), 1.7, 0.4, 0.05


def data(points=15, columns=3, seed=0):
    """Returns points in the unit cube and standardised values of a smooth function of them."""
    generator = np.random.default_rng(seed)
    X = generator.random((points, columns))
    y = np.sin(5 * X[:, 0]) + X[:, -1] ** 2 + 0.1 * generator.standard_normal(points)
    return X, (y - y.mean()) / y.std()


def process_with(X, y, lengthscales=LENGTHSCALES, signal=SIGNAL, alone=ALONE, noise=NOISE):
    """Returns a process whose hyperparameters are set, not learned."""
    chosen = {"lengthscales": lengthscales, "signal": signal, "alone": alone, "noise": noise}
    return dataclasses.replace(fit_gaussian_process(X, y), **chosen).with_points(X, y)


def their_alone(lengthscales):
    """Returns A of scikit-learn's parts: a parameter with a vast length scale does not count."""
    alone = np.where(np.eye(len(lengthscales)), lengthscales, 1e9)
    first, *others = [ConstantKernel(1 / len(alone)) * Matern(each, nu=2.5) for each in alone]
    return sum(others, first)


def their_kernel(lengthscales, signal, alone):
    together = ConstantKernel(signal) * Matern(lengthscales, nu=2.5)
    return together + ConstantKernel(alone) * their_alone(lengthscales)


def theirs_with(X, y, lengthscales=LENGTHSCALES, signal=SIGNAL, alone=ALONE, noise=NOISE):
    kernel = their_kernel(lengthscales, signal, alone)
    return GaussianProcessRegressor(kernel, alpha=noise, optimizer=None).fit(X, y)


# --- kernel ---------------------------------------------------------------------------------------


def test_the_correlations_equal_those_of_scikit_learn():
    X, Z = data(12)[0], data(7, seed=1)[0]
    together, alone = correlations(squared_distances(X, Z, LENGTHSCALES, np.arange(3)))
    assert together == pytest.approx(Matern(LENGTHSCALES, nu=2.5)(X, Z), abs=1e-12)
    assert alone == pytest.approx(their_alone(LENGTHSCALES)(X, Z), abs=1e-12)


def test_columns_of_one_parameter_go_together():
    """One parameter with three columns is by itself what all are together."""
    X, Z = data(12)[0], data(7, seed=1)[0]
    together, alone = correlations(squared_distances(X, Z, LENGTHSCALES, np.zeros(3, int)))
    assert together == pytest.approx(Matern(LENGTHSCALES, nu=2.5)(X, Z), abs=1e-12)
    assert alone == pytest.approx(together, abs=1e-12)


def test_the_slopes_of_the_correlations_equal_finite_differences():
    X, logs = data(5)[0], np.log(LENGTHSCALES)

    def at(log_lengthscales):
        return squared_distances(X, X, np.exp(log_lengthscales), np.arange(3))

    *values, slope, slopes = correlations_with_slopes(at(logs))
    assert np.allclose(values, correlations(at(logs)), rtol=0, atol=1e-12)
    for which, ours in enumerate((slope * at(logs), slopes * at(logs))):  # (3, 5, 5), by log ℓ
        theirs = approx_fprime(logs, lambda t, k=which: correlations(at(t))[k].ravel(), 1e-7)
        assert pytest.approx(theirs, abs=1e-6) == ours.reshape(3, 25).T


def test_where_points_are_equal_the_slope_is_five_thirds():
    # M(r) = 1 − 5/6 r² + …, so −M'(r) / r is 5/3 at 0, where the quotient itself is 0 / 0.
    M, slope = matern52_with_slope(np.zeros((1, 1)))
    assert M.tolist() == [[1.0]]
    assert slope.tolist() == [[pytest.approx(5 / 3)]]


# --- predictions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "learned",
    [
        (LENGTHSCALES, SIGNAL, ALONE, NOISE),
        (np.array([0.05, 0.1, 0.2]), 0.3, 2.0, 1e-4),
        (np.array([5.0, 5.0, 5.0]), 10.0, 1e-3, 1.0),
    ],
)
def test_predictions_equal_those_of_scikit_learn(learned):
    X, y = data()
    Z = data(40, seed=1)[0]
    mean, std = process_with(X, y, *learned).predict(Z)
    their_mean, their_std = theirs_with(X, y, *learned).predict(Z, return_std=True)
    assert mean == pytest.approx(their_mean, abs=1e-6)
    assert std == pytest.approx(their_std, abs=1e-6)


def learned_by(process):
    return process.lengthscales, process.signal, process.alone, process.noise


def test_predictions_at_the_learned_hyperparameters_equal_those_of_scikit_learn():
    X, y = data()
    Z = data(40, seed=1)[0]
    process = fit_gaussian_process(X, y)
    their_mean, their_std = theirs_with(X, y, *learned_by(process)).predict(Z, return_std=True)
    mean, std = process.predict(Z)
    assert mean == pytest.approx(their_mean, abs=1e-6)
    assert std == pytest.approx(their_std, abs=1e-6)


def test_a_process_with_other_points_equals_one_of_scikit_learn_on_these():
    X, y = data()
    Z = data(10, seed=1)[0]
    process = process_with(X[:9], y[:9]).with_points(X, y)
    assert process.predict(Z)[0] == pytest.approx(theirs_with(X, y).predict(Z), abs=1e-6)


def test_the_means_at_its_own_points_are_the_predictions_there():
    process = process_with(*data())
    assert process.means() == pytest.approx(process.predict(process.X)[0], abs=1e-9)


def test_many_predictions_are_those_of_each_point(monkeypatch):
    process, Z = process_with(*data()), data(40, seed=1)[0]
    whole = process.predict(Z)
    monkeypatch.setattr("tuners.gp.process._BLOCK", 60)  # 11 blocks of 600 covariances
    assert np.allclose(process.predict(Z), whole, rtol=0, atol=1e-12)


def test_a_prediction_with_its_gradient_is_the_same_prediction():
    X, y = data()
    Z = data(5, seed=1)[0]
    process = process_with(X, y)
    mean, std = process.predict(Z)
    assert process.predict_with_gradient(Z)[0] == pytest.approx(mean, rel=1e-9)
    assert process.predict_with_gradient(Z)[1] == pytest.approx(std, rel=1e-9)


def test_the_gradients_of_a_prediction_equal_finite_differences():
    X, y = data()
    process = process_with(X, y)
    Z = data(10, seed=2)[0]
    _, _, mean_gradients, std_gradients = process.predict_with_gradient(Z)
    for z, mean_gradient, std_gradient in zip(Z, mean_gradients, std_gradients, strict=True):
        by_mean = approx_fprime(z, lambda p: process.predict(p[np.newaxis])[0][0], 1e-7)
        by_std = approx_fprime(z, lambda p: process.predict(p[np.newaxis])[1][0], 1e-7)
        assert mean_gradient == pytest.approx(by_mean, abs=1e-5)
        assert std_gradient == pytest.approx(by_std, abs=1e-5)


# --- the fit --------------------------------------------------------------------------------------


def their_log_posterior(theta, X, y):
    """Returns log p(y | X) from scikit-learn and the documented priors from SciPy.

    That of log ℓ is normal around 0.8 + ½ log(D / 7): a part that all share, of spread 0.7, and a
    part of each one's own, of spread 0.8. Those of log s and log a are normal, that of log v is of
    two halves, of spread 3 below its mode and 1 above it.
    """
    lengthscales, (signal, alone, noise) = np.exp(theta[:-3]), np.exp(theta[-3:])
    kernel = their_kernel(lengthscales, signal, alone) + WhiteKernel(noise)
    model = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(X, y)
    mode, together = 0.8 + 0.5 * np.log(X.shape[1] / 7), 0.7**2 + 0.8**2 * np.eye(X.shape[1])
    priors = [
        stats.multivariate_normal(mode + 0 * lengthscales, together).logpdf(np.log(lengthscales)),
        stats.norm(np.log(0.7), 1.0).logpdf(np.log(signal)),
        stats.norm(np.log(0.3), 1.5).logpdf(np.log(alone)),
        stats.norm(0.0, 1.0).logpdf(np.log(100 * noise) / (3.0 if noise < 0.01 else 1.0)),
    ]
    return model.log_marginal_likelihood_value_ + sum(priors)


def test_the_posterior_equals_scikit_learns_likelihood_with_scipys_priors():
    X, y = data()
    posterior = Posterior(X, y, np.arange(3))
    thetas = posterior.prior.draw(6, seed=0)
    ours = [-posterior.loss(theta)[0] for theta in thetas]
    theirs = [their_log_posterior(theta, X, y) for theta in thetas]
    # Up to a constant: the differences are equal.
    assert np.diff(ours) == pytest.approx(np.diff(theirs), abs=1e-6)


@pytest.mark.parametrize("groups", [[0, 1, 2, 3], [0, 1, 1, 1]])
def test_the_gradient_of_the_posterior_equals_finite_differences(groups):
    X, y = data(columns=4)
    posterior = Posterior(X, y, np.array(groups))
    for theta in [posterior.prior.mode, *posterior.prior.draw(5, seed=1)]:
        numeric = approx_fprime(theta, lambda t: posterior.loss(t)[0], 1e-6)
        assert posterior.loss(theta)[1] == pytest.approx(numeric, rel=1e-3, abs=1e-3)


def test_no_random_hyperparameters_are_more_probable_than_the_fitted_ones():
    X, y = data()
    process = fit_gaussian_process(X, y)
    fitted = np.log(np.hstack(learned_by(process)))
    best = their_log_posterior(fitted, X, y)
    generator = np.random.default_rng(0)
    near = fitted + 0.3 * generator.standard_normal((50, 6))
    for theta in [*near, *Prior(3).draw(50, seed=3)]:
        assert their_log_posterior(theta, X, y) <= best + 1e-6


def test_the_fit_finds_whether_inputs_act_alone():
    X = np.random.default_rng(0).random((40, 2))
    waves = np.sin(6 * X)
    for y, act_alone in ((waves.sum(axis=1), True), (waves.prod(axis=1), False)):
        process = fit_gaussian_process(X, (y - y.mean()) / y.std())
        assert (process.alone > process.signal) == act_alone


def test_the_fit_finds_which_of_two_inputs_matters():
    generator = np.random.default_rng(0)
    X = generator.random((30, 2))
    for matters in (0, 1):
        y = np.sin(8 * X[:, matters])
        process = fit_gaussian_process(X, (y - y.mean()) / y.std())
        assert process.lengthscales[matters] < 0.2 * process.lengthscales[1 - matters]


def test_the_fit_learns_how_noisy_the_values_are():
    generator = np.random.default_rng(0)
    X = generator.random((80, 1))
    y = np.sin(6 * X[:, 0]) + 0.5 * generator.standard_normal(80)
    scale = y.std()
    process = fit_gaussian_process(X, (y - y.mean()) / scale)
    assert np.sqrt(process.noise) * scale == pytest.approx(0.5, rel=0.25)


def test_columns_of_one_group_share_their_length_scale():
    X, y = data(columns=4)
    lengthscales = fit_gaussian_process(X, y, groups=[0, 1, 1, 1]).lengthscales
    assert lengthscales.shape == (4,)
    assert lengthscales[1] == lengthscales[2] == lengthscales[3] != lengthscales[0]


def test_the_noise_is_never_below_its_floor():
    X = np.linspace(0, 1, 10)[:, np.newaxis]
    y = (X[:, 0] - 0.5) / X[:, 0].std()  # noiseless
    assert fit_gaussian_process(X, y, noise_floor=0.1).noise == pytest.approx(0.1)
    assert fit_gaussian_process(X, y, noise_floor=1e-6).noise < 0.1


def test_the_same_seed_fits_the_same_process():
    X, y = data()
    first, second = (fit_gaussian_process(X, y, seed=0) for _ in range(2))
    assert first.weights.tobytes() == second.weights.tobytes()


def test_equal_points_do_not_break_the_fit():
    X = np.array([[0.2, 0.5]] * 6 + [[0.8, 0.5]])
    y = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 3.0])
    process = fit_gaussian_process(X, y)
    mean, std = process.predict(X)
    assert mean[0] == pytest.approx(0.0, abs=0.5)  # six values of mean 0, drawn a little to 3
    assert np.all(np.isfinite(std))


def test_equal_points_without_noise_do_not_break_the_process():
    X, y = data(5)
    twice = np.concatenate([X, X])
    process = process_with(twice, np.concatenate([y, y]), noise=0.0)
    mean, std = process.predict(X)
    assert mean == pytest.approx(y, abs=1e-3)
    assert std == pytest.approx(np.zeros(5), abs=1e-2)


def test_equal_values_do_not_break_the_fit():
    X = data(8)[0]
    mean, std = fit_gaussian_process(X, np.zeros(8)).predict(X)
    assert mean == pytest.approx(np.zeros(8), abs=1e-12)
    assert np.all(std > 0)


def test_leaving_a_point_out_equals_a_process_without_it():
    X, y = data()
    left_out = process_with(X, y).leave_one_out()
    for place in range(len(X)):
        others = np.arange(len(X)) != place
        mean = theirs_with(X[others], y[others]).predict(X[[place]])
        assert left_out[place] == pytest.approx(mean[0], abs=1e-6)


def test_a_noise_that_is_given_is_not_learned():
    X, y = data()
    assert fit_gaussian_process(X, y, noise=0.3).noise == pytest.approx(0.3)


def test_without_noise_nothing_is_uncertain_at_the_points():
    X, y = data()
    mean, std = fit_gaussian_process(X, y, noise=0.0).predict(X)
    assert mean == pytest.approx(y, abs=1e-3)
    assert std == pytest.approx(np.zeros(len(X)), abs=1e-3)


def test_of_many_points_the_lowest_and_the_latest_teach_the_hyperparameters():
    X, y = data(60)
    learned = np.sort(np.concatenate([np.argsort(y[:50], kind="stable")[:10], np.arange(50, 60)]))
    some = fit_gaussian_process(X, y, most=20)
    alone = fit_gaussian_process(X[learned], y[learned])
    assert some.lengthscales.tolist() == alone.lengthscales.tolist()
    assert len(some.X) == 60


# --- acquisitions ---------------------------------------------------------------------------------


def log_h_by_integration(z):
    """Returns log h(z) from h(z) = ∫ u φ(u − z) du over u > 0 = φ(z) ∫ u exp(z u − u²/2) du.

    φ(z) is outside the integral, so that nothing underflows.
    """
    scale = 1.0 / max(-z, 1.0)  # the integrand's width where z is far below 0
    integral, _ = integrate.quad(
        lambda u: u * np.exp(z * u - 0.5 * u**2),
        0.0,
        max(z, 0.0) + 40.0 * scale,
        epsabs=0.0,
        epsrel=1e-12,
        limit=200,
    )
    return stats.norm.logpdf(z) + np.log(integral)


@pytest.mark.parametrize("z", [8.0, 3.0, 1.0, 0.0, -0.5, -0.999, -1.0, -1.001, -5.0, -30.0, -300.0])
def test_log_h_equals_numerical_integration(z):
    assert log_h(z) == pytest.approx(log_h_by_integration(z), rel=1e-9, abs=1e-9)


def test_log_h_at_zero_is_the_density_at_zero():
    assert log_h(0.0) == pytest.approx(-0.5 * np.log(2.0 * np.pi))


@pytest.mark.parametrize("z", [-1e4, -1e5, -1e6, -1e7, -1e9])
def test_log_h_far_out_equals_its_asymptotic_series(z):
    # h(z) = φ(z) z⁻² (1 − 3 z⁻² + …), Abramowitz & Stegun 1964, 26.2.12
    series = stats.norm.logpdf(z) - 2.0 * np.log(-z) + np.log1p(-3.0 / z**2)
    assert log_h(z) == pytest.approx(series, rel=1e-12)


@pytest.mark.parametrize("seam", [-1.0, -1e6])
def test_log_h_has_no_jump_where_its_formulas_meet(seam):
    below, above = log_h(np.nextafter(seam, -np.inf)), log_h(np.nextafter(seam, np.inf))
    assert below == pytest.approx(above, rel=1e-12)


def test_log_h_is_an_array_of_the_same_shape():
    z = np.array([[-2e6, -5.0], [0.0, 4.0]])
    assert log_h(z).tolist() == [[log_h(each).item() for each in row] for row in z]


def improvement(mean, std, best):
    """Returns E[max(best − f, 0)] for a normal f, by integration."""
    width = 12.0 * std
    integral, _ = integrate.quad(
        lambda f: (best - f) * stats.norm.pdf(f, mean, std), min(mean - width, best), best
    )
    return integral


def test_log_ei_is_the_logarithm_of_the_expected_improvement():
    X, y = data()
    best = y.min()
    Z = data(10, seed=1)[0]
    mean, std = theirs_with(X, y).predict(Z, return_std=True)
    expected = [np.log(improvement(m, s, best)) for m, s in zip(mean, std, strict=True)]
    found = Acquisition("log_ei", process_with(X, y), best=best)(Z)
    assert found == pytest.approx(expected, abs=1e-4)


def test_the_other_acquisitions_are_made_of_scikit_learns_predictions():
    X, y = data()
    Z = data(10, seed=1)[0]
    mean, std = theirs_with(X, y).predict(Z, return_std=True)
    process = process_with(X, y)
    assert Acquisition("ucb", process, beta=1.5)(Z) == pytest.approx(1.5 * std - mean, abs=1e-6)
    assert Acquisition("uncertainty", process)(Z) == pytest.approx(std, abs=1e-6)


@pytest.mark.parametrize("best", [0.5, -1.5, -30.0])  # from easy to improve on to hopeless
@pytest.mark.parametrize("name", ACQUISITIONS)
def test_the_gradient_of_an_acquisition_equals_finite_differences(name, best):
    X, y = data()
    acquisition = Acquisition(name, process_with(X, y), best=best, beta=2.0)
    Z = data(10, seed=2)[0]
    values, gradients = acquisition.with_gradient(Z)
    assert values == pytest.approx(acquisition(Z), rel=1e-9)
    for z, gradient in zip(Z, gradients, strict=True):
        numeric = approx_fprime(z, lambda p: acquisition(p[np.newaxis])[0], 1e-7)
        assert gradient == pytest.approx(numeric, rel=1e-3, abs=1e-4)


def test_log_ei_still_has_a_gradient_where_the_improvement_underflows():
    X, y = data()
    process = process_with(X, y, noise=1e-6)
    near = X[np.argmax(y)] + 1e-3  # beside the worst point, where little is unknown
    mean, std = process.predict(near[np.newaxis])
    assert stats.norm.cdf((y.min() - mean) / std) == 0.0  # EI itself would be flat
    gradient = Acquisition("log_ei", process, best=y.min()).with_gradient(near[np.newaxis])[1]
    assert np.all(np.isfinite(gradient))
    assert np.linalg.norm(gradient) > 1.0


def test_a_belief_is_a_normal_density_and_its_weight_multiplies_the_logarithm():
    centre, spread = np.array([0.2, 0.9]), np.array([0.1, 0.4])
    Z = data(6, columns=2, seed=1)[0]
    density = stats.norm(centre, spread)
    expected = 3.0 * (density.logpdf(Z) - density.logpdf(centre)).sum(axis=1)
    belief = Belief(centre, 1 / spread**2, weight=3.0)
    assert belief(Z)[0] == pytest.approx(expected)
    for z, gradient in zip(Z, belief(Z)[1], strict=True):
        numeric = approx_fprime(z, lambda p: belief(p[np.newaxis])[0][0], 1e-7)
        assert gradient == pytest.approx(numeric, rel=1e-3, abs=1e-4)


def test_an_acquisition_with_a_belief_is_their_sum():
    X, y = data()
    Z = data(6, seed=1)[0]
    belief = Belief(np.full(3, 0.5), np.array([0.0, 4.0, 9.0]), weight=2.0)
    alone = Acquisition("log_ei", process_with(X, y), best=0.0)
    believing = Acquisition("log_ei", process_with(X, y), best=0.0, belief=belief)
    assert believing(Z) == pytest.approx(alone(Z) + belief(Z)[0])
    assert believing.with_gradient(Z)[1] == pytest.approx(alone.with_gradient(Z)[1] + belief(Z)[1])


# --- where an acquisition is highest --------------------------------------------------------------


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_a_climb_ends_at_least_as_high_as_a_fine_grid(name):
    X, y = data(10, columns=2)
    acquisition = Acquisition(name, fit_gaussian_process(X, y), best=y.min())
    start = candidates(X[np.argsort(y)], np.full(2, 0.1), np.random.default_rng(0))
    axis = np.linspace(0, 1, 101)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    points = climb(acquisition, start)
    assert acquisition(points[:1])[0] >= acquisition(grid).max() - 1e-6
    assert np.all((points >= 0) & (points <= 1))


def test_the_candidates_near_known_points_are_near_the_best_five():
    centres = np.linspace(0.05, 0.95, 19)[:, np.newaxis] * np.ones(3)
    near = candidates(centres, np.full(3, 1e-6), np.random.default_rng(0))[512:]
    nearest = np.abs(near[:, np.newaxis] - centres).max(axis=2).min(axis=1)
    assert nearest.max() < 1e-4
    assert near.max() < 0.3  # the five best are 0.05 to 0.25


# --- trials that were stopped early ---------------------------------------------------------------


def test_a_curve_is_looked_at_after_its_halvings():
    places, shares, values = curve_rows([np.array([5.0, 3.0, 4.0, 2.0]), np.array([1.0])])
    assert places.tolist() == [0, 0, 0, 1]
    assert values.tolist() == [5.0, 3.0, 2.0, 1.0]  # the best up to 1, 2, 4 epochs; 1 epoch
    assert shares == pytest.approx(np.log([2, 3, 5, 2]) / np.log(5))


def test_a_process_at_full_length_is_the_process_where_the_last_column_is_one():
    X, y = data()
    process = process_with(X, y)
    Z = data(6, columns=2, seed=1)[0]
    whole = np.concatenate([Z, np.ones((6, 1))], axis=1)
    seen = AtFullLength(process)
    assert seen.predict(Z)[1].tolist() == process.predict(whole)[1].tolist()
    assert seen.predict_with_gradient(Z)[2].tolist() == (
        process.predict_with_gradient(whole)[2][:, :2].tolist()
    )


def test_what_ended_by_itself_stays_at_its_best_and_what_failed_is_the_worst():
    short, stopped, long, failed, diverged = [2.0, 3.0], [5.0], [4.0, 3.0, 2.5], [], [1.0, np.nan]
    curves = [np.array(each) for each in (short, stopped, long, failed, diverged)]
    full = full_curves(curves, [False, True, False, False, False])
    assert [curve.tolist() for curve in full] == [
        [2.0, 3.0, 2.0],
        [5.0],
        [4.0, 3.0, 2.5],
        [5.0, 5.0, 5.0],
        [1.0, 5.0, 1.0],
    ]
