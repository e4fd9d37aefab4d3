"""The oracle of a search that was run before, from its folder alone."""

import keras_tuner

import tuners.oracles
from recipes.errors import FolderError, describe
from tuners.oracles.base import Oracle, arguments_of
from tuners.results import read_search


def open_oracle(source):
    """Returns the oracle of a search, with its trials. Nothing is written.

    Args:
        source: A tuner or an oracle of ours, whose oracle is returned as it is; or a folder, as in
            `tuners.results.read_search`. The journal names the kind of the oracle, its objective,
            its constraints, its seed and its other arguments; those that it does not name have
            their defaults.

    Raises:
        FolderError: If the folder holds no search, or one of an oracle that is not in
            `tuners.oracles`.
    """
    oracle = getattr(source, "oracle", source)
    if isinstance(oracle, Oracle):
        return oracle
    search = read_search(source)
    if search.oracle not in tuners.oracles.__all__:
        rule = "the search must be one of an oracle of this package"
        raise FolderError(describe("open_oracle", rule, oracle=search.oracle, folder=str(source)))
    kind = getattr(tuners.oracles, search.oracle)
    objectives = [keras_tuner.Objective(*each) for each in search.directions.items()]
    objective = objectives if len(objectives) > 1 else objectives[0]
    given = {key: value for key, value in search.options.items() if value is not None}
    oracle = kind(**arguments_of(kind, {**given, "objective": objective, "seed": search.seed}))
    own = getattr(oracle, "constraint", None)  # of a binary search, which looks after it itself
    oracle.constraints = tuple(each for each in search.constraints if each != own)
    oracle._set_project_dir(str(search.folder.parent), search.folder.name)
    oracle.reload()
    return oracle
