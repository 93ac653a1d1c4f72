"""What many jobs ask for is composed from parts; it is what Hydra composes for each job by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hydra import initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig

from harness.cli.compose import CONFIGURATION, Composer, declared_nodes, disjoint, plain
from harness.cli.reading import reading_once
from harness.spec.paths import configuration_folder


@contextmanager
def opened(*words: str) -> Iterator[tuple[ConfigLoader, DictConfig]]:
    with initialize_config_dir(config_dir=str(configuration_folder().absolute()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield loader, loader.load_configuration(CONFIGURATION, list(words), RunMode.MULTIRUN)


JOBS = [
    ["backbone=test_vit", "creation=swap_head", "init=zeros", "recipe.lr=1e-2", "seed=3"],
    ["data=digits", "transfer=linear_probe"],  # both say what the transforms are
    ["data=made", "transfer=linear_probe"],  # the one takes back what the other sets
    ["transfer=linear_probe", "data=made"],
    ["profile=medical", "data=digits", "transforms=none"],
    ["profile=imagenet", "recipe=large", "resolution=px96"],
    ["profile=cifar", "backbone=resnet10t", "stem=stride1"],
    ["creation=custom", "creation.target=a.b", "weights=bundled"],
    ["regularization=strong", "regularization.drop_rate=0.5", "metrics=auroc"],
    ["init=normal", "init.std=0.02", "data=synthetic", "data.size=48"],
    ["transfer=full", "transfer.norm=group", "seed=1", "replicate=1"],
]


def test_a_job_of_a_sweep_is_composed_as_hydra_composes_it() -> None:
    """One composer for all jobs, as in a sweep, so that each meets the parts that earlier ones left."""
    with opened() as (loader, master):
        composer = Composer(loader, master)
        for job in [*JOBS, *reversed(JOBS)]:
            assert composer.config(job) == plain(loader.load_sweep_config(master, list(job))), job


@pytest.mark.parametrize("study", ["recipe", "ways_real", "claims/04_gradients"])
def test_so_are_those_of_a_study(study: str) -> None:
    from omegaconf import OmegaConf

    from harness.cli.sweep import expanded

    with opened(f"+experiment={study}") as (loader, master):
        asked = OmegaConf.to_container(master.hydra.sweeper, resolve=True)
        assert isinstance(asked, dict)
        jobs = expanded(loader, asked["params"], asked["blocks"], list(master.hydra.overrides.task))
        composer = Composer(loader, master)
        composer.expect(jobs)
        for job in jobs[:: len(jobs) // 12]:
            assert composer.config(job) == plain(loader.load_sweep_config(master, list(job))), job


def test_hydra_is_asked_for_each_choice_and_not_for_each_combination() -> None:
    with opened() as (loader, master):
        asked: list[tuple[str, ...]] = []
        original = loader.load_sweep_config

        def counted(config: DictConfig, lines: list[str]) -> DictConfig:
            asked.append(tuple(lines))
            return original(config, lines)

        loader.load_sweep_config = counted  # type: ignore[method-assign]
        composer = Composer(loader, master)
        choices = [("creation", 5), ("init", 4), ("backbone", 3)]
        names = {
            "creation": ["create_model", "swap_head", "reset_classifier", "external_linear", "forward_features"],
            "init": ["keep", "zeros", "torch_default", "orthogonal"],
            "backbone": ["test_vit", "test_resnet", "test_convnext"],
        }
        jobs = [
            [f"creation={creation}", f"init={init}", f"backbone={backbone}"]
            for creation in names["creation"]
            for init in names["init"]
            for backbone in names["backbone"]
        ]
        assert len({str(composer.config(job)) for job in jobs}) == len(jobs) == 60
        assert len(asked) == len(set(asked)) == 1 + sum(count for _, count in choices)


def test_a_wrong_key_is_told_by_hydra() -> None:
    with opened() as (loader, master), pytest.raises(HydraException, match=r"recipe\.rate"):
        Composer(loader, master).config(["creation=swap_head", "recipe.rate=1"])


def test_a_file_says_what_it_sets_beside_its_own_node() -> None:
    with opened() as (loader, _):
        assert declared_nodes(loader, "creation", "swap_head") == {"creation"}
        assert declared_nodes(loader, "transfer", "linear_probe") == {"transfer", "transforms"}
        assert "recipe" in (declared_nodes(loader, "profile", "medical") or ())
        assert declared_nodes(loader, "creation", "no_such") is None


def test_choices_that_are_expected_are_composed_with_those_of_other_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    original = ConfigLoaderImpl.load_sweep_config

    def counted(loader: ConfigLoaderImpl, config: DictConfig, lines: list[str]) -> DictConfig:
        asked.append(tuple(lines))
        return original(loader, config, lines)

    monkeypatch.setattr(ConfigLoaderImpl, "load_sweep_config", counted)
    with opened() as (loader, master):
        composer = Composer(loader, master)
        jobs = [
            [f"creation={creation}", f"init={init}", f"backbone={backbone}"]
            for creation in ("create_model", "swap_head", "reset_classifier")
            for init in ("keep", "zeros")
            for backbone in ("test_vit", "test_resnet", "test_convnext")
        ]
        composer.expect(jobs)
        assert len({str(composer.config(job)) for job in jobs}) == len(jobs)
        assert len(asked) == 1 + 3


def test_a_batch_sets_no_node_twice() -> None:
    one, both, other = frozenset({"a"}), frozenset({"a", "b"}), frozenset({"c"})
    assert disjoint({"x": one, "y": both, "z": other}) == [{"x": one, "z": other}, {"y": both}]


def test_each_file_is_read_once_and_what_it_gives_can_be_changed() -> None:
    with opened() as (loader, _):
        reading = reading_once(loader)
        first = reading.repository.load_config("creation/swap_head")  # type: ignore[attr-defined]
        whole = dict(first.config)
        first.config.clear()
        again = reading.repository.load_config("creation/swap_head")  # type: ignore[attr-defined]
        assert dict(again.config) == whole
        assert again.config is not first.config
