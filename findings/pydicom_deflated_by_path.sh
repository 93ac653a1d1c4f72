#!/usr/bin/env bash
# Guess: pydicom's pixel_array(FILE) gives what dcmread(FILE).pixel_array gives; by the path it only reads less.
# What happens: of a file whose data set is deflated it says that there is no pixel data, though there is: it looks for
#   the elements in the compressed bytes. Read as a whole the same file gives its image.
# Versions: pydicom 3.0.2, numpy 2.4.6; the file is one of those that pydicom ships.
# Who is hit: loaders that open files by their path to save memory; the image counts as broken and is left out, and since
#   one archive is mostly of one transfer syntax, so may be a whole hospital.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" pydicom==3.0.2 numpy==2.4.6
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.pixels import pixel_array

print(f"pydicom {pydicom.__version__}")
same = {}
for name in ("MR_small.dcm", "MR_small_RLE.dcm", "image_dfl.dcm"):
    file = get_testdata_file(name, download=False)
    held = pydicom.dcmread(file)
    whole = held.pixel_array
    try:
        same[name] = bool(np.array_equal(pixel_array(file), whole))
        told = "the same by its path"
    except AttributeError as error:
        same[name] = None
        told = f"by its path {type(error).__name__}: {error}"
    print(f"{name} ({held.file_meta.TransferSyntaxUID.name}): {whole.shape} as a whole; {told}")
sys.exit(not (same == {"MR_small.dcm": True, "MR_small_RLE.dcm": True, "image_dfl.dcm": None}))
PYTHON
