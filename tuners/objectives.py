"""Several objectives at once: which trials are dominated, and in which order to rank them.

| symbol | meaning |
|---|---|
| n | number of points |
| m | number of objectives |
| costs | array of shape (n, m): the objectives, each to be minimised |

Point a dominates point b if it is nowhere worse and somewhere better. Equal points do not dominate
each other. Sorting and crowding are those of Deb, Pratap, Agarwal & Meyarivan 2002 (NSGA-II).
"""

import numpy as np

_RHO = 0.05  # the weight of the sum in ParEGO's scalarisation (Knowles 2006, section II-B)


def dominates(costs):
    """Returns which point dominates which.

    Args:
        costs: Array of shape (n, m).

    Returns:
        Array of bool of shape (n, n): [a, b] is True if point a dominates point b.
    """
    costs = np.asarray(costs, dtype=float)
    nowhere_worse = (costs[:, None] <= costs[None]).all(axis=2)
    somewhere_better = (costs[:, None] < costs[None]).any(axis=2)
    return nowhere_worse & somewhere_better


def non_dominated_ranks(costs):
    """Returns the front of each point: 0 for the Pareto front, 1 for that of the rest, and so on.

    Args:
        costs: Array of shape (n, m).

    Returns:
        Array of int of shape (n,).
    """
    beaten_by = dominates(costs)
    ranks = np.full(len(beaten_by), -1)
    for rank in range(len(ranks)):
        left = ranks < 0
        if not left.any():
            break
        ranks[left & ~beaten_by[left].any(axis=0)] = rank
    return ranks


def crowding_distances(costs):
    """Returns how much room each point of one front has around it (section III-B).

    Per objective the distance between a point's two neighbours, as a share of the objective's
    range; the sum over the objectives. The ends of each objective have all the room there is.

    Args:
        costs: Array of shape (n, m).

    Returns:
        Array of shape (n,); inf at the ends.
    """
    costs = np.asarray(costs, dtype=float)
    room = np.zeros(len(costs))
    for column in costs.T:
        order = np.argsort(column, kind="stable")
        width = column[order[-1]] - column[order[0]]
        room[order[[0, -1]]] = np.inf
        if width > 0:
            room[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / width
    return room


def pareto_order(costs, violations=None):
    """Returns the points from the best to the worst.

    What breaks no constraint comes first, by front and then by room (crowding); what breaks one
    follows, the least violation first (Deb 2000).

    Args:
        costs: Array of shape (n, m), finite.
        violations: Array of shape (n,), 0 where every constraint holds; None for no constraints.

    Returns:
        Array of int of shape (n,): the numbers of the points. Equal ones keep their order.
    """
    costs = np.asarray(costs, dtype=float)
    violations = np.zeros(len(costs)) if violations is None else np.asarray(violations, dtype=float)
    feasible = np.flatnonzero(violations == 0)
    ranks, room = np.zeros(len(costs), dtype=int), np.zeros(len(costs))
    ranks[feasible] = non_dominated_ranks(costs[feasible])
    for rank in range(ranks.max(initial=-1) + 1):
        front = feasible[ranks[feasible] == rank]
        if len(front):
            room[front] = crowding_distances(costs[front])
    return np.lexsort((-room, ranks, violations))


def chebyshev(costs, weights):
    """Returns one cost for several objectives: the augmented weighted Chebyshev norm of ParEGO.

    Each objective is scaled to [0, 1] by its range among the points. Whatever the weights, the
    lowest point is on the Pareto front, and each point of a front, convex or not, is the lowest for
    some weights (Knowles 2006, equation 2).

    Args:
        costs: Array of shape (n, m), finite.
        weights: Array of shape (m,), each at least 0, with the sum 1.

    Returns:
        Array of shape (n,).
    """
    costs = np.asarray(costs, dtype=float)
    low, width = costs.min(axis=0), np.ptp(costs, axis=0)
    scaled = (costs - low) / np.where(width > 0, width, 1)
    weighted = scaled * np.asarray(weights, dtype=float)
    return weighted.max(axis=1) + _RHO * weighted.sum(axis=1)


def penalised(costs, violations):
    """Returns costs in which whatever breaks a constraint is worse than all that breaks none.

    Deb 2000, equation 4: the worst feasible cost plus the violation, here in units of the feasible
    costs' range, so that a model of the costs finds its way to where the constraints hold.

    Args:
        costs: Array of shape (n,), finite.
        violations: Array of shape (n,), 0 where every constraint holds.

    Returns:
        Array of shape (n,).
    """
    costs, violations = np.asarray(costs, dtype=float), np.asarray(violations, dtype=float)
    feasible = violations == 0
    if feasible.all():
        return costs
    most = violations[np.isfinite(violations)].max(initial=1.0)
    finite = np.minimum(violations, 10 * most)
    if not feasible.any():
        return finite
    worst, width = costs[feasible].max(), np.ptp(costs[feasible])
    return np.where(feasible, costs, worst + (width if width > 0 else 1) * finite)
