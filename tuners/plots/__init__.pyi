from .drawn.coverage import plot_coverage as plot_coverage
from .drawn.curves import plot_curves as plot_curves
from .drawn.grid import plot_grid as plot_grid
from .drawn.history import plot_history as plot_history
from .drawn.surrogate import plot_surrogate as plot_surrogate
