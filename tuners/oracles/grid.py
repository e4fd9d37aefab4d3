"""Grid search: every setting of a grid, once (guide row 76)."""

from recipes.errors import check_integer
from recipes.words import plural
from tuners.grids import Grid
from tuners.oracles.base import Oracle, arguments_of
from tuners.space import Space, setting_key


class GridSearchOracle(Oracle):
    """Suggests the settings of a grid one after the other, the last parameter the fastest.

    A choice and a number with steps have all their values, a number without steps `points` of them,
    evenly on its own scale, from the minimum to the maximum. Where the user set defaults, these are
    the first trial. What is conditional is not multiplied by what it excludes, and a grid of any
    size costs no memory.

    Args:
        objective: As in `keras_tuner.oracles.GridSearchOracle`, and so all up to `points`.
        max_trials: The number of trials, at most; None for the whole grid.
        seed: A whole number of at least 0, or None; a grid needs none.
        hyperparameters: Search space, or None.
        allow_new_entries: Whether the model may ask for more hyperparameters.
        tune_new_entries: Whether these are tuned.
        max_retries_per_trial: How often a trial that failed is tried again.
        max_consecutive_failed_trials: After how many failures in a row the search gives up.
        points: How many values a number without steps has, at least 2.
    """

    def __init__(
        self,
        objective=None,
        max_trials=None,
        seed=None,
        hyperparameters=None,
        allow_new_entries=True,
        tune_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        points=10,
    ):
        super().__init__(**arguments_of(Oracle, locals()))
        self.points = check_integer(type(self).__name__, "points", points, 2)
        self._begin()

    def suggest(self, space, number, tried):
        """Returns the first setting of the grid that was not tried."""
        grid = self._grid(space)
        while self._place < grid.size:
            setting = grid.setting(self._place)
            if setting_key(setting) not in tried:
                return setting
            self._place += 1
        return None

    @property
    def size(self):
        """How many settings a whole search tries: the grid, and defaults beside it."""
        space = Space(self.hyperparameters)
        grid = Grid(space, self.points)
        return grid.size + (space.has_own_defaults() and space.defaults() not in grid)

    def cost(self, epochs=None, executions=1):
        """Returns what the search costs, as a sentence.

        Args:
            epochs: Epochs of each training, or None where these are not known.
            executions: Trainings of each trial.
        """
        grid, trials = Grid(Space(self.hyperparameters), self.points), self.size
        shown = f"{_in_words(grid)} settings" + (" and the defaults" if trials > grid.size else "")
        if self.max_trials and self.max_trials < trials:
            shown += f", of which max_trials={self.max_trials} allows {self.max_trials:,}"
            trials = self.max_trials
        left = max(trials - len(self.end_order), 0)
        verb = "is" if left == 1 else "are"
        shown += f": {plural(left, 'trial')}" + (f" {verb} left" if self.end_order else "")
        return f"GridSearch: {shown}{_training(left * executions, executions, epochs)}."

    # --- steps ------------------------------------------------------------------------------------

    def _grid(self, space):
        """Returns the grid; a space that has grown is gone through from its beginning."""
        configuration = repr([hp.get_config() for hp in space.everything])
        if configuration != self._configuration:
            self._configuration, self._place = configuration, 0
            self._known_grid = Grid(space, self.points)
        return self._known_grid

    def _begin(self):
        self._configuration, self._known_grid = None, None
        self._place = 0  # all settings of the grid before this one were tried

    def _forget(self):
        super()._forget()
        self._begin()


def _in_words(grid):
    """Returns `4 × 3 = 12`, or the number alone where it is no product."""
    factors = " × ".join(f"{length:,}" for length in grid.lengths)
    is_product = grid.is_product and len(grid.lengths) > 1
    return f"{factors} = {grid.size:,}" if is_product else f"{grid.size:,}"


def _training(runs, executions, epochs):
    """Returns what so many trainings cost, as the end of a sentence."""
    each = f" of {executions} trainings" if executions > 1 else ""
    if epochs is None:
        return each
    joint = ", each" if executions > 1 else ""
    return f"{each}{joint} of {plural(epochs, 'epoch')}, {plural(runs * epochs, 'epoch')} in all"
