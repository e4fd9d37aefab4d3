"""The learning rate of a model while it is trained, changed alike for a number and a schedule.

Keras refuses to set the rate of an optimiser that has a schedule (`ReduceLROnPlateau` fails there
with a TypeError). Here a schedule is multiplied by a variable instead, which the traced step reads.
"""

import keras
from keras.optimizers import schedules

from recipes import keras_compat
from recipes.errors import ArgumentError, describe


@keras.saving.register_keras_serializable("recipes")
class ScaledSchedule(schedules.LearningRateSchedule):
    """A schedule times a factor that can change while the model is trained.

    Args:
        schedule: A `LearningRateSchedule`.
        scale: The factor to begin with.

    Attributes:
        scale: The factor, a `keras.Variable`.
    """

    def __init__(self, schedule, scale=1.0):
        super().__init__()
        self.schedule = schedule
        self.scale = keras.Variable(scale, trainable=False, dtype="float32", name="scale")

    def __call__(self, step):
        """Returns the rate at a step."""
        return self.schedule(step) * self.scale

    def get_config(self):
        """Returns the arguments as JSON can hold them, with the factor of now."""
        return {"schedule": schedules.serialize(self.schedule), "scale": float(self.scale)}

    @classmethod
    def from_config(cls, config):
        """Makes the schedule of `get_config` anew."""
        return cls(schedules.deserialize(config["schedule"]), config["scale"])


def current_rate(model):
    """Returns the learning rate of the next step, a float."""
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def multiply_rate(model, factor):
    """Multiplies the rate of all coming steps, that of a schedule too.

    Args:
        model: A compiled `keras.Model`.
        factor: A number above 0.

    Raises:
        ArgumentError: If the rate is neither a number nor a schedule.
    """
    variable = open_rate(model)
    variable.assign(float(variable) * factor)


def open_rate(model):
    """Returns the variable with which the rate can be changed; the rate stays as it is.

    Args:
        model: A compiled `keras.Model`; if it has a schedule, this is wrapped, and the training
            step is traced once more if it was traced before.

    Returns:
        A `keras.Variable`: the rate itself, or the factor of a schedule.

    Raises:
        ArgumentError: If the rate is neither a number nor a schedule.
    """
    source = keras_compat.rate_source(model.optimizer)
    if isinstance(source, keras.Variable):
        return source
    if isinstance(source, ScaledSchedule):
        return source.scale
    if not isinstance(source, schedules.LearningRateSchedule):
        rule = "the learning rate must be a number or a LearningRateSchedule"
        name = type(source).__name__
        raise ArgumentError(describe("multiply_rate", rule, learning_rate=name))
    scaled = ScaledSchedule(source)
    model.optimizer.learning_rate = scaled
    if int(model.optimizer.iterations):
        model.make_train_function(force=True)  # the old step knows the schedule alone
    return scaled.scale
