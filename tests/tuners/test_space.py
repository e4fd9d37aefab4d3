"""The search space as a box, and random points in it (row 79).

Expected values are worked out by hand, or come from KerasTuner.
"""

import math
import tracemalloc

import keras_tuner as kt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import oracle_in, search

from tuners.space import Space, setting_key

quick = settings(max_examples=50, deadline=None, derandomize=True)


def space_of(declare):
    """Returns the space that a function declares, as a hypermodel would."""
    hp = kt.HyperParameters()
    declare(hp)
    return Space(hp)


def model_choice(hp):
    """Six settings: linear; deep 1; deep 2 and 3, each with and without dropout."""
    hp.Choice("model", ["linear", "deep"])
    with hp.conditional_scope("model", ["deep"]):
        hp.Int("depth", 1, 3)
        with hp.conditional_scope("depth", [2, 3]):
            hp.Boolean("dropout")


SIX_SETTINGS = [
    {"model": "linear"},
    {"model": "deep", "depth": 1},
    {"model": "deep", "depth": 2, "dropout": False},
    {"model": "deep", "depth": 2, "dropout": True},
    {"model": "deep", "depth": 3, "dropout": False},
    {"model": "deep", "depth": 3, "dropout": True},
]

# --- parameters whose values can be counted -------------------------------------------------------

