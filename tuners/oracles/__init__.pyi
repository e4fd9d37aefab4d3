from .base import Oracle as Oracle
from .bayesian import BayesianOptimizationOracle as BayesianOptimizationOracle
from .grid import GridSearchOracle as GridSearchOracle
from .random import RandomSearchOracle as RandomSearchOracle
