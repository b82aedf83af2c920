"""The page: whole, harmless, small, and linked to the photos."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from red_system import RedIsBlurred, save

from keras_blur.photos.report import CHUNK, link, pictures, write_report
from keras_blur.photos.rows import make_row
from keras_blur.processing.find import Photo


def row_of(path):
    result = RedIsBlurred().predict(path)
    row = make_row(str(path), 7, result)
    return row | pictures(Photo(path, path), result, row)


def scripts(page):
    found = re.findall(
        r'<script type="application/json" id="([^"]+)">(.*?)</script>', page.read_text(), re.DOTALL
    )
    return {name: json.loads(text) for name, text in found}


@pytest.fixture
def rows(tmp_path):
    save(tmp_path / "shaken.png", (255, 0, 0), size=(640, 480))
    save(tmp_path / "sharp.png", size=(100, 400))
    failed = {"photo": str(tmp_path / "bad.jpg"), "bytes": 1, "error": "cannot read </script><b>"}
    shaken = row_of(tmp_path / "shaken.png") | {"inside": "shaken.png"}
    return [shaken, row_of(tmp_path / "sharp.png") | {"inside": "day 1/a\nb/sharp.png"}, failed]


def test_the_page_has_all_rows_in_order(tmp_path, rows):
    write_report(tmp_path / "r.html", lambda: rows, "red")
    data = scripts(tmp_path / "r.html")
    assert [row["kind"] for row in data["rows"]["rows"]] == ["blurred", "sharp", "failed"]
    first = data["rows"]["rows"][0]
    assert first["link"] == "shaken.png" and first["score"] == 1 and first["shares"]["motion"] == 1
    assert (
        "folder" not in first and data["rows"]["rows"][1]["folder"] == "day 1/a?b"
    )  # below what was looked at
    assert data["rows"]["system"] == "red" and len(data["pictures-0"]) == 3
    assert data["rows"]["rows"][2]["text"] == "cannot read </script><b>"
    assert (tmp_path / "r.html").read_text().rstrip().endswith("</html>")


def test_thumbnails_and_maps_have_the_photos_shape(rows):
    for row, size in ((rows[0], (240, 180)), (rows[1], (60, 240))):
        thumbnail, tint = (Image.open(io.BytesIO(base64.b64decode(row[k]))) for k in ("thumbnail", "hover"))
        assert thumbnail.size == size
        assert tint.width / tint.height == pytest.approx(size[0] / size[1], rel=0.03)
    tint = np.asarray(Image.open(io.BytesIO(base64.b64decode(rows[0]["hover"]))).convert("RGBA"))
    assert tint[..., 3].mean() > 180 and tint[..., 0].mean() > tint[..., 2].mean() + 80  # orange


def test_nothing_in_a_name_becomes_part_of_the_page(tmp_path, rows):
    for name in ("</script><script>alert(1)</script>.png", "<!-- data -->\n.png", "\x1b.png"):
        rows.append(rows[0] | {"photo": name})
    write_report(tmp_path / "r.html", lambda: rows, "<i>")
    text = (tmp_path / "r.html").read_text()
    assert "alert(1)</script>" not in text and text.count("<!-- data -->") == 0 and "\x1b" not in text
    assert len(scripts(tmp_path / "r.html")["rows"]["rows"]) == 6


def test_links_name_the_file_from_the_page(tmp_path):
    assert link(str(tmp_path / "a b" / "ü#?.jpg"), tmp_path) == "a%20b/%C3%BC%23%3F.jpg"
    assert link(str(tmp_path / "x\udcff.jpg"), tmp_path / "sub") == "../x%FF.jpg"


def test_many_rows_are_divided_into_chunks(tmp_path, rows):
    write_report(tmp_path / "r.html", lambda: (rows[index % 3] for index in range(2 * CHUNK + 1)), "red")
    data = scripts(tmp_path / "r.html")
    assert [len(data[f"pictures-{number}"]) for number in range(3)] == [CHUNK, CHUNK, 1]
    assert len(data["rows"]["rows"]) == 2 * CHUNK + 1


def test_the_page_asks_for_nothing_outside(tmp_path, rows):
    template = Path(link.__code__.co_filename).with_name("report.html").read_text()
    assert not re.search(r"https?://|src=\"(?!data:)|@import|url\(", template)
    assert "default-src 'none'" in template