COUNTED = {
    "a float reaches its maximum": (
        lambda hp: hp.Float("x", 0, 0.5, step=0.1),
        [0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
    ),
    "a float whose step misses the maximum stays below it": (
        lambda hp: hp.Float("x", 0.0, 1.0, step=0.3),
        [0.0, 0.3, 0.6, 0.9],
    ),
    "a float below zero": (
        lambda hp: hp.Float("x", -0.2, 0.1, step=0.1),
        [-0.2, -0.1, 0.0, 0.1],
    ),
    "a float with one value": (lambda hp: hp.Float("x", 0.3, 0.3, step=0.1), [0.3]),
    "a float by factors": (
        lambda hp: hp.Float("x", 1e-4, 1e-1, step=10, sampling="log"),
        [1e-4, 1e-3, 1e-2, 1e-1],
    ),
    # 1 + 8 − {8, 4, 2, 1}
    "a float by factors from above": (
        lambda hp: hp.Float("x", 1.0, 8.0, step=2, sampling="reverse_log"),
        [1.0, 5.0, 7.0, 8.0],
    ),
    "an int": (lambda hp: hp.Int("x", 6, 9), [6, 7, 8, 9]),
    "an int with one value": (lambda hp: hp.Int("x", 3, 3), [3]),
    "an int whose step misses the maximum": (
        lambda hp: hp.Int("x", 6, 13, step=3),
        [6, 9, 12],  # the example in KerasTuner's documentation
    ),
    "an int by factors": (
        lambda hp: hp.Int("x", 2, 32, step=2, sampling="log"),
        [2, 4, 8, 16, 32],  # the example in KerasTuner's documentation
    ),
    # 1 + 10 − {8, 4, 2, 1}
    "an int by factors from above": (
        lambda hp: hp.Int("x", 1, 10, step=2, sampling="reverse_log"),
        [3, 7, 9, 10],
    ),
    "a choice of text": (lambda hp: hp.Choice("x", ["b", "a", "c"]), ["b", "a", "c"]),
    "a choice of numbers": (lambda hp: hp.Choice("x", [64, 16, 32]), [64, 16, 32]),
    "a choice of floats": (lambda hp: hp.Choice("x", [0.5, 2.0]), [0.5, 2.0]),
    "a choice of one": (lambda hp: hp.Choice("x", ["only"]), ["only"]),
    "a boolean": (lambda hp: hp.Boolean("x"), [False, True]),
}
counted = pytest.mark.parametrize(("declare", "values"), COUNTED.values(), ids=COUNTED.keys())


@counted
def test_a_countable_parameter_has_the_values_worked_out_by_hand(declare, values):
    found = [setting["x"] for setting in space_of(declare).all_settings()]
    assert found == values  # exactly: 0.3, not 0.30000000000000004
    assert [type(value) for value in found] == [type(value) for value in values]


@counted
def test_each_countable_value_comes_back_from_its_columns(declare, values):
    space = space_of(declare)
    for value in values:
        point = space.encode({"x": value})
        assert point.min() >= 0.0
        assert point.max() <= 1.0
        assert space.decode(point) == {"x": value}


@counted
def test_even_shares_of_the_unit_interval_give_each_countable_value_once(declare, values):
    space = space_of(declare)
    shares = (np.arange(len(values)) + 0.5) / len(values)
    assert [space.from_uniform([share])["x"] for share in shares] == values


@given(
    low=st.floats(1e-15, 1e3),
    step=st.floats(1.5, 10.0),
    count=st.integers(1, 8),
    sampling=st.sampled_from(["linear", "log", "reverse_log"]),
)
@quick
def test_stepped_values_are_all_there_and_within_their_bounds(low, step, count, sampling):
    # The maximum lies half a step above the last value.
    high = low + step * (count - 0.5) if sampling == "linear" else low * step ** (count - 0.5)
    space = space_of(lambda hp: hp.Float("x", low, high, step=step, sampling=sampling))
    values = [setting["x"] for setting in space.all_settings()]
    assert len(values) == count
    assert values == sorted(values)
    assert low <= values[0]
    assert values[-1] <= high
    # Steps are taken from the minimum; on the reversed scale from the maximum.
    if sampling == "reverse_log":
        assert values[-1] == pytest.approx(high, rel=1e-9)
    else:
        assert values[0] == pytest.approx(low, rel=1e-9)


def test_very_small_stepped_values_keep_their_digits():
    space = space_of(lambda hp: hp.Float("epsilon", 1e-14, 1e-10, step=10, sampling="log"))
    values = [setting["epsilon"] for setting in space.all_settings()]
    assert values == pytest.approx([1e-14, 1e-13, 1e-12, 1e-11, 1e-10], rel=1e-9)


def test_an_int_with_a_million_values_is_not_listed():
    hp = kt.HyperParameters()
    hp.Int("x", 0, 1_000_000)
    tracemalloc.start()
    space = Space(hp)
    back = space.decode(space.encode({"x": 123_456}))
    everything = space.all_settings()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (back, everything) == ({"x": 123_456}, None)
    assert peak < 1_000_000  # bytes; two bounds and a step need few


# --- parameters whose values cannot be counted ----------------------------------------------------


@pytest.mark.parametrize(
    ("declare", "share", "value"),
    [
        (lambda hp: hp.Float("x", 0, 10), 0.0, 0.0),
        (lambda hp: hp.Float("x", 0, 10), 0.25, 2.5),
        (lambda hp: hp.Float("x", 0, 10), 1.0, 10.0),
        (lambda hp: hp.Float("x", 1e-4, 1e-2, sampling="log"), 0.5, 1e-3),
        (lambda hp: hp.Float("x", 1e-4, 1e-2, sampling="log"), 1.0, 1e-2),
        # 1 + 100 − √100: most values are near the maximum.
        (lambda hp: hp.Float("x", 1, 100, sampling="reverse_log"), 0.5, 91.0),
        (lambda hp: hp.Float("x", 1, 100, sampling="reverse_log"), 0.0, 1.0),
        (lambda hp: hp.Int("x", 1, 100, sampling="log"), 0.5, 10),
        (lambda hp: hp.Int("x", 1, 100, sampling="reverse_log"), 0.5, 91),
    ],
)
def test_a_share_of_the_way_equals_the_value_worked_out_by_hand(declare, share, value):
    space = space_of(declare)
    assert space.decode([share]) == {"x": pytest.approx(value, rel=1e-12)}
    assert space.encode({"x": value}) == pytest.approx([share], abs=1e-12)
    assert type(space.decode([share])["x"]) is type(value)


@given(
    sampling=st.sampled_from(["linear", "log", "reverse_log"]),
    low=st.floats(1e-6, 10.0),
    width=st.floats(1e-3, 1e3),
    share=st.floats(0.0, 1.0, exclude_max=True),
)
@quick
def test_a_float_without_a_step_lies_where_keras_tuner_puts_it(sampling, low, width, share):
    space = space_of(lambda hp: hp.Float("x", low, low + width, sampling=sampling))
    theirs = kt.engine.hyperparameters.Float("x", low, low + width, sampling=sampling)
    value = space.from_uniform([share])["x"]
    assert value == pytest.approx(theirs.prob_to_value(share), rel=1e-9)
    assert low <= value <= low + width


@given(
    sampling=st.sampled_from(["linear", "log", "reverse_log"]),
    low=st.integers(1, 50),
    width=st.integers(0, 5_000),
    share=st.floats(0.0, 1.0, exclude_max=True),
)
@quick
def test_an_int_without_a_step_lies_where_keras_tuner_puts_it(sampling, low, width, share):
    space = space_of(lambda hp: hp.Int("x", low, low + width, sampling=sampling))
    theirs = kt.engine.hyperparameters.Int("x", low, low + width, sampling=sampling)
    value = space.from_uniform([share])["x"]
    assert type(value) is int
    assert low <= value <= low + width
    # Rounding may put a share that lies between two numbers on the other side.
    assert abs(value - theirs.prob_to_value(share)) <= 1


@pytest.mark.parametrize(
    ("declare", "step"),
    [
        (lambda hp: hp.Int("x", 8, 16_384, step=8), 8),  # 2,048 values
        (lambda hp: hp.Float("x", 0, 5, step=0.001), 0.001),  # 5,001 values
    ],
)
def test_a_step_holds_also_where_its_values_are_many(declare, step):
    space = space_of(declare)
    shares = np.random.default_rng(0).random(100)
    values = [space.decode([share])["x"] for share in shares]
    values += [space.from_uniform([share])["x"] for share in shares]
    assert np.array(values) / step == pytest.approx(np.round(np.array(values) / step), abs=1e-6)


def test_a_point_outside_the_box_is_drawn_to_its_edge():
    space = space_of(lambda hp: (hp.Float("x", 2.0, 3.0), hp.Int("n", 1, 4)))
    assert space.decode([-0.5, 1.7]) == {"x": 2.0, "n": 4}


def test_a_float_with_equal_bounds_has_one_value_in_the_middle_of_its_column():
    space = space_of(lambda hp: hp.Float("x", 0.7, 0.7))
    assert space.decode([0.9]) == {"x": 0.7}
    assert space.encode({"x": 0.7}).tolist() == [0.5]


# --- columns --------------------------------------------------------------------------------------


def test_choices_without_an_order_have_a_column_each():
    space = space_of(lambda hp: hp.Choice("x", ["a", "b", "c"]))
    assert space.encode({"x": "b"}).tolist() == [0.0, 1.0, 0.0]
    assert space.decode([0.2, 0.3, 0.9]) == {"x": "c"}


def test_choices_with_an_order_share_a_column_in_the_order_given():
    space = space_of(lambda hp: hp.Choice("x", [8, 16, 64]))
    assert [space.encode({"x": x}).tolist() for x in (8, 16, 64)] == [[0.0], [0.5], [1.0]]


def test_the_groups_name_the_parameter_of_each_column():
    def declare(hp):
        hp.Float("a", 0, 1)
        hp.Choice("b", ["x", "y", "z"])
        hp.Fixed("c", 7)  # not tunable: no column
        hp.Choice("d", ["x", "y"])  # of two, one column says all
        hp.Choice("e", [1, 2, 3], ordered=False)
        hp.Choice("f", [1, 2, 3])
        hp.Boolean("g")

    assert space_of(declare).groups.tolist() == [0, 1, 1, 1, 2, 3, 3, 3, 4, 5]


def every_kind(hp):
    hp.Float("linear", -1, 1)
    hp.Float("log", 1e-5, 1e-1, sampling="log")
    hp.Float("reverse", 0.5, 0.99, sampling="reverse_log")
    hp.Float("stepped", 0, 0.5, step=0.1)
    hp.Float("factors", 1e-6, 1e-2, step=10, sampling="log")
    hp.Int("int", 3, 17, step=2)
    hp.Int("int_log", 1, 1000, sampling="log")
    hp.Choice("text", ["a", "b", "c", "d"])
    hp.Choice("number", [32, 64, 128])
    hp.Choice("unordered", [1, 5, 3], ordered=False)
    hp.Boolean("boolean")
    hp.Fixed("fixed", "same")
    with hp.conditional_scope("text", ["c", "d"]):
        hp.Float("inner", 0, 1)
        hp.Fixed("inner_fixed", 4)


ALLOWED = {  # what every_kind declares, said once more
    "linear": (float, lambda x: -1 <= x <= 1),
    "log": (float, lambda x: 1e-5 <= x <= 1e-1),
    "reverse": (float, lambda x: 0.5 <= x <= 0.99),
    "stepped": (float, lambda x: x in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)),
    "factors": (float, lambda x: x in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)),
    "int": (int, lambda x: x in (3, 5, 7, 9, 11, 13, 15, 17)),
    "int_log": (int, lambda x: 1 <= x <= 1000),
    "text": (str, lambda x: x in ("a", "b", "c", "d")),
    "number": (int, lambda x: x in (32, 64, 128)),
    "unordered": (int, lambda x: x in (1, 5, 3)),
    "boolean": (bool, lambda x: x in (False, True)),
    "fixed": (str, lambda x: x == "same"),
    "inner": (float, lambda x: 0 <= x <= 1),
    "inner_fixed": (int, lambda x: x == 4),
}


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=12, max_size=12))
@quick
def test_every_point_gives_active_values_within_bounds_and_of_plain_types(point):
    setting = space_of(every_kind).from_uniform(point)
    inner = {"inner", "inner_fixed"} if setting["text"] in ("c", "d") else set()
    assert set(setting) == ALLOWED.keys() - {"inner", "inner_fixed"} | inner
    for name, value in setting.items():
        kind, allowed = ALLOWED[name]
        assert type(value) is kind
        assert allowed(value)


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=12, max_size=12))
@quick
def test_every_setting_comes_back_from_its_columns(point):
    space = space_of(every_kind)
    setting = space.from_uniform(point)
    encoded = space.encode(setting)
    assert encoded.shape == (12 - 2 + 4 + 3,)  # two parameters have a column for each choice
    assert encoded.min() >= 0.0
    assert encoded.max() <= 1.0
    back = space.decode(encoded)
    assert back.keys() == setting.keys()
    for name, value in setting.items():
        # A logarithm and its inverse round; what is counted is exact.
        assert back[name] == (pytest.approx(value, 1e-9) if type(value) is float else value)


