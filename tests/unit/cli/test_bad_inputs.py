"""Whatever is wrong with a request, its files or its keys, one line says so; exit code 2, and nothing is trained."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf.errors import OmegaConfBaseException

from harness.cli import messages
from harness.cli.arguments import opened
from harness.cli.compose import CONFIGURATION, Composer
from harness.cli.main import command_line, told
from harness.cli.single import run_one
from harness.spec.errors import RequestError
from harness.spec.paths import configuration_folder

from . import bad_files

BAD: list[tuple[str, str]] = [
    # the data's files
    ("data=imagefolder", "data.path: data=imagefolder needs the folder that holds train/ and val/"),
    ("data=imagefolder data.path=nowhere", "data.path: no folder at nowhere"),
    ("data=imagefolder data.path=nothing", "data.path: no train/ and no val/ in nothing"),
    ("data=imagefolder data.path=no_parts", "data.path: no train/ in no_parts; it must hold train/CLASS and val/CLASS"),
    ("data=imagefolder data.path=wrapped", "data.path: no train/ and no val/ in wrapped; it must hold train/CLASS and"),
    ("data=imagefolder data.path=nested", "data.path: 1 class folder(s) in train/; at least 2 are needed: train/tr"),
    ("data=imagefolder data.path=loose", "data.path: 0 class folder(s) in train/; at least 2 are needed: 12 images"),
    ("data=imagefolder data.path=two_names", "data.path: two_names holds val/ and valid/, which mean the same; keep"),
    ("data=imagefolder data.path=other_case", "data.path: 'Dog' in val/ and 'dog' in train/ differ in case alone;"),
    ("data=imagefolder data.path=pets data.test_split=tset", "data.test_split: there is no folder 'tset'; (one of:"),
    ("data=imagefolder data.path=pets data.test_split=train", "data.test_split: train is learnt from already"),
    ("data.depth=12", "data.depth: has no effect under data=digits; use data=imagefolder or huggingface"),
    ("data=imagefolder data.path=pets data.depth=20", "data.depth: "),
    ("data=imagefolder data.path=~nobody-of-this-name/pets", "data.path: there is no home folder for ~nobody-of-"),
    ("data=imagefolder data.path=good.npz", "data.path: good.npz is a file; it must be a folder"),
    ("data=imagefolder data.path=lost_class", "data.path: classes in train/ but not in val/: dog"),
    ("data=imagefolder data.path=new_class", "data.path: classes in val/ but not in train/: owl"),
    ("data=imagefolder data.path=empty_class", "data.path: no images in val/ for dog"),
    ("data=imagefolder data.path=one_class", "data.path: 1 class folder(s) in train/; at least 2"),
    ("data=imagefolder data.path=corrupt", "data: of the training part, 1 of 12 images cannot be read: train/cat/1.p"),
    ("data=imagefolder data.path=empty_file", "data: of the test part, 1 of 12 images cannot be read: val/dog/2.png"),
    ("data=imagefolder data.path=truncated", "data: of the training part, 1 of 13 images cannot be read: train/cat/0"),
    ("data=imagefolder data.path=huge", "data: of the training part, 1 of 12 images cannot be read: train/dog/3.png"),
    ("data=imagefolder data.path=floats", "data: of the training part, 1 of 13 images cannot be read: train/cat/0.tif"),
    ("data=imagefolder data.path=all_broken data.unreadable=skip", "data: of the test part, 12 of 12 images cannot be"),
    ("data=imagefolder data.path=pets data.groups=\"[\"", "data.groups: '[' is no regular expression"),
    ("data=imagefolder data.path=pets data.groups=patient", "data.groups: 'patient' finds no group in 12 of 12"),
    ("data=imagefolder data.path=pets data.classes=3", "data.classes: 3 asked for, but the data set has 2"),
    ("data=imagefolder data.path=pets data.samples=13", "data.samples: 13 asked for, but the training part has 12"),
    ("data=medmnist", "data.set: data=medmnist needs the name of a set, or data.path"),
    ("data=medmnist data.path=absent.npz", "data.path: no file at absent.npz"),
    ("data=medmnist data.path=cut.npz", "data.path: cut.npz cannot be read"),
    ("data=medmnist data.path=others.npz", "data.path: others.npz has no 'train_images'"),
    ("data=medmnist data.path=multilabel.npz", "data.path: multilabel.npz has images with different numbers of label"),
    ("data=medmnist data.path=volumes.npz", "data.path: train_images of volumes.npz has shape (8, 28, 28, 28)"),
    ("data=medmnist data.path=below_zero.npz", "data: 1 of 8 images of the training part have a label outside 0 to 1"),
    ("data=medmnist data.path=fractions.npz", "data.path: the labels of fractions.npz are of type float64"),
    ("data=medmnist data.path=single.npz", "data: every image of the training part is of class 1"),
    ("data=medmnist data.path=nothing", "data.path: nothing cannot be read"),
    ("data=medmnist data.set=pneumoniamnist data.root=nothing", "data.set: pneumoniamnist.npz is not in nothing/medm"),
    ("data=medmnist data.path=good.npz data.train_split=trian", "data.train_split: there is no 'trian'; one of: trai"),
    ("data=medmnist data.path=good.npz data.test_split=train", "data.test_split: train is learnt from already"),
    ("data=medmnist data.path=good.npz data.set=pneumoniamnist", "data.set: has no effect beside data.path"),
    # torchvision's sets
    ("data=torchvision", "data.set: data=torchvision needs the name of a set, such as CIFAR10"),
    ("data=torchvision data.set=cifar10", "data.set: torchvision has no data set 'cifar10'; did you mean CIFAR10?"),
    ("data=cifar10 data.root=nothing", "data.set: CIFAR10 cannot be read below nothing (Dataset not found or corrupt"),
    ("data=imagenet data.root=nothing", "data.set: ImageNet is unavailable below nothing"),
    ("data=imagenette data.kwargs.siz=160px", "data.kwargs.siz: Imagenette takes no such argument; did you mean size?"),
    ("data=imagenette data.kwargs.size=100px data.root=nothing", "data.set: Imagenette cannot be read below nothing"),
    ("data=imagenette data.train_split=trian data.root=nothing", "data.train_split: Imagenette has no such part: Unk"),
    ("data=torchvision data.set=EMNIST", "data.kwargs.split: EMNIST needs it"),
    ("data=cifar10 data.train_split=val data.root=nothing", "data.train_split: CIFAR10 has one training and one test"),
    ("data=torchvision data.set=VOCDetection data.test_split=val", "data.test_split: VOCDetection has no official sp"),
    ("data=huggingface", "data.set: data=huggingface needs the name of a set, or data.path"),
    # keys of the data
    ("data=digit", "data: there is no 'digit'; did you mean digits or digit_pairs?"),
    ("data.set=CIFAR10", "data.set: has no effect under data=digits; use data=torchvision or medmnist or huggingface"),
    ("data.path=pets", "data.path: has no effect under data=digits; use data=imagefolder"),
    ("data.unreadable=skip", "data.unreadable: has no effect under data=digits"),
    ("data.unreadable=ignore data=imagefolder data.path=pets", "data.unreadable: must be 'error' or 'skip'"),
    ("data=huggingface data.path=pets data.stream=true", "data.samples: a stream ends nowhere by itself"),
    ("data.domain=source", "data.domain: has no effect under data=digits; use data=made"),
    ("data.size=4", "data.size: must be at least 8, got 4"),
    ("data.classes=11", "data.classes: 11 asked for, but the data set has 10"),
    ("data.samples=5000", "data.samples: 5000 asked for, but the training part has 1257"),
    ("data=made data.classes=101", "data.classes: 101 asked for, but 100 is the most that data=made has"),
    # weights
    ("weights=file", "weights.path: weights=file needs the path of a weights file"),
    ("weights=file weights.path=absent.safetensors", "weights.path: no file at absent.safetensors"),
    ("weights=file weights.path=text.safetensors", "weights.path: "),
    ("weights=file weights.path=empty.pth", "weights.path: "),
    ("weights=file weights.path=other.safetensors", "weights.path: "),
    ("weights.path=other.safetensors", "weights.path: has no effect under weights=bundled; use weights=file"),
    ("weights=torchvision", "weights: torchvision's weights have no effect under backbone.library=timm"),
    ("weights.tag=IMAGENET1K_V1", "weights.tag: has no effect under weights=bundled"),
    ("backbone=torchvision_resnet18 weights=bundled", "weights: bundled weights are timm's"),
    # the model
    ("backbone.name=resnet1888", "backbone.name: "),
    ("backbone.name=''", "backbone.name: "),
    ("backbone.kwargs.nonsense=1", "backbone.kwargs.nonsense: test_efficientnet has none"),
    ("creation=creat_model", "creation: there is no 'creat_model'; did you mean create_model"),
    ("creation=custom", "creation.target: creation=custom needs a function of your own"),
    ("creation=custom creation.target=absent.build", "creation.target: No module named 'absent'"),
    ("creation=custom creation.target=build", "creation.target: 'build' is not of the form module.function"),
    ("creation=custom creation.target=no_function.build", "creation.target: no_function.build is not a function"),
    ("creation=custom creation.target=broken_function.build", "creation.target: "),
    ("creation.target=mine.build", "creation.target: "),
    ("regularization.drop_rate=1", "regularization.drop_rate: must be below 1"),
    ("regularization.attn_drop_rate=0.1", "regularization.attn_drop_rate: test_efficientnet has none"),
    ("regularization=stronger", "regularization: there is no 'stronger'; did you mean strong?"),
    # training
    ("transfer=linear_probe transforms=mild", "transforms: a linear probe computes its features once"),
    ("transfer=linear_probe transforms=none regularization.drop_path_rate=0.1", "regularization.drop_path_rate: has"),
    ("recipe.lr=0", "recipe.lr: must be above 0"),
    ("recipe.lr=nan", "recipe.lr: must be a finite number"),
    ("recipe.lrr=1", "recipe.lrr: no such key; did you mean recipe.lr"),
    ("recipe.epochs=0", "recipe.epochs: must be at least 1"),
    ("recipe.momentum=0.9", "recipe.momentum: has no effect under recipe.optimizer=adamw"),
    ("recipe.warmup_epochs=9", "recipe.warmup_epochs: 9 is longer than recipe.epochs=5"),
    ("seed=-1", "seed: must be at least 0"),
    # machine, profile, tracking, study
    ("device=gpu", "device: must be auto, cpu, mps, cuda or cuda:NUMBER, got 'gpu'"),
    ("device=cuda:99", "device: cuda:99"),
    ("threads=0", "threads: must be at least 1 (or auto), got 0"),
    ("threads=many", "threads"),
    ("workers=-1", "workers: must be at least 1 (or auto), got -1"),
    ("tracking=wandb", "tracking: there is no 'wandb'"),
    ("tracking.url=here", "tracking.url: no such key; did you mean tracking.uri"),
    ("study=a/b", "study: must be a name of letters, digits and . _ -"),
]  # fmt: skip


COMMANDS: list[tuple[str, str]] = [
    ("data=imagefolder data.path=pets data.groups=(", "data.groups=(: cannot be read as key=value"),
    ("profile=cifr", "profile: there is no 'cifr'; did you mean cifar?"),
    ("+experiment=no_such_study", "experiment: there is no 'no_such_study'"),
    ("lr=0.1", "lr: no such key; did you mean recipe.lr?"),
    ("model=resnet18", "model: no such key; did you mean backbone or backbone.name?"),
    ("backbone=resnet50", "backbone: there is no 'resnet50'; did you mean"),
    ("seed=0,1", "seed=0,1: several values make a sweep; add -m: harness -m seed=0,1"),
    ("foo=1", "foo: no such key; harness --cfg job shows every key with its value"),
    ("comparison.arms=init", "comparison.arms: must be a list such as [a,b], got 'init'"),
    ("force=maybe", "force: must be true or false, got 'maybe'"),
    ("shift=kinds", "shift: there is no 'kinds'"),
    ("probe=true", "probe: no such key; did you mean monitors"),
    ("data.size=4", "data.size: must be at least 8, got 4"),
    ("data=imagefolder data.path=truncated", "data: of the training part, 1 of 13 images cannot be read: train/cat/0"),
    ("seed=", "seed: "),
    ("seed", "seed: no such command"),
    ("-m regularization.drop_rate=0,2", "regularization.drop_rate: must be below 1"),
    ("-m creation=create_model,swaphead", "creation: there is no 'swaphead'; did you mean swap_head"),
    ("-m data=imagefolder data.path=pets,corrupt", "data: of the training part, 1 of 12 images cannot be read"),
    ("frobnicate", "frobnicate: no such command, and a run needs none"),
    ("report study=never_run", "study: "),
    ("report stud=gap", "harness report: 'stud=gap' is not one of its keys; did you mean study?"),
    ("explain creation=create_model,swaphead", "creation: there is no 'swaphead'"),
    ("audit data=imagefolder data.path=truncated", "data: of the training part, 1 of 13 images cannot be read"),
    ("export data=imagefolder data.path=lost_class", "data.path: classes in train/ but not in val/: dog"),
]  # fmt: skip
"""These go through the command itself, which composes with Hydra twice."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bad")
    bad_files.write(root)
    return root


