"""The graph that TensorBoard shows, read back from its event file (guide row 16)."""

import dataclasses

import markdown
import pytest
from graph_models import dead_chain, nested_model, stopped_chain
from graph_models.connected import layer_never_called
from graph_models.cuts import stopped_in_a_nested_model
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from recipes import build_resnet, check_graph
from recipes.errors import FolderError
from recipes.graph.findings import Finding, GraphReport, LayerNode


def read(logdir):
    events = EventAccumulator(str(logdir))
    events.Reload()
    return events


def graph_of(report, logdir):
    report.write_tensorboard(logdir)
    return {node.name: node for node in read(logdir).Graph().node}


def nodes_of(builder, logdir):
    return graph_of(check_graph(builder, level="trace"), logdir)


def table_of(tag, logdir):
    (text,) = read(logdir).Tensors(f"graph_check/{tag}")
    return text.tensor_proto.string_val[0].decode()


def chain(*nodes, findings=()):
    """Returns the report of layers in a row: (name, number of parameters) each."""
    feeders = [(), *((name,) for name, _ in nodes)]
    layers = [
        LayerNode(name, "Dense", inputs, ((None, 3),), parameters)
        for (name, parameters), inputs in zip(nodes, feeders, strict=False)
    ]
    return GraphReport("model", "full", tuple(findings), tuple(layers))


def fault(code, *layers, severity="error", message="message", hint="hint"):
    return Finding(code, severity, layers[0], (), "", message, hint, layers)


def test_faulty_layers_stand_in_a_box_that_names_the_code(tmp_path):
    nodes = nodes_of(stopped_chain, tmp_path)
    faulty = ["CUT.cut/cut_1", "CUT.cut/cut_2", "CUT.cut/cut_3"]
    assert [name for name in nodes if "/" in name] == faulty
    assert {nodes[name].device for name in faulty} == {"CUT/device:CUT:0"}
    assert nodes["head"].device == ""
    assert nodes["CUT.cut/cut_2"].op == "BatchNormalization"
    told = nodes["CUT.cut/cut_2"].attr["CUT"].s
    assert told.startswith(b"layers `cut_1`, `cut_2`, `cut_3` (")


def test_a_model_with_a_faulty_layer_inside_is_marked(tmp_path):
    nodes = nodes_of(stopped_in_a_nested_model, tmp_path)
    assert nodes["CUT.inner/inner"].device == "CUT/device:CUT:0"


def test_a_layer_that_is_never_called_stands_alone(tmp_path):
    node = nodes_of(layer_never_called, tmp_path)["NEVER_CALLED.forgotten/forgotten"]
    assert (list(node.input), node.device) == ([], "NEVER_CALLED/device:NEVER_CALLED:0")


def test_the_edges_are_those_of_the_model_dead_ends_included(tmp_path):
    nodes = nodes_of(dead_chain, tmp_path)
    box = "DEAD_END.lost"
    assert list(nodes[f"{box}/lost_relu"].input) == [f"{box}/lost_1"]
    assert list(nodes[f"{box}/lost_2"].input) == [f"{box}/lost_relu"]
    assert nodes[f"{box}/lost_2"].device == "DEAD_END/device:DEAD_END:0"


def test_a_box_of_one_faulty_layer_bears_its_name(tmp_path):
    report = chain(("stem_conv", 9), ("stem_bn", 2), findings=[fault("ZERO", "stem_conv")])
    assert list(graph_of(report, tmp_path)) == ["ZERO.stem_conv/stem_conv", "stem_bn"]


def test_a_layer_without_weights_between_two_faulty_ones_stands_with_them(tmp_path):
    rows = ("a_relu", 0), ("a_1", 9), ("a_relu_1", 0), ("a_2", 9), ("a_relu_2", 0), ("b", 9)
    nodes = graph_of(chain(*rows, findings=[fault("CUT", "a_1", "a_2")]), tmp_path)
    assert list(nodes) == ["a_relu", "CUT.a/a_1", "CUT.a/a_relu_1", "CUT.a/a_2", "a_relu_2", "b"]
    assert [name for name, node in nodes.items() if node.device] == ["CUT.a/a_1", "CUT.a/a_2"]


def test_what_is_for_information_is_an_attribute_and_no_box(tmp_path):
    finding = fault("FROZEN", "a_1", severity="info")
    nodes = graph_of(chain(("a_1", 9), ("a_2", 9), findings=[finding]), tmp_path)
    assert list(nodes) == ["a/a_1", "a/a_2"]
    assert (nodes["a/a_1"].device, nodes["a/a_1"].attr["FROZEN"].s) == ("", b"message hint")


