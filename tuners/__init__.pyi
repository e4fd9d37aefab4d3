from . import oracles as oracles
from . import plots as plots
from . import pruning as pruning
from . import results as results
from .choose import choose_search as choose_search
from .engines.ray import RayEngine as RayEngine
from .handed_on import HyperModel as HyperModel
from .handed_on import HyperParameters as HyperParameters
from .handed_on import Objective as Objective
from .handed_on import synchronized as synchronized
from .optuna_studies import from_optuna as from_optuna
from .optuna_studies import to_optuna as to_optuna
from .oracles.base import Oracle as Oracle
from .plan import Plan as Plan
from .search_spaces import SearchSpace as SearchSpace
from .search_spaces import search_space as search_space
from .searches import BabySitting as BabySitting
from .searches import BayesianOptimization as BayesianOptimization
from .searches import BinarySearch as BinarySearch
from .searches import GridSearch as GridSearch
from .searches import Hyperband as Hyperband
from .searches import RandomSearch as RandomSearch
from .tune import Result as Result
from .tune import tune as tune
from .tuner import Tuner as Tuner

__version__: str
