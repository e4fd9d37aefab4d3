from . import blocks as blocks
from .cost.profile import Profile as Profile
from .cost.profile import profile as profile
from .cost.size import suggest_size as suggest_size
from .data.datasets import load_dataset as load_dataset
from .data.splits import split_data as split_data
from .diagnosis.curves import Diagnosis as Diagnosis
from .diagnosis.curves import diagnose as diagnose
from .graph.callback import GraphCheck as GraphCheck
from .graph.check import check_graph as check_graph
from .graph.export import export_graph as export_graph
from .graph.findings import Finding as Finding
from .graph.findings import GraphReport as GraphReport
from .models.fcn import build_fcn as build_fcn
from .models.mlp import build_mlp as build_mlp
from .models.pretrained import freeze as freeze
from .models.pretrained import unfreeze as unfreeze
from .models.resnet import build_resnet as build_resnet
from .models.rnn import build_rnn as build_rnn
from .models.saved import load_model as load_model
from .models.unet import build_unet as build_unet
from .recommended import recommend as recommend
from .seeds import set_seed as set_seed
from .training.fit import Run as Run
from .training.fit import fit as fit
from .training.recipe import Recipe as Recipe

__version__: str
