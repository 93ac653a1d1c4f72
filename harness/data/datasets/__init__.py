"""Data sets: each public module is one, found by its name. A new set is a new file here, and nothing else.

**The contract.** `datasets/NAME.py` defines a function of the same name that opens the set and decodes nothing yet:

    def NAME(spec: Data) -> Source: ...

`spec` is the `data` group of the request (`path`, `set`, `size`, `kwargs`, ...). The `Source` that comes back holds the
names of the classes, the training part as `Samples`, and a function that gives the test part when it is first needed.
`Samples` are one part in a fixed order: labels (class indices from 0), a name for each image, and `open(i)`, which
gives the i-th image as a PIL image of any mode and size; threads call it side by side. Images come back whole:
everything else (`data.classes`, `data.samples`, resizing to uint8 [3, size, size], the cut for validation) is done by
the package alike for every set. What cannot be opened raises `RequestError` with one line that says what would be
right.

Three functions are optional:

- `faults(spec) -> list[str]`: what is wrong with a request, in place of opening the set and reading its images. It is
  called for every configuration of a study before any training, and has to be cheap.
- `identify(spec) -> str`: a fingerprint of the set's files, where these are not in a folder or file at `data.path`.
- `settle(spec) -> dict`: fields of the request that its files decide (`depth`, `reading`), before the run is
  identified.

**Example.** A set in memory, chosen by `data.name=stripes`:

    def stripes(spec: Data) -> Source:
        '''Horizontal against vertical stripes, 100 images of each to learn from and to test on.'''
        image = np.zeros((32, 32), np.uint8)
        image[::2] = 255
        both = (Image.fromarray(image), Image.fromarray(image.T))
        labels = [number % 2 for number in range(200)]
        part = Samples([f"stripes {number}" for number in range(200)], labels, lambda index: both[labels[index]])
        return Source(spec.label or spec.name, ("horizontal", "vertical"), part, lambda: part)
"""