def test_a_space_of_fixed_values_has_no_columns():
    space = space_of(lambda hp: (hp.Fixed("a", 1), hp.Fixed("b", "x")))
    assert space.parameters == []
    assert space.groups.tolist() == []
    assert space.all_settings() == [{"a": 1, "b": "x"}]
    assert space.decode([]) == {"a": 1, "b": "x"}
    assert space.encode({"a": 1, "b": "x"}).shape == (0,)


# --- conditions -----------------------------------------------------------------------------------


def test_nested_conditions_leave_the_six_settings_counted_by_hand():
    found = space_of(model_choice).all_settings()
    assert sorted(map(setting_key, found)) == sorted(map(setting_key, SIX_SETTINGS))


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=3, max_size=3))
@quick
def test_inactive_values_are_never_in_a_setting(point):
    space = space_of(model_choice)
    assert space.from_uniform(point) in SIX_SETTINGS
    columns = space.encode(space.from_uniform(point))
    assert space.decode(columns) in SIX_SETTINGS


def test_an_inactive_parameter_has_the_columns_of_its_default():
    def declare(hp):
        hp.Choice("model", ["linear", "deep"])
        with hp.conditional_scope("model", ["deep"]):
            hp.Int("depth", 1, 5, default=2)

    # depth 2 of 1 to 5 is a quarter of the way
    assert space_of(declare).encode({"model": "linear"}).tolist() == [0.0, 0.25]


