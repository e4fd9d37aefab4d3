"""The runs that are recorded: each row fixes what its curves must be called.

Every third thing is turned on purpose: the rate times 100 or by 100, 50 samples for a big network,
one unit for ten classes, two samples a batch, an end long before the goal. The half "set" is what
the thresholds were set on; the half "held" has other data, other networks and other seeds.
"""

from benchmarks.curve_set.held_half import HELD
from benchmarks.curve_set.set_half import SET

SETUPS = (*SET, *HELD)
