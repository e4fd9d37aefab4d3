"""Curves by formula: what a verdict is in its purest form, with and without noise.

n     epochs
e     epoch, from 1
c     share of the loss of a model that knows nothing
"""

import math

import numpy as np

_DIGITS = 5  # significant digits of a loss that are kept


def made_curves():
    """Yields dicts as `record.record` returns them; both halves have every verdict."""
    for half, n, noise, seed in (("set", 30, 0.003, 100), ("held", 27, 0.007, 400)):
        generator = np.random.default_rng(seed)
        e = np.arange(1, n + 1)
        for name, answer, train, validation, options in _shapes(e, n, half):
            pair = [
                _with_noise(c, noise * options.get("noise", 1), generator)
                for c in (train, validation)
            ]
            yield _entry(f"{name} ({half})", half, answer, pair, options)


def _with_noise(c, noise, generator):
    """Returns a curve with noise: a share of each value, as losses have it."""
    return c * (1 + generator.normal(0, noise, len(c)))


def _entry(name, half, answer, pair, options):
    classes = options.get("classes", 10 if half == "set" else 1000)
    scale = options.get("scale", math.log(classes) if classes else 4.0)
    curves = dict(zip(("loss", "val_loss"), pair, strict=True))
    told = {
        key: options[key] for key in ("epochs", "steps_per_epoch", "bn_momentum") if key in options
    }
    return {
        "name": name,
        "half": half,
        "answers": [answer],
        "arguments": {
            "num_classes": classes,
            "reference": None if classes else scale,
            "learning_rate": 0.1,
            **told,
        },
        "history": {key: [_rounded(v) for v in c * scale] for key, c in curves.items()},
    }


def _rounded(value):
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else str(float(value))


def _decay(e, epochs, start=1.0, end=0.0):
    """Returns an exponential fall from `start` to `end` with a time constant in epochs."""
    return end + (start - end) * np.exp(-e / epochs)


def _shapes(e, n, half):
    """Yields (name, verdict, training curve, validation curve, options)."""
    fast, bend = n / 12, half == "held"
    train = _decay(e, fast, 0.9, 0.01)
    yield "exponential to nothing", "done", train, _decay(e, fast, 0.95, 0.06), {}
    yield "squared error to nothing", "done", train, _decay(e, fast, 0.95, 0.05), {"classes": None}
    rise = 0.008 * np.maximum(e - n / 3, 0)
    yield "validation turns up", "overfitting", train, _decay(e, fast, 0.95, 0.3) + rise, {}
    flat = _decay(e, fast, 0.95, 0.45 if bend else 0.35)
    yield "validation stays high", "overfitting", train, flat, {}
    half_way = _decay(e, fast * 2, 0.95, 0.25)
    turned = _decay(e, fast, 1.0, 0.4) + 0.6 * rise
    yield "validation turns up early", "overfitting", half_way, turned, {}
    level = 0.55 if bend else 0.4
    plateau = _decay(e, fast, 1.0, level)
    yield "both stay high", "underfitting", plateau, plateau + 0.02, {}
    yield "squared error stays high", "underfitting", plateau, plateau + 0.01, {"classes": None}
    line = 1.0 - (0.25 if bend else 0.15) * e / n
    yield "straight line", "rate too small", line, line + 0.01, {"noise": 0.2}
    slow = _decay(e, n * (2.0 if bend else 3.0), 1.0)
    yield "slow exponential", "rate too small", slow, slow + 0.01, {"noise": 0.2}
    falling = _decay(e, n / (2.2 if bend else 2.5), 0.9, 0.03)
    yield "ended while it falls", "still improving", falling, falling + 0.03, {"noise": 0.5}
    late = 1.0 / (1 + np.exp((e - 0.8 * n) / (0.08 * n)))
    yield "falls late", "still improving", 0.2 + 0.75 * late, 0.24 + 0.73 * late, {"noise": 0.3}
    swing = np.where(e % 2, 1.0, -1.0) * np.sqrt(e / n)
    wild = 0.8 + 0.25 * swing + 0.1 * np.sin(e)
    yield "swings about a guess", "rate too large", wild, wild + 0.05 * np.cos(3 * e), {}
    stuck = 1.02 + 0.04 * np.sin(2.5 * e) + (0.6 if bend else 0.3) * np.exp(-e)
    yield "trembles at a guess", "rate too large", stuck, 1.02 + 0.03 * np.cos(1.7 * e), {}
    blown = np.where(e > n // 3, np.nan, _decay(e, fast, 1.0, 0.3) + 0.02 * e)
    yield "turns into NaN", "diverged", blown, blown, {}
    yield "explodes", "diverged", np.exp(0.4 * e), np.exp(0.42 * e), {}
    zigzag = 0.12 * np.where(e % 3 == 0, 1.0, -0.4)
    noisy = _decay(e, fast, 0.9, 0.28) + (0.8 if bend else 1.0) * zigzag
    yield "validation jumps", "noisy", _decay(e, fast, 0.9, 0.14), noisy, {}
    few = e <= max(n // 15, 2)
    begin = _decay(e, fast, 0.95, 0.1)[few]
    yield "two epochs of many", "too early to tell", begin, begin + 0.05, {"epochs": n}
    delayed = np.full(n, 0.99) - 0.002 * e
    short = delayed[: n // 8]
    yield "flat at first", "too early to tell", short, short, {"epochs": 2 * n}
    lag = _decay(e, 2 * fast, 2.0, 0.3)[: n // 4]
    told = {"steps_per_epoch": 10, "bn_momentum": 0.99}
    yield "validation lags", "too early to tell", train[: n // 4], lag, told
