"""transformers' `Trainer` on its wrapper of timm's model."""

from __future__ import annotations

import tempfile
import time
from typing import Any

import torch
from torchvision.datasets import ImageFolder
from transformers import TimmWrapperConfig, TimmWrapperForImageClassification, Trainer, TrainingArguments
from transformers.utils import logging

from harness.dev.bench.peers.sides.common import PROBE, Told, evaluated, images, network, options


class WrapperDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Images under the names that the wrapper's `forward` takes."""

    def __init__(self, stored: ImageFolder) -> None:
        self._stored = stored

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, position: int) -> dict[str, Any]:
        pixels, label = self._stored[position]
        return {"pixel_values": pixels, "labels": label}


def main() -> None:
    """Fine-tune, validate after each epoch, test once."""
    asked = options()
    told = Told()
    logging.set_verbosity_error()
    model = _wrapped(asked, told)
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder, seed=asked.seed, use_cpu=True, report_to=[], save_strategy="no", eval_strategy="epoch",
            per_device_train_batch_size=asked.batch_size, per_device_eval_batch_size=asked.batch_size,
            num_train_epochs=asked.epochs, learning_rate=asked.lr, weight_decay=asked.weight_decay,
            lr_scheduler_type="cosine", warmup_steps=0, max_grad_norm=0.0, optim="adamw_torch_fused",
            dataloader_num_workers=asked.workers, dataloader_persistent_workers=asked.workers > 0,
            dataloader_drop_last=False, remove_unused_columns=False, disable_tqdm=True, logging_strategy="no",
        )  # fmt: skip
        train, validation, test = (WrapperDataset(images(asked, part)) for part in ("train", "val", "test"))
        trainer = Trainer(model=model, args=settings, train_dataset=train, eval_dataset=validation)
        started = time.perf_counter()
        trainer.train()
        train_s = time.perf_counter() - started
        model.eval()
        batches = ((batch["pixel_values"], batch["labels"]) for batch in trainer.get_eval_dataloader(test))
        measured = evaluated(lambda inputs: model(pixel_values=inputs).logits, batches)
        optimizer = getattr(trainer.optimizer, "optimizer", trainer.optimizer)
        told.end(train_s, optimizer, measured)


def _wrapped(asked: Any, told: Told) -> Any:
    """The wrapper around the same network, head included, as every program has."""
    config = TimmWrapperConfig(architecture=asked.model, num_labels=asked.classes)
    model = TimmWrapperForImageClassification(config)
    inner = network(asked)
    model.timm_model = inner

    told.watch(inner)
    if asked.transfer == PROBE:  # the Trainer puts the whole model into training mode before each epoch

        def still(module: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            module.eval()

        inner.register_forward_pre_hook(still)
    return model


if __name__ == "__main__":
    main()
