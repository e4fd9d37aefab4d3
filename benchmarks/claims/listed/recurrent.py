"""Claims on recurrent networks (rows 28, 36, 61, 73)."""

from benchmarks.claims.claim import Claim
from benchmarks.claims.data import DataSet
from benchmarks.claims.listed.common import on_both
from benchmarks.claims.networks import Recurrent
from benchmarks.claims.training import Training
from benchmarks.claims.ways import changed

_ROWS, _PIXELS = DataSet("digit rows"), DataSet("digit pixels")
_TEXT, _LITTLE_TEXT = DataSet("text", 1_000), DataSet("text", 300)
_ADAM = {"optimizer": "adam", "clip_norm": 1.0}

_SIMPLE_ROWS = Training(
    network=Recurrent(cell="simple", units=64), learning_rate=2e-3, epochs=30, **_ADAM
)
_SIMPLE_PIXELS = Training(
    network=Recurrent(cell="simple", units=64), learning_rate=1e-3, epochs=20, **_ADAM
)
_SIMPLE_TEXT = Training(network=Recurrent(cell="simple"), learning_rate=2e-3, epochs=10, **_ADAM)
_LSTM_ROWS = Training(network=Recurrent(units=64), learning_rate=2e-3, epochs=30, **_ADAM)
_LSTM_TEXT = Training(network=Recurrent(), learning_rate=5e-3, epochs=10, **_ADAM)
_OVERFITTING_TEXT = changed(_LSTM_TEXT, epochs=40)


def _pair(data, training, first, second, metric="accuracy"):
    return on_both({data: training}, first, second, metric)


CLAIMS = (
    Claim(
        rows="28",
        says="Dropout of a recurrent network belongs at its input and its output.",
        compared="dropout of 0.3 there against 0.3 on the way from step to step, an LSTM",
        experiments=(
            *_pair(
                _ROWS,
                _LSTM_ROWS,
                {"network__dropout": 0.3},
                {"network__recurrent_dropout": 0.3},
            ),
            *_pair(
                _LITTLE_TEXT,
                _OVERFITTING_TEXT,
                {"network__dropout": 0.3},
                {"network__recurrent_dropout": 0.3},
                "bits",
            ),
        ),
        default="`build_rnn(dropout=…)` drops at input and output alone.",
    ),
    Claim(
        rows="36",
        says="Recurrent networks have tanh.",
        compared="tanh against ReLU, a plain recurrent layer",
        experiments=(
            *_pair(_PIXELS, _SIMPLE_PIXELS, {}, {"network__activation": "relu"}),
            *_pair(_TEXT, _SIMPLE_TEXT, {}, {"network__activation": "relu"}, "bits"),
        ),
        default="tanh in `build_rnn`.",
    ),
    Claim(
        rows="61",
        says="Orthogonal initial weights (SVD) do well in recurrent networks.",
        compared="an orthogonal recurrent kernel against Xavier's, a plain recurrent layer",
        experiments=(
            *_pair(_PIXELS, _SIMPLE_PIXELS, {}, {"network__recurrent": "xavier"}),
            *_pair(_TEXT, _SIMPLE_TEXT, {}, {"network__recurrent": "xavier"}, "bits"),
        ),
        default="Recurrent kernels are orthogonal gate by gate.",
    ),
    Claim(
        rows="73",
        says="A batch size of 1 is good for recurrent networks if time does not matter.",
        compared="batches of 1 against 32, as many passes, the rate of Adam by the root",
        experiments=(
            *_pair(
                _ROWS,
                changed(_LSTM_ROWS, epochs=15),
                {"batch_size": 1, "learning_rate": 2e-3 / 32**0.5},
                {},
            ),
            *_pair(
                _LITTLE_TEXT,
                _LSTM_TEXT,
                {"batch_size": 1, "learning_rate": 5e-3 / 32**0.5},
                {},
                "bits",
            ),
        ),
        default="Batches of 64, fewer where an epoch would have less than 16 steps.",
    ),
)
