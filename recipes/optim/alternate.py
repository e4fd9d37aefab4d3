"""`AlternateRegularization`: one epoch regularised, one not (guide row 69)."""

import functools

import keras
from keras import ops

from recipes import keras_compat
from recipes.errors import ArgumentError, describe

_NOISES = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
    keras.layers.AlphaDropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
)
_MASKS = ("get_dropout_mask", "get_recurrent_dropout_mask")  # of recurrent cells


class AlternateRegularization(keras.callbacks.Callback):
    """Regularises every other epoch, beginning with the first.

    In the epochs between, penalties, the optimiser's weight decay and dropout are off, that within
    recurrent layers too. A variable turns them off and on, so that nothing is traced anew, and the
    count follows the number of the epoch: a training that goes on with `initial_epoch` needs no
    state. The validation loss has its penalties in every epoch, so that epochs can be compared. At
    the end of the training all is as it was before.

    The tip is the guide's; no measurement of ours says that it helps.

    Attributes:
        switch: The `keras.Variable`: 1 in regularised epochs, 0 in the others.

    Raises:
        ArgumentError: When the training begins, if the model has no regularisation.

    Example:

        model = build_mlp((30,), 2, regularize=2)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, callbacks=[AlternateRegularization()])
    """

    def __init__(self):
        super().__init__()
        self.switch = keras.Variable(1.0, trainable=False, dtype="float32", name="regularized")
        self._share = 1.0  # of the present epoch
        self._undo = []  # functions that take the switch out again

    def on_train_begin(self, logs=None):
        """Puts the switch into every penalty, dropout and weight decay of the model."""
        self._take_out()  # what a training that was interrupted has left
        self.switch.assign(1.0)
        for variable in self.model.trainable_variables:
            self._switch_penalty(variable, "regularizer")
        for layer in keras_compat.all_layers(self.model):
            self._switch_penalty(layer, "activity_regularizer")
            self._switch_noise(layer)
        if keras_compat.inner_optimizer(self.model.optimizer).weight_decay:
            undo = keras_compat.scale_weight_decay(self.model.optimizer, self.switch)
            self._undo.append(undo)
        if not self._undo:
            rule = "there must be a penalty, a weight decay or a dropout that can be turned off"
            hint = "Give the model regularize=… or dropout=…."
            name = self.model.name
            raise ArgumentError(describe("AlternateRegularization", rule, hint, model=name))
        self.model.make_train_function(force=True)

    def on_epoch_begin(self, epoch, logs=None):
        """Turns the regularisation on in even epochs, counted from 0, and off in odd ones."""
        self._share = float(epoch % 2 == 0)
        self.switch.assign(self._share)

    def on_test_begin(self, logs=None):
        """Turns it on for the validation loss."""
        self.switch.assign(1.0)

    def on_test_end(self, logs=None):
        """Turns it back to what the epoch has."""
        self.switch.assign(self._share)

    def on_train_end(self, logs=None):
        """Takes the switch out of the model."""
        self._take_out()
        self.model.train_function = self.model.test_function = None  # traced with the switch

    def _take_out(self):
        while self._undo:
            self._undo.pop()()

    def _switch_penalty(self, owner, name):
        """Multiplies the penalty of a variable, or of a layer's output."""
        penalty = getattr(owner, name, None)
        if penalty is not None:
            setattr(owner, name, lambda value: penalty(value) * ops.cast(self.switch, value.dtype))
            self._undo.append(lambda: setattr(owner, name, penalty))

    def _switch_noise(self, layer):
        """Chooses between what a dropout gives and what it was given."""
        if isinstance(layer, _NOISES):
            self._replace(layer, "call", lambda inputs, noisy: inputs)
        for name in _MASKS:
            if hasattr(layer, name):  # a recurrent cell: a mask of ones drops nothing
                self._replace(layer, name, lambda inputs, noisy: ops.ones_like(noisy))

    def _replace(self, layer, name, plain):
        """Puts a method in place of a layer's own that does the same in regularised epochs alone.

        Args:
            layer: A layer.
            name: Name of its method.
            plain: A function of (input, output of the own method) that gives the output of the
                other epochs.
        """
        own = getattr(layer, name)

        @functools.wraps(own)
        def method(inputs, *args, **kwargs):
            noisy = own(inputs, *args, **kwargs)
            return keras.tree.map_structure(
                lambda part: ops.where(self.switch > 0.5, part, plain(inputs, part)), noisy
            )

        setattr(layer, name, method)
        self._undo.append(lambda: delattr(layer, name))
