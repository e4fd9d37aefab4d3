"""The half that was held out: other data, other networks and other seeds."""

from benchmarks.curve_set.setup import BIG, ONE, good, row

HELD = (
    *good("held", "rings", rate=1e-2, units=(32, 32), epochs=40, seed=30),
    *good("held", "low or high", rate=2e-3, units=(64,), epochs=30, seed=31, measured=False),
    *good("held", "eight", optimizer="sgd", rate=0.02, units=(32, 32), seed=32),
    *good("held", "saddle", rate=5e-3, units=(64,), epochs=40, activation="tanh", seed=33),
    row(
        "30 samples", "overfitting", "low or high", "held", samples=30, units=BIG, batch=8, seed=30
    ),
    row(
        "half at random", "overfitting", "eight", "held", flipped=0.5, units=BIG, epochs=50, seed=31
    ),
    row(
        "40 samples",
        "overfitting",
        "noisy saddle",
        "held",
        samples=40,
        units=BIG,
        epochs=99,
        seed=32,
    ),
    row("one unit", "underfitting", "eight", "held", units=ONE, rate=3e-2, epochs=99, seed=30),
    row(
        "a straight line", "underfitting", "saddle", "held", units=(), rate=2e-2, epochs=40, seed=31
    ),
    row(
        "a straight line", "underfitting", "rings", "held", units=(), rate=1e-2, epochs=40, seed=32
    ),
    row("ended early", "still improving", "low or high", "held", rate=5e-4, epochs=6, seed=30),
    row(
        "ended early",
        "still improving",
        "saddle",
        "held",
        units=(64,),
        rate=3e-3,
        epochs=4,
        seed=31,
    ),
    row(
        "ended early",
        "still improving",
        "rings",
        "held",
        units=(32, 32),
        rate=3e-3,
        epochs=6,
        seed=32,
    ),
    row("batches of 2", "noisy", "xor", "held", flipped=0.1, rate=1e-2, batch=2, seed=30),
    row(
        "batches of 2", "noisy", "noisy saddle", "held", rate=1e-2, batch=2, units=(24, 24), seed=31
    ),
    row("3 epochs of 50", "too early to tell", "eight", "held", epochs=3, planned=50, seed=30),
    row(
        "normalization lags, 5 epochs of 7 steps",
        "too early to tell",
        "eight",
        "held",
        samples=448,
        norm=0.99,
        units=(64, 64),
        batch=64,
        epochs=5,
        told=True,
        seed=31,
    ),
    row("explodes", "diverged", "saddle", "held", optimizer="sgd", rate=30.0, epochs=10, seed=30),
)
