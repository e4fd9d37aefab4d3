"""Exports of a model, each loaded again and compared with it (guide row 16)."""

from recipes.graph.export.exports import DEFAULT_FORMATS, Export, export_graph
from recipes.graph.export.formats import FORMATS

__all__ = ["DEFAULT_FORMATS", "FORMATS", "Export", "export_graph"]
