"""The HTTP example, with clients at the same time."""

import http.client
import importlib.util
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import keras_blur

PATH = Path(__file__).parents[2] / "examples" / "server.py"
PHOTOS = Path(__file__).parents[1] / "golden" / "photos"


@pytest.fixture(scope="module")
def example():
    specification = importlib.util.spec_from_file_location("server", PATH)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def server(example):
    with example.Server(("127.0.0.1", 0), keras_blur.load("mobile")) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def post(server, body, path="/", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=300)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    return answer.status, content


def test_clients_at_the_same_time_get_their_own_verdicts(server):
    uploads = [path.read_bytes() for path in sorted(PHOTOS.glob("*.png"))] * 4
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda upload: post(server, upload), uploads))
    assert {status for status, _ in answers} == {200}
    for upload, (_, found) in zip(uploads, answers, strict=True):
        expected = server.system.predict(upload).to_dict()
        assert found == json.loads(json.dumps(expected))
    assert len({json.dumps(found) for _, found in answers}) == len(uploads) / 4


def test_a_region_is_judged_alone(server):
    upload = next(PHOTOS.glob("coffee_defocus.png")).read_bytes()
    status, found = post(server, upload, "/?region=0.5,0.5,0.3,0.3")
    expected = server.system.predict(upload, (0.5, 0.5, 0.3, 0.3))
    assert status == 200 and found["score"] == expected.verdict.score
    for region in ("0.5", "a,b,c,d", "0,0,nan,1", "0.9,0.9,0.5,0.5", "0,0,0,0"):
        status, found = post(server, upload, f"/?region={region}")
        assert status == 422 and found["error"].startswith("region: expected")


@pytest.mark.parametrize(
    ("body", "words"), [(b"", "empty"), (b"text", "not a photo"), (b"\xff\xd8\xff", "cannot read")]
)
def test_what_is_no_photo_is_refused_and_the_server_goes_on(server, body, words):
    status, found = post(server, body)
    assert status == 422 and words in found["error"]


def test_uploads_are_bounded(server, example, monkeypatch):
    status, found = post(server, None, **{"Content-Length": str(example.MAX_BYTES + 1)})
    assert status == 413 and "at most" in found["error"]
    status, found = post(server, iter([b"x"]), **{"Transfer-Encoding": "chunked"})
    assert status == 411 and "Content-Length" in found["error"]
    large = io.BytesIO()
    Image.fromarray(np.zeros((300, 400), np.uint8)).save(large, "png")
    monkeypatch.setattr(server.system, "max_pixels", 100_000)
    status, found = post(server, large.getvalue())
    assert status == 422 and "expected at most 0.1 megapixels, found 400x300" in found["error"]
