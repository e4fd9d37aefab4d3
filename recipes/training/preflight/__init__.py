"""All that can be seen wrong before the first step (guide rows 4, 12, 43)."""

from recipes.training.preflight.check import check_data, preflight
from recipes.training.preflight.report import PreflightReport, Problem

__all__ = ["PreflightReport", "Problem", "check_data", "preflight"]
