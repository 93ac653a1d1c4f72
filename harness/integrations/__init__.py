"""The check where people train: in transformers, Lightning, fastai and timm's own script, before the first step.

One library a module, imported when it is asked for: `harness.integrations.transformers`, `.lightning`, `.fastai`,
`.timm`. Each looks at the model with `harness.check`, on the images that it is about to learn from, with the optimizer
and the schedule as they are, and then stops or warns; training itself goes on as it would have without. Parameters
that all share:

    on_serious: what a serious finding leads to: "stop" raises `SeriousFindingsError` with the report, "warn" warns.
    allow: ids of findings that are known and accepted, such as ("initial-loss",).
    options: further arguments of `harness.check`, such as `weights=` or `num_classes=`; they win over what is measured.
"""
