from .base import Pruner as Pruner
from .base import grace_epochs as grace_epochs
from .brackets import HyperbandBrackets as HyperbandBrackets
from .curve import Curve as Curve
from .halving import SuccessiveHalving as SuccessiveHalving
from .median import MedianRule as MedianRule
from .names import check_pruner as check_pruner