@pytest.fixture(scope="module")
def composer() -> Iterator[Composer]:
    """What a sweep composes its runs with: requests that differ in plain values share a composition."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(config_dir=str(configuration_folder().absolute()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield Composer(loader, loader.load_configuration(CONFIGURATION, [], RunMode.MULTIRUN))


def assert_told(code: int | str | None, lines: list[str], said: str) -> None:
    assert code == 2, lines
    assert any(line.startswith(f"error: {said}") for line in lines), lines
    assert all(line.startswith("error: ") and len(line) < 700 for line in lines), lines
    assert len(lines) <= 3


@pytest.fixture(autouse=True)
def nothing_is_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    before = _files(place)
    yield
    assert _files(place) == before


def _files(place: Path) -> list[Path]:
    """All but what Python keeps of functions that it has imported."""
    return sorted(path for path in place.rglob("*") if "__pycache__" not in path.parts)


@pytest.mark.parametrize(("asked", "said"), BAD, ids=[asked for asked, _ in BAD])
def test_a_bad_request_ends_in_its_line(
    asked: str, said: str, composer: Composer, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> int:
        try:
            config = composer.config([opened(word) for word in asked.split()])
        except (HydraException, OmegaConfBaseException) as error:
            raise RequestError(messages.explain(error)) from None
        return run_one(config)

    assert_told(told(command), capsys.readouterr().err.splitlines(), said)


@pytest.mark.parametrize(("asked", "said"), COMMANDS, ids=[asked for asked, _ in COMMANDS])
def test_a_bad_command_ends_in_its_line(
    asked: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["harness", *asked.split()])
    GlobalHydra.instance().clear()
    with pytest.raises(SystemExit) as ended:
        command_line()
    assert_told(ended.value.code, capsys.readouterr().err.splitlines(), said)
