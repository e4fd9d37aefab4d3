"""All that touches private parts of Keras and TensorFlow; run with Keras 3.14.0 and 3.15.1."""

from recipes.keras_compat.calls import (
    Call,
    Recording,
    first_output,
    recording,
    trace_call,
)
from recipes.keras_compat.compiled import (
    inner_optimizer,
    loss_terms,
    rate_source,
    scale_weight_decay,
)
from recipes.keras_compat.errors import (
    describe_error,
    first_line,
)
from recipes.keras_compat.fused_norms import fusing_norms
from recipes.keras_compat.gradients import (
    release_graphs,
    releasing_graphs,
)
from recipes.keras_compat.graph import (
    all_layers,
    calls_of,
    children,
    consumers,
    feeders,
    functional_part,
    gives_truth_values,
    inputs_structure,
    is_finished_layer,
    is_own,
    leading_steps,
    nodes_in,
    operations_of,
    output_shapes,
    outputs_structure,
    producer,
    takes_training,
)
from recipes.keras_compat.restoring import (
    restoring,
    restoring_names,
    restoring_process,
)
from recipes.keras_compat.weights import (
    copy_state,
    limiting_weights,
    load_weights,
    make_weights,
    save_weights,
)

__all__ = [
    "Call",
    "Recording",
    "all_layers",
    "calls_of",
    "children",
    "consumers",
    "copy_state",
    "describe_error",
    "feeders",
    "first_line",
    "first_output",
    "functional_part",
    "fusing_norms",
    "gives_truth_values",
    "inner_optimizer",
    "inputs_structure",
    "is_finished_layer",
    "is_own",
    "leading_steps",
    "limiting_weights",
    "load_weights",
    "loss_terms",
    "make_weights",
    "nodes_in",
    "operations_of",
    "output_shapes",
    "outputs_structure",
    "producer",
    "rate_source",
    "recording",
    "release_graphs",
    "releasing_graphs",
    "restoring",
    "restoring_names",
    "restoring_process",
    "save_weights",
    "scale_weight_decay",
    "takes_training",
    "trace_call",
]
