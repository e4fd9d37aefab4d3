"""The graph that TensorBoard shows, read back from its event file (guide row 16)."""

import pytest
from graph_models import dead_chain, dropout_and_noise, stopped_chain
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from recipes import build_resnet, check_graph
from recipes.errors import FolderError


def read(logdir):
    events = EventAccumulator(str(logdir))
    events.Reload()
    return events


def nodes_of(builder, logdir):
    check_graph(builder, logdir=logdir)
    return {node.name: node for node in read(logdir).Graph().node}


def test_a_broken_layer_stands_flat_with_its_code_as_device(tmp_path):
    nodes = nodes_of(stopped_chain, tmp_path)
    assert [name for name in nodes if "/" in name] == []
    assert nodes["cut_2"].device == "/job:CUT/device:CPU:0"
    assert nodes["head"].device == ""
    assert nodes["cut_2"].op == "BatchNormalization"
    assert nodes["cut_2"].attr["finding"].s.startswith(b"CUT: layers 'cut_1', 'cut_2', 'cut_3'")


def test_the_edges_are_those_of_the_model_dead_ends_included(tmp_path):
    nodes = nodes_of(dead_chain, tmp_path)
    assert list(nodes["lost_relu"].input) == ["lost_1"]
    assert list(nodes["lost_2"].input) == ["lost_relu"]
    assert nodes["lost_2"].device == "/job:DEAD_END/device:CPU:0"


def test_healthy_neighbours_share_a_box(tmp_path):
    nodes = nodes_of(lambda: build_resnet((8, 8, 1), 3), tmp_path)
    boxes = {name.split("/")[0] for name in nodes}
    assert boxes == {"image", "stem", "stage1", "stage2", "stage3", "pool", "predictions"}
    convolution = nodes["stage1/stage1_block1_1_conv"]
    assert convolution.attr["parameters"].i == 9 * 16 * 16
    sides = [dim.size for dim in convolution.attr["_output_shapes"].list.shape[0].dim]
    assert sides == [-1, 8, 8, 16]


def test_every_input_of_a_node_is_a_node(tmp_path):
    nodes = nodes_of(lambda: build_resnet((8, 8, 1), 3), tmp_path)
    assert all(name in nodes for node in nodes.values() for name in node.input)


def test_the_findings_are_a_table_in_the_text_tab(tmp_path):
    check_graph(stopped_chain, logdir=tmp_path)
    (text,) = read(tmp_path).Tensors("graph_check")
    table = text.tensor_proto.string_val[0].decode().splitlines()
    assert table[0] == "| severity | code | layer | finding |"
    assert table[2].startswith("| error | CUT | cut_3 | layers 'cut_1', 'cut_2', 'cut_3'")


def test_a_healthy_model_says_so_in_the_text_tab(tmp_path):
    report = check_graph(dropout_and_noise)
    assert report.write_tensorboard(tmp_path) == tmp_path
    (text,) = read(tmp_path).Tensors("graph_check")
    assert text.tensor_proto.string_val[0].decode() == str(report)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        FolderError, match=r"^write_tensorboard: the folder must be one that can be"
    ):
        check_graph(dropout_and_noise, logdir=tmp_path / "file" / "logs")