def test_a_fixed_value_can_be_a_condition():
    def declare(hp):
        hp.Fixed("mode", "fast")
        with hp.conditional_scope("mode", ["fast"]):
            hp.Boolean("on")
        with hp.conditional_scope("mode", ["slow"]):
            hp.Boolean("off")

    assert space_of(declare).all_settings() == [
        {"mode": "fast", "on": False},
        {"mode": "fast", "on": True},
    ]


def same_name_under_two_conditions(hp):
    """KerasTuner knows a parameter by its name and its conditions together."""
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["mlp"]):
        hp.Float("units", 0, 1, default=0.5)
        hp.Choice("activation", ["relu", "tanh"])
    with hp.conditional_scope("model", ["cnn"]):
        hp.Float("units", 10, 20, default=10)
        hp.Choice("activation", ["gelu", "swish"])


def test_one_name_under_two_conditions_is_two_parameters():
    space = space_of(same_name_under_two_conditions)
    setting = {"model": "mlp", "units": 0.25, "activation": "tanh"}
    # The columns of cnn are those of its defaults: the minimum and the first choice.
    assert space.encode(setting).tolist() == [0.0, 0.25, 1.0, 0.0, 0.0]
    assert space.decode(space.encode(setting)) == setting
    setting = {"model": "cnn", "units": 15.0, "activation": "gelu"}
    assert space.encode(setting).tolist() == [1.0, 0.5, 0.0, 0.5, 0.0]
    assert space.decode(space.encode(setting)) == setting


