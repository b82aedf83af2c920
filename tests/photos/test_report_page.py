"""The page as a browser shows it: headless Chromium opens it with a script that uses it as people do."""

import base64
import json
import re
import shutil
import subprocess

import pytest
from red_system import RedIsBlurred, save

from keras_blur.photos.report import pictures, write_report
from keras_blur.photos.rows import make_row
from keras_blur.processing.find import Photo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: tools/need.sh chromium chromium"),
]

SCRIPT = """
<style>.map { transition: none !important; }</style>
<script>
addEventListener("load", async () => {
  const found = {};
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const key = (name) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
  const shown = () => [...document.querySelectorAll(".card")].filter((card) => !card.hidden);
  const focused = () => Number(document.activeElement.dataset.index);
  await pause(500);
  found.cards = document.querySelectorAll(".card").length;
  found.pictures = document.querySelectorAll(".picture img:not(.map)").length;
  const images = [...document.querySelectorAll(".picture img")];
  found.decoded = images.slice(0, 2).every((image) => image.naturalWidth > 0);
  found.kinds = shown().slice(0, 4).map((card) => card.className);
  key("ArrowRight");
  found.first = focused();
  key("ArrowRight"); key("ArrowRight"); key("ArrowLeft");
  found.second = focused();
  key("ArrowDown");
  found.below = focused() - columns();
  found.opacity = [getComputedStyle(shown()[5].querySelector(".map")).opacity];
  key("m");
  await pause(300);
  found.opacity.push(getComputedStyle(shown()[5].querySelector(".map")).opacity);
  key("/");
  found.search = document.activeElement.id;
  document.getElementById("search").value = "SHAKEN";
  document.getElementById("search").oninput();
  found.searched = shown().length;
  document.getElementById("search").value = "";
  document.querySelector("[data-kind=failed]").click();
  found.failed = shown().map((card) => card.textContent);
  document.querySelector("[data-kind=all]").click();
  scrollTo(0, document.body.scrollHeight);
  await pause(500);
  found.later = document.querySelectorAll(".picture img:not(.map)").length;
  found.wider = document.documentElement.scrollWidth > innerWidth;
  const asked = performance.getEntriesByType("resource");
  found.requests = asked.filter(({ name }) => !name.startsWith("data:")).length;
  const result = document.createElement("pre");
  result.id = "found";
  result.textContent = btoa(JSON.stringify(found));
  document.body.append(result);
});
</script>
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page of 10,000 rows, of three kinds."""
    folder = tmp_path_factory.mktemp("page")
    rows = []
    for name, colour in (("shaken.png", (255, 0, 0)), ("sharp.png", (0, 0, 0))):
        result = RedIsBlurred().predict(save(folder / name, colour, size=(640, 480)))
        row = make_row(str(folder / name), 7, result)
        rows.append(row | pictures(Photo(folder / name, folder / name), result, row))
    failed = {"photo": str(folder / "bad.jpg"), "bytes": 1, "error": "cannot read <b>"}
    counts = (2000, 7998, 2)
    write_report(
        folder / "r.html",
        lambda: (row for row, count in zip([*rows, failed], counts, strict=True) for _ in range(count)),
        "red",
    )
    return folder / "r.html"


@pytest.mark.parametrize("size", [(1280, 900), (500, 844)], ids=["desktop", "phone"])
def test_ten_thousand_photos_in_a_browser(page, tmp_path, size):
    used = page.with_name(f"used-{size[0]}.html")
    used.write_text(page.read_text().replace("</body>", SCRIPT + "</body>"))
    command = [
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"),
        *("--disable-background-networking", "--no-first-run", "--virtual-time-budget=20000"),
        *(f"--window-size={size[0]},{size[1]}", "--dump-dom", used.as_uri()),
    ]
    dumped = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True).stdout
    found = json.loads(base64.b64decode(re.search(r'<pre id="found">([^<]+)</pre>', dumped)[1]))
    assert found["cards"] == 10_000 and found["decoded"]
    assert found["pictures"] < 300 and found["pictures"] < found["later"] < 600  # only what comes into sight
    assert found["kinds"] == ["card kind-blurred is-motion"] * 4
    assert (found["first"], found["second"], found["below"]) == (0, 1, 1)
    assert found["opacity"] == ["0", "0.75"] and found["search"] == "search" and found["searched"] == 2000
    assert len(found["failed"]) == 2 and "cannot read <b>" in found["failed"][0]
    assert not found["wider"] and found["requests"] == 0
