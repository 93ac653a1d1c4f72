"""Every image of a part, decoded by threads, in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image

from harness.data.ahead import ahead
from harness.data.cache import Array
from harness.data.source import Samples
from harness.spec.errors import RequestError
from harness.spec.phase import told_while

_NAMED = 3


def read(samples: Samples, convert: Callable[[Image.Image], Array], threads: int) -> Iterator[Array]:
    """Each image as `convert` makes it; Pillow decodes and resizes outside the interpreter lock.

    Raises:
        RequestError: at the end, some of them were no readable images; names how many and the first of them.
    """

    def one(position: int) -> Array | str:
        try:
            with samples.open(position) as image:
                return convert(image)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            return f"{samples.names[position]} ({error})"

    unreadable = []
    for result in told_while(ahead(one, range(len(samples)), threads), len(samples), "reading images"):
        if isinstance(result, str):
            unreadable.append(result)
        else:
            yield result
    if unreadable:
        more = f" and {len(unreadable) - _NAMED} more" if len(unreadable) > _NAMED else ""
        raise RequestError(
            f"data.path: {len(unreadable)} of {len(samples)} files cannot be read as images: "
            f"{'; '.join(unreadable[:_NAMED])}{more}; repair or remove them"
        )