def test_the_neighbours_under_one_of_two_conditions_are_its_own():
    space = space_of(same_name_under_two_conditions)
    setting = {"model": "cnn", "units": 15.0, "activation": "gelu"}
    found = [other for other in space.neighbours(setting) if other["model"] == "cnn"]
    assert found == [{"model": "cnn", "units": 15.0, "activation": "swish"}]


# --- all settings, neighbours, defaults, keys -----------------------------------------------------


def test_the_number_of_all_settings_is_the_product_of_the_numbers_of_values():
    def declare(hp):
        hp.Float("a", 0, 0.5, step=0.1)  # 6
        hp.Int("b", 2, 32, step=2, sampling="log")  # 5
        hp.Boolean("c")  # 2

    found = space_of(declare).all_settings()
    assert len(found) == 60
    assert len(set(map(setting_key, found))) == 60


@pytest.mark.parametrize(
    "declare",
    [
        pytest.param(lambda hp: hp.Float("a", 0, 1), id="infinitely many"),
        pytest.param(lambda hp: (hp.Int("a", 1, 101), hp.Int("b", 1, 100)), id="10,100"),
    ],
)
def test_too_many_settings_are_not_listed(declare):
    assert space_of(declare).all_settings() is None


def test_ten_thousand_settings_are_listed():
    assert len(space_of(lambda hp: (hp.Int("a", 1, 100), hp.Int("b", 1, 100))).all_settings()) == (
        10_000
    )


def test_an_int_on_a_log_scale_without_a_step_has_all_its_whole_numbers():
    space = space_of(lambda hp: hp.Int("x", 1, 4, sampling="log"))
    assert space.all_settings() == [{"x": 1}, {"x": 2}, {"x": 3}, {"x": 4}]


