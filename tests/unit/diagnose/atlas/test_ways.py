"""The table of ways: what each library makes of an architecture that several of them have."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torchvision
from PIL import Image

from harness.cli.commands.ways import ways
from harness.diagnose.atlas.formula import derive
from harness.diagnose.atlas.libraries import Library
from harness.diagnose.atlas.libraries import timm as timm_library
from harness.diagnose.atlas.libraries import torchvision as torchvision_library
from harness.diagnose.atlas.measure import measure
from harness.diagnose.atlas.preprocessing import geometry, of_timm, of_transformers, photograph
from harness.diagnose.atlas.row import Row, text
from harness.diagnose.atlas.shared import shared
from harness.diagnose.atlas.surprises import surprises
from harness.diagnose.atlas.ways import COLUMNS, names_in, rows
from harness.spec.errors import RequestError

ONLY_TORCHVISION = {"alexnet", "googlenet", "mnasnet1_3", "squeezenet1_0", "squeezenet1_1"}


def _table(library: Library, *names: str) -> dict[str, Row]:
    return {name: derive({column: text(value) for column, value in measure(library, name).items()}) for name in names}


@pytest.fixture(scope="module")
def mobilenet() -> list[dict[str, str]]:
    transformers = pytest.importorskip("transformers")
    assert transformers
    from harness.diagnose.atlas.libraries import transformers as native
    from harness.diagnose.atlas.libraries import transformers_timm as wrapper

    each = next(each for each in shared() if each.timm == "mobilenetv2_100")
    tables = {
        "timm": _table(timm_library(), "mobilenetv2_100"),
        "torchvision": _table(torchvision_library(), "mobilenet_v2"),
        "transformers": _table(native(), "mobilenet_v2"),
        "transformers_timm": _table(wrapper(), "mobilenetv2_100"),
    }
    return rows(tables, [each])


def test_one_architecture_has_five_draws_in_three_libraries(mobilenet: list[dict[str, str]]) -> None:
    draws = {row["way"]: (row["draw"], row["bias"]) for row in mobilenet}
    assert draws["timm create_model"] == ("U(±1/√classes)", "zeros")
    assert draws["timm reset_classifier"][0] == "U(±1/√features)"
    assert draws["torchvision"] == ("N(0, 0.01)", "zeros")
    assert draws["transformers"] == ("N(0, 0.02)", "zeros")
    assert draws["transformers timm wrapper"] == ("N(0, 0.02)", "zeros")
    assert draws["new nn.Linear"][0] == "U(±1/√features)"


def test_transformers_hands_over_in_eval_mode_and_its_own_preprocessing(mobilenet: list[dict[str, str]]) -> None:
    by = {row["way"]: row for row in mobilenet}
    assert {way for way, row in by.items() if row["mode"] == "eval"} == {"transformers", "transformers timm wrapper"}
    assert by["transformers timm wrapper"]["pixels_from_timm"] == "0.000"  # its processor is timm's own transform
    assert by["transformers"]["mean"] == "0.5"
    assert by["timm create_model"]["mean"] == "0.485 0.456 0.406"
    assert [by[way]["geometry"] for way in ("timm create_model", "transformers")] == ["centre 0.875", "centre 0.875"]
    assert tuple(by["timm create_model"]) == COLUMNS


def test_the_part_of_an_image_is_that_of_the_librarys_own_processor() -> None:
    """ViT's squashes, by its pixels; DeiT's squashes and crops; MobileViT's crops more than there is."""
    transformers = pytest.importorskip("transformers")
    image = photograph()
    squashed = image.resize((224, 224), Image.Resampling.BILINEAR)
    processor = transformers.ViTImageProcessor()
    whole, beforehand = (processor(each, return_tensors="pt")["pixel_values"][0] for each in (image, squashed))
    assert float((whole - beforehand).abs().mean()) < 0.02
    for kind, part in {"vit": "squashed", "deit": "squashed 0.875", "mobilevit": "pads the image"}.items():
        each = next(each for each in shared() if each.transformers == kind)
        assert geometry(of_transformers(each)) == part
        assert geometry(of_timm(each)).startswith("centre 0.")


def test_every_name_is_one_that_its_library_lists() -> None:
    assert {each.timm for each in shared()} <= set(timm.list_models())
    listed = set(torchvision.models.list_models(module=torchvision.models))
    named = {each.torchvision for each in shared() if each.torchvision}
    assert named <= listed
    assert {name for name in listed - named if not name.startswith("shufflenet")} == ONLY_TORCHVISION


def test_every_native_class_of_transformers_that_timm_has_too_stands_in_the_table() -> None:
    pytest.importorskip("transformers")
    from harness.diagnose.atlas.libraries import transformers as native

    alone = {"cvt", "data2vec-vision", "dinat", "donut-swin", "imagegpt", "metaclip_2", "perceiver", "pvt", "segformer"}
    alone |= {"textnet", "vit_msn"}
    assert set(native().architectures()) - {each.transformers for each in shared()} == alone


def test_a_library_is_asked_for_its_own_names() -> None:
    regnets = [each for each in shared() if each.family == "RegNet Y"]
    assert "regnet_y_400mf" in names_in(torchvision_library(), regnets)
    assert "regnety_004" in names_in(timm_library(), regnets)


def _row(**held: str) -> dict[str, str]:
    return {**dict.fromkeys(COLUMNS, ""), "mode": "train", **held}


def test_surprises_are_told_from_the_rows() -> None:
    told = surprises(
        [
            _row(architecture="a", way="timm create_model", draw_by_linear="11.4", family="A"),
            _row(
                architecture="a",
                way="transformers",
                draw_by_linear="1.2",
                family="A",
                bias="constant 0.02",
                mode="eval",
            ),
            _row(architecture="b", way="transformers", draw_by_linear="1", family="B", draw="U(±1/√features)"),
            _row(
                architecture="b", way="torchvision", draw_by_linear="0", family="B", pixels_from_timm="0.4", mean="0.5"
            ),
            _row(
                architecture="b", way="timm create_model", draw_by_linear="1", family="B", library="timm", mean="0.485"
            ),
            _row(architecture="b", way="fastai", draw_by_linear="50", family="B"),
        ]
    )
    assert "2 architectures 1 get" in told[0]
    assert "9.5 times as wide by timm create_model as by transformers" in told[0]
    assert any("as torch does" in sentence and sentence.endswith(": B.") for sentence in told)
    assert any("A in transformers (0.02)" in sentence for sentence in told)
    assert any(sentence.endswith("statistics: transformers.") for sentence in told)
    assert any(sentence.endswith("makes no difference: B in torchvision.") for sentence in told)
    assert any("B in torchvision (0.5, )" in sentence for sentence in told)
    assert told[-1].startswith("Of 1 pairs of architecture and way")
    assert "b in torchvision, 0.40" in told[-1]


def test_the_command_prints_a_line_a_way_and_keeps_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ways(["name=resnet18", "library=timm,torchvision", f"to={tmp_path}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("resnet18 ") for line in lines) == 4
    assert (tmp_path / f"timm-{timm.__version__}.csv").exists()


@pytest.mark.parametrize(("argument", "told"), [("name=resnet99", "resnet99"), ("library=keras", "keras")])
def test_a_wrong_name_ends_in_one_line(argument: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        ways([argument])
