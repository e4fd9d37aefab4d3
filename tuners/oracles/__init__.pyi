from .baby_sitting import BabySittingOracle as BabySittingOracle
from .base import Oracle as Oracle
from .bayesian import BayesianOptimizationOracle as BayesianOptimizationOracle
from .binary import BinarySearchOracle as BinarySearchOracle
from .grid import GridSearchOracle as GridSearchOracle
from .hyperband import HyperbandOracle as HyperbandOracle
from .random import RandomSearchOracle as RandomSearchOracle