@pytest.mark.parametrize(
    ("declare", "value", "neighbours"),
    [
        (lambda hp: hp.Int("x", 6, 13, step=3), 9, [6, 12]),
        (lambda hp: hp.Int("x", 6, 13, step=3), 6, [9]),
        (lambda hp: hp.Int("x", 6, 13, step=3), 12, [9]),
        (lambda hp: hp.Choice("x", [64, 16, 32]), 16, [64, 32]),  # in the order given
        (lambda hp: hp.Choice("x", ["a", "b", "c"]), "a", ["b", "c"]),
        (lambda hp: hp.Boolean("x"), True, [False]),
        (lambda hp: hp.Float("x", 0, 1), 0.5, []),
    ],
)
def test_the_neighbours_are_one_step_or_another_choice_away(declare, value, neighbours):
    found = space_of(declare).neighbours({"x": value})
    assert [setting["x"] for setting in found] == neighbours


def test_a_neighbour_brings_the_defaults_of_what_it_switches_on():
    found = list(space_of(model_choice).neighbours({"model": "deep", "depth": 1}))
    assert found == [
        {"model": "linear"},
        {"model": "deep", "depth": 2, "dropout": False},
    ]


def test_the_defaults_are_the_active_ones():
    def declare(hp):
        hp.Float("rate", 0, 1, default=0.3)
        hp.Fixed("size", 8)
        hp.Choice("model", ["linear", "deep"], default="deep")
        with hp.conditional_scope("model", ["linear"]):
            hp.Boolean("bias")
        with hp.conditional_scope("model", ["deep"]):
            hp.Int("depth", 1, 5)

    expected = {"rate": 0.3, "size": 8, "model": "deep", "depth": 1}
    assert space_of(declare).defaults() == expected


@pytest.mark.parametrize(
    ("declare", "own"),
    [
        (lambda hp: hp.Float("x", 0.1, 1), False),
        (lambda hp: hp.Float("x", 0.1, 1, default=0.1), False),  # KerasTuner cannot tell these
        (lambda hp: hp.Float("x", 0.1, 1, default=0.2), True),
        (lambda hp: hp.Int("x", 1, 9), False),
        (lambda hp: hp.Int("x", 1, 9, default=9), True),
        (lambda hp: hp.Choice("x", ["a", "b"]), False),
        (lambda hp: hp.Choice("x", ["a", "b"], default="b"), True),
        (lambda hp: hp.Boolean("x"), False),
        (lambda hp: hp.Boolean("x", default=True), True),
        (lambda hp: hp.Fixed("x", 3), False),
        (lambda hp: (hp.Float("x", 0, 1), hp.Int("y", 1, 9, default=4)), True),  # one is enough
    ],
)
def test_a_default_is_the_users_own_where_it_is_not_the_implied_one(declare, own):
    assert space_of(declare).has_own_defaults() is own


def test_the_key_of_a_setting_does_not_depend_on_the_order_of_its_values():
    assert setting_key({"a": 1, "b": "x"}) == setting_key({"b": "x", "a": 1})


def test_settings_that_differ_have_keys_that_differ():
    different = [
        {},
        {"a": 1},
        {"a": 2},
        {"a": "1"},
        {"b": 1},
        {"a": 1, "b": 1},
        {"a": 0.1},
        {"a": math.nextafter(0.1, 1.0)},  # a float is told from the next one
    ]
    assert len(set(map(setting_key, different))) == len(different)


# --- points that are drawn to settings ------------------------------------------------------------


def many_numbers(hp):
    """More numbers than are listed, and one name under two conditions."""
    hp.Int("int", 0, 5000)
    hp.Float("stepped", 0.0, 5.0, step=1e-3)
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", ["a"]):
        hp.Float("x", 0.0, 1.0)
    with hp.conditional_scope("kind", ["b"]):
        hp.Int("x", 3, 6, default=5)


