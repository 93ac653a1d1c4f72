"""Data sets, and all that is done to images before a model sees them.

A run opens its set (`open`), reads its images (`inspect`, `decode`, `load`), cuts the validation part (`split`),
augments batches (`augmentation`), measures the answers (`measure`, `metrics`) and describes it all in its record
(`describe`). `images` holds the types that these hand on. What users add has a package each: `datasets`, `transforms`,
`shift`.
"""
