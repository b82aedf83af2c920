"""Lets atheris look for hostile files by what they reach in the code: of photos and contracts.

    pip install -e '.[fuzz]'
    python tests/hostile/coverage_guided.py photos -max_total_time=600 build/fuzz/corpus

Arguments after the kind are libFuzzer's. A file that raises anything but a `BlurError` ends it, and is kept.
"""

import contextlib
import io
import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

with atheris.instrument_imports(include=["keras_blur", "PIL"]):
    from hostile import seeds

    from keras_blur.contract import Contract
    from keras_blur.errors import BlurError
    from keras_blur.processing import complete, photos
    from keras_blur.systems import tflite

MOST_PIXELS = 1_000_000
SCRATCH = Path("build/fuzz/atheris")


def read_photo(content: bytes) -> None:
    """Reads a photo, and the passes of what may be a JPEG."""
    complete.scans(content)
    photos.read_photo(io.BytesIO(content), MOST_PIXELS)


def read_contract(content: bytes) -> None:
    """Reads a contract, and one that is packed behind a model."""
    path = SCRATCH / "contract.json"
    path.write_bytes(content)
    tflite.has_contract(path)
    Contract.load(path)


KINDS = {"photos": (read_photo, seeds.photos), "contracts": (read_contract, seeds.contracts)}


def main() -> None:
    """Runs libFuzzer; it never returns."""
    read, files = KINDS[sys.argv[1]]
    corpus = SCRATCH / sys.argv[1]
    corpus.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (corpus / name).write_bytes(content)

    def once(content: bytes) -> None:
        with contextlib.suppress(BlurError):
            read(content)

    atheris.Setup([sys.argv[0], *sys.argv[2:], str(corpus)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
