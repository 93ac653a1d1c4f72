#!/usr/bin/env bash
# Guess: 16 bits a channel are treated alike: a 16-bit grey PNG turned into RGB is scaled to 0..255, as a 16-bit RGB PNG
#   is, and a picture saved either way looks the same.
# What happens: of RGB, grey with alpha and RGB with alpha, opening drops the low byte and nothing on the image tells that
#   there was more. Grey alone is kept at 16 bits, and convert("RGB"), which torchvision's ImageFolder calls, cuts at 255
#   instead of scaling: all but the darkest 0.4 % of the range is white. No warning in either case.
# Versions: pillow 13.0.0, numpy 2.4.6.
# Who is hit: X-ray, microscopy and depth images; a whole data set may be white, or lose half of its bits.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" pillow==13.0.0 numpy==2.4.6
cd "$folder" && "$folder/venv/bin/python" -W error - <<'PYTHON'
import io
import struct
import sys
import zlib

import numpy as np
import PIL
from PIL import Image

GREY, RGB = 0, 2  # colour types of the PNG specification
VALUE = 0x40C0  # a quarter of the range


def png(color, channels):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 16, color, 0, 0, 0)
    row = b"\0" + struct.pack(">H", VALUE) * channels
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    return Image.open(io.BytesIO(b"\x89PNG\r\n\x1a\n" + body))


grey, colour = png(GREY, 1), png(RGB, 3)
print(f"pillow {PIL.__version__}: one value, {VALUE} of 65535, i.e. {VALUE / 65535 * 255:.1f} of 255")
grey_rgb, colour_rgb = (np.asarray(image.convert("RGB"))[0, 0].tolist() for image in (grey, colour))
print(f"16-bit RGB opens as {colour.mode} {colour_rgb}, info {colour.info}")
print(f"16-bit grey opens as {grey.mode}, and as RGB it is {grey_rgb}")
sys.exit(not (colour.mode == "RGB" and colour_rgb == [0x40] * 3 and not colour.info and grey_rgb == [255] * 3))
PYTHON