@pytest.mark.parametrize("declare", [every_kind, model_choice, many_numbers])
@given(data=st.data())
@quick
def test_points_are_snapped_to_the_columns_of_their_settings(declare, data):
    space = space_of(declare)
    columns = len(space.groups)
    point = st.lists(st.floats(-0.2, 1.2), min_size=columns, max_size=columns)
    points = np.array(data.draw(st.lists(point, min_size=1, max_size=4)))
    one_by_one = [space.encode(space.decode(point)) for point in points]
    np.testing.assert_allclose(space.snap(points), one_by_one, atol=1e-9)


# --- what is believed of defaults -----------------------------------------------------------------


def own_defaults(hp):
    hp.Float("number", 0.0, 1.0, default=0.5)
    hp.Float("implied", 0.0, 1.0)
    hp.Choice("text", ["a", "b", "c", "d"], default="c")
    hp.Choice("ordered", [1, 2, 3], default=2)
    hp.Boolean("flag", default=True)


def test_the_precision_of_defaults_is_that_worked_out_by_hand():
    # A number has a standard deviation of 0.2: 1 / 0.04. Another choice is 5 times less probable:
    # exp(−½ p · 2) = 1 / 5 with two columns that differ, exp(−½ p) = 1 / 5 with one.
    expected = [25.0, 0.0, *[math.log(5)] * 4, 25.0, 2 * math.log(5)]
    assert space_of(own_defaults).precision() == pytest.approx(expected)
    hp = kt.HyperParameters()
    own_defaults(hp)
    assert Space(hp, marked={"implied"}).precision()[1] == pytest.approx(25.0)
    assert Space(hp, marked=None).precision().tolist() == [0.0] * 8


def test_a_lean_draws_its_share_of_the_values_from_near_the_defaults():
    space = space_of(own_defaults)
    drawn = [space.from_uniform([(k + 0.5) / 10_000] * 5, lean=0.5) for k in range(10_000)]
    shares = {
        "number": np.mean([abs(values["number"] - 0.5) < 0.2 for values in drawn]),
        "implied": np.mean([abs(values["implied"] - 0.5) < 0.2 for values in drawn]),
        "text": np.mean([values["text"] == "c" for values in drawn]),
        "flag": np.mean([values["flag"] for values in drawn]),
    }
    # Within one of the 2.5 standard deviations to each end: 0.6827 / 0.9876 of the half that leans.
    near = 0.5 * 0.6827 / 0.9876 + 0.5 * 0.4
    expected = {"number": near, "implied": 0.4, "text": 0.5 + 0.5 / 4, "flag": 0.5 + 0.5 / 2}
    assert shares == pytest.approx(expected, abs=2e-3)


# --- random search --------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", ["sobol", "uniform"])
def test_nine_random_trials_test_nine_values_of_each_parameter(sampler, tmp_path):
    """Not all parameters matter: a grid of nine tests three values of each (row 79)."""
    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 1e-5, 1e-1, sampling="log")
    oracle = search(oracle_in(tmp_path, hp, sampler=sampler, prior=None), lambda values: 1.0, 9)
    settings = [trial.hyperparameters.values for trial in oracle.trials.values()]
    for name in ("x", "y"):
        assert len({values[name] for values in settings}) == 9


def test_uniform_draws_are_independent_and_those_of_sobol_are_more_even(tmp_path):
    places = {}
    for sampler in ("sobol", "uniform"):
        hp = kt.HyperParameters()
        hp.Float("x", 0.0, 1.0)
        oracle = oracle_in(tmp_path / sampler, hp, sampler=sampler, prior=None)
        search(oracle, lambda values: 1.0, 64)
        values = [trial.hyperparameters.get("x") for trial in oracle.trials.values()]
        places[sampler] = np.unique((np.array(values) * 64).astype(int)).size
    assert places["sobol"] == 64  # of 64 equal cells, each has one
    # Of independent draws 64 (1 − (1 − 1/64)⁶⁴) = 40.6 are expected, with a deviation of 2.5.
    assert 32 <= places["uniform"] <= 49
