from .data.datasets import load_dataset as load_dataset
from .data.splits import split_data as split_data
from .diagnosis.curves import Diagnosis as Diagnosis
from .diagnosis.curves import diagnose as diagnose
from .graph.check import check_graph as check_graph
from .graph.export import export_graph as export_graph
from .graph.findings import Finding as Finding
from .graph.findings import GraphReport as GraphReport
from .models.resnet import build_resnet as build_resnet
from .seeds import set_seed as set_seed
from .training.fit import Run as Run
from .training.fit import fit as fit
from .training.recipe import Recipe as Recipe

__version__: str