def test_the_worst_finding_of_a_layer_names_its_box_and_all_are_told(tmp_path):
    findings = [fault("NONFINITE", "a"), fault("DEAD_NOW", "a", severity="warning")]
    (node,) = graph_of(chain(("a", 9), findings=findings), tmp_path).values()
    assert node.name == "NONFINITE.a/a"
    assert {"NONFINITE", "DEAD_NOW"} <= set(node.attr)


def test_a_box_does_not_swallow_a_layer_or_a_later_box_of_its_name(tmp_path):
    rows = ("a_1", 9), ("a_2", 9), ("b", 9), ("a_3", 9), ("a_4", 9), ("c", 9), ("a", 9)
    names = list(graph_of(chain(*rows), tmp_path))
    assert names == ["a_2/a_1", "a_2/a_2", "b", "a_3/a_3", "a_3/a_4", "c", "a"]


def test_healthy_neighbours_share_a_box(tmp_path):
    nodes = nodes_of(lambda: build_resnet((8, 8, 1), 3), tmp_path)
    boxes = {name.split("/")[0] for name in nodes}
    assert boxes == {"image", "stem", "stage1", "stage2", "stage3", "pool", "predictions"}
    convolution = nodes["stage1/stage1_block1_1_conv"]
    assert convolution.attr["parameters"].i == 9 * 16 * 16
    sides = [dim.size for dim in convolution.attr["_output_shapes"].list.shape[0].dim]
    assert sides == [-1, 8, 8, 16]
    assert all(name in nodes for node in nodes.values() for name in node.input)


def test_the_findings_are_a_table_in_the_text_tab(tmp_path):
    check_graph(stopped_chain, level="trace", logdir=tmp_path)
    table = table_of("findings", tmp_path).splitlines()
    assert table[0] == "| code | layer | finding |"
    assert table[2].startswith(
        "| <pre>error CUT</pre> | <pre>cut_3</pre> | layers 'cut_1', 'cut_2'"
    )


def test_what_markdown_and_html_take_for_marks_is_shown_as_it_is(tmp_path):
    finding = fault("ZERO", "a|b", message="a * b * c < d | e\nf")
    chain(("a|b", 9), findings=[finding]).write_tensorboard(tmp_path)
    shown = markdown.markdown(table_of("findings", tmp_path), extensions=["tables"])  # as it does
    assert "<td><pre>a|b</pre></td>" in shown
    assert "<td>a * b * c &lt; d | e f<br>hint</td>" in shown


def test_a_healthy_model_says_so_in_the_text_tab(tmp_path):
    report = check_graph(nested_model, level="trace")
    assert report.write_tensorboard(tmp_path) == tmp_path
    assert table_of("findings", tmp_path) == str(report)


def test_the_norms_of_the_gradients_are_a_table_and_attributes(tmp_path):
    report = chain(("a", 1234), ("relu", 0), ("b", 9))
    norms = zip(report.nodes, (0.000123, None, 0.0), strict=True)
    nodes = tuple(dataclasses.replace(node, gradient_norm=norm) for node, norm in norms)
    drawn = graph_of(dataclasses.replace(report, nodes=nodes), tmp_path)
    assert drawn["a"].attr["gradient_norm"].f == pytest.approx(0.000123)
    assert "gradient_norm" not in drawn["relu"].attr
    assert table_of("gradient_norms", tmp_path).splitlines() == [
        "| layer | parameters | norm of the gradient |",
        "| --- | --- | --- |",
        "| a | 1,234 | 1.2e-04 |",
        "| b | 9 | 0 |",
    ]


def test_the_next_check_takes_the_place_of_the_last_and_other_logs_stay(tmp_path):
    (tmp_path / "events.out.tfevents.1.train").touch()
    chain(("a", 9), findings=[fault("ZERO", "a")]).write_tensorboard(tmp_path)
    assert list(graph_of(chain(("a", 9)), tmp_path)) == ["a"]
    assert table_of("findings", tmp_path) == "Graph of 'model': every layer can learn (level full)."
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        FolderError, match=r"^write_tensorboard: the folder must be one that can be"
    ):
        chain(("a", 9)).write_tensorboard(tmp_path / "file" / "logs")
