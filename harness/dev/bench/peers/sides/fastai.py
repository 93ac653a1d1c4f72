"""fastai: `ImageDataLoaders`, a `Learner` and `fit_one_cycle`, its cycle set to a cosine without warm-up."""

from __future__ import annotations

import time
import warnings
from functools import partial

import torch

from harness.dev.bench.peers.sides.common import PROBE, Told, evaluated, network, options

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastai.callback.core import Callback
    from fastai.callback.schedule import Learner
    from fastai.data.block import CategoryBlock, DataBlock
    from fastai.data.transforms import GrandparentSplitter, get_image_files, parent_label
    from fastai.losses import CrossEntropyLossFlat
    from fastai.metrics import accuracy
    from fastai.optimizer import OptimWrapper
    from fastai.vision.augment import Resize, ResizeMethod
    from fastai.vision.core import Normalize, PILImage
    from fastai.vision.data import ImageBlock
    from PIL.Image import Resampling


class ChannelsLast(Callback):  # type: ignore[misc]
    """Batches channels last; a frozen backbone is put back into eval mode."""

    def __init__(self, probe: bool) -> None:
        self.probe = probe

    def before_batch(self) -> None:
        """Each batch, of validation too."""
        if self.probe:
            self.model.eval()
        self.learn.xb = tuple(each.contiguous(memory_format=torch.channels_last) for each in self.learn.xb)


def main() -> None:
    """Fine-tune, validate after each epoch, test once."""
    asked = options()
    told = Told()
    block = DataBlock(
        blocks=(ImageBlock(PILImage), CategoryBlock), get_items=partial(get_image_files, folders=["train", "val"]),
        splitter=GrandparentSplitter("train", "val"), get_y=parent_label,
        item_tfms=Resize(asked.size, ResizeMethod.Crop, resamples=(Resampling[asked.interpolation.upper()],) * 2),
        batch_tfms=Normalize.from_stats(asked.mean, asked.std, cuda=False),
    )  # fmt: skip
    loaders = block.dataloaders(asked.data, bs=asked.batch_size, num_workers=asked.workers, device=torch.device("cpu"))
    model = network(asked)
    told.watch(model)
    learner = Learner(
        loaders, model, loss_func=CrossEntropyLossFlat(), metrics=accuracy, train_bn=asked.transfer != PROBE,
        opt_func=partial(OptimWrapper, opt=torch.optim.AdamW), cbs=ChannelsLast(asked.transfer == PROBE),
        wd=asked.weight_decay,
    )  # fmt: skip
    started = time.perf_counter()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(asked.epochs, asked.lr, pct_start=0.0, div_final=1e9, moms=(0.9, 0.9, 0.9))
    train_s = time.perf_counter() - started
    test = loaders.test_dl(get_image_files(asked.data / "test"), with_labels=True)
    plain = (tuple(each.as_subclass(torch.Tensor) for each in batch) for batch in test)
    model.eval()
    told.end(train_s, learner.opt.opt, evaluated(model, plain))


if __name__ == "__main__":
    main()
