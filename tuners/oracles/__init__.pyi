from .base import Oracle as Oracle
from .bayesian import BayesianOptimizationOracle as BayesianOptimizationOracle
from .hyperband import HyperbandOracle as HyperbandOracle
from .random import RandomSearchOracle as RandomSearchOracle
