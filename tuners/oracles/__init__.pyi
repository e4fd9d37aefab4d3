from .base import Oracle as Oracle
from .bayesian import BayesianOptimizationOracle as BayesianOptimizationOracle
from .random import RandomSearchOracle as RandomSearchOracle
