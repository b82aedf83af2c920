"""Scores uploaded photos over HTTP, with nothing but the standard library around keras-blur.

    python examples/server.py --port 8000
    curl --data-binary @photo.jpg http://127.0.0.1:8000/
    curl --data-binary @photo.jpg 'http://127.0.0.1:8000/?region=0.2,0.3,0.4,0.4'

A photo is the body of a POST; the answer is its verdict as JSON. A region is row, column, height and width
as fractions of the photo's sides. All requests share one system: it is thread-safe.
"""

import argparse
import json
import math
import os
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import keras_blur
from keras_blur.errors import BlurError

MAX_BYTES = 50_000_000
"""Larger uploads are refused before they are read."""

MAX_PIXELS = 60_000_000
"""Larger photos are refused before they are decoded: a small file can claim any size."""

TIMEOUT = 30
"""Seconds that a client may be silent."""


class Server(ThreadingHTTPServer):
    """A thread for each client, one system for all of them, and as many photos at a time as there are cores.

    Args:
        address: Host name and port; port 0 is any free one.
        system: What scores the photos.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], system: keras_blur.System):
        super().__init__(address, Handler)
        self.system = system
        self.free = threading.BoundedSemaphore(os.cpu_count() or 1)


class Handler(BaseHTTPRequestHandler):
    """Answers one client."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT

    def do_POST(self) -> None:
        """Scores the photo in the request's body."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self.refuse(HTTPStatus.LENGTH_REQUIRED, "expected the header Content-Length and a photo")
        elif int(length) > MAX_BYTES:
            self.refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {MAX_BYTES} bytes, received {length}"
            )
        else:
            self.score(self.rfile.read(int(length)))

    def score(self, photo: bytes) -> None:
        """Answers with the verdict, or with what is wrong with the photo or the region."""
        try:
            region = parse_region(self.path)
            with self.server.free:
                result = self.server.system.predict(photo, region)
        except (BlurError, ValueError) as error:
            self.answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)})
        else:
            self.answer(HTTPStatus.OK, result.to_dict())

    def refuse(self, status: HTTPStatus, reason: str) -> None:
        """Answers without reading the body, so the connection can't be used again."""
        self.close_connection = True
        self.answer(status, {"error": reason})

    def answer(self, status: HTTPStatus, content: dict) -> None:
        """Sends JSON."""
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def parse_region(path: str) -> tuple[float, float, float, float] | None:
    """Returns the region that a request's address names; None if it names none.

    Raises:
        ValueError: it isn't four numbers.
    """
    text = parse_qs(urlsplit(path).query).get("region")
    if text is None:
        return None
    try:
        row, column, height, width = map(float, text[0].split(","))
    except ValueError:
        raise ValueError(f"region: expected row,column,height,width, received {text[0]!r}") from None
    if not math.isfinite(row + column + height + width):
        raise ValueError(f"region: expected finite numbers, received {text[0]!r}")
    return row, column, height, width


def main(argv: list[str] | None = None) -> None:
    """Serves until it is interrupted."""
    options = argparse.ArgumentParser(description="Scores uploaded photos over HTTP.")
    options.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine alone)")
    options.add_argument("--port", type=int, default=8000, help="where to listen (default: %(default)s)")
    options.add_argument("--system", default="mobile", help="what scores the photos (default: %(default)s)")
    arguments = options.parse_args(argv)
    system = keras_blur.load(arguments.system)
    system.max_pixels = MAX_PIXELS
    with Server((arguments.host, arguments.port), system) as server:
        print(f"listening on http://{arguments.host}:{server.server_port}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
