"""The report in a real browser: headless Chromium at the widths of a desk and of a telephone.

Screenshots are kept in the folder that the environment variable SCREENSHOTS names. Where no Chromium is
installed these tests are skipped, unless CI_BROWSER=1 says that it must be.
"""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
MANY = [
    "dnn",
    "lv2023",
    "sparse-20",
    "quick",
    "sparse-50",
    "quantised-1",
    "majority",
    "tf-idf",
    "mean-vector",
]
WIDTHS = {"desk": 1280, "telephone": 390}

# What sticks out of the window or is cut off, save in frames that scroll.
OUTSIDE = """() => {
  const scrolls = e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
  const framed = e => e && (scrolls(e) || framed(e.parentElement));
  const name = e => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 40)}`;
  const shown = [...document.querySelectorAll("body *")].filter(e => e.getClientRects().length);
  const out = shown.filter(e => !framed(e.parentElement)).filter(e => {
    const box = e.getBoundingClientRect();
    return box.left < -0.5 || box.right > innerWidth + 0.5;
  });
  const cut = shown.filter(e => ["hidden", "clip"].includes(getComputedStyle(e).overflowX))
    .filter(e => e.scrollWidth > e.clientWidth);
  return [...out, ...cut].map(name);
}"""

# Of each frame, moved to its end: how much is still beyond its edges, its height, what it is.
SCROLLED = """frames => frames.map(frame => {
  frame.scrollTo(1e6, 1e6);
  const [inner, outer] = [frame.firstElementChild, frame].map(e => e.getBoundingClientRect());
  const wide = frame.scrollWidth > frame.clientWidth;
  frame.scrollTo(0, 0);
  return [inner.right - outer.right, inner.bottom - outer.bottom, outer.height,
    frame.firstElementChild.tagName == "TABLE", wide];
})"""


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        said = f"no Chromium ({', '.join(NAMES)}) on this machine"
        (pytest.fail if os.environ.get("CI_BROWSER") == "1" else pytest.skip)(said)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module", params=["plain", "many"])
def report(request, browser, lasting_study):
    """The file of a report: of one English data set, or of a Chinese one with many methods and seeds."""
    if request.param == "plain":
        made = lasting_study("plain", attacks=False)
        made.raster("mr", "lv2023", ["not", "a", "bad", "film", "https://example.org/" + "x" * 99] * 9)
    else:
        several = {"datasets": {"own": "我的评论数据"}, "seeds": [1, 2], "methods": MANY, "tabulated": 3.0}
        made = lasting_study("many", **several)
        made.raster("own", "lv2023", ["物流", "很", "快", "，", "但是", "不", "好用"], steps=1)
    made.report(pictures=True)
    return made.folder / "report.html"


@pytest.fixture(params=WIDTHS)
def page(request, browser, report):
    """The report in a window of a width; ends with what the browser has complained of or asked for."""
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 900})
    opened = context.new_page()
    complaints, requests = [], []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda one: requests.append(one.url))
    opened.goto(report.as_uri())
    opened.shown = f"{report.parents[1].name.rstrip('0123456789')}-{request.param}"
    yield opened
    context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [report.as_uri()]


def open_all(page):
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")


def keep(page, state):
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{page.shown}-{state}.png", full_page=True)


def test_the_answer_comes_first(page):
    """The verdict and the classifiers stand in the first screens; all else is folded."""
    keep(page, "folded")
    assert page.locator("details[open]").count() == 0
    verdict, table, figure = (page.locator(f"#answer {what}").first for what in ("ul", "table", "img"))
    assert verdict.bounding_box()["y"] < 200
    assert table.bounding_box()["y"] < 900
    assert figure.is_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 6 * 900
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 300)")


@pytest.mark.parametrize("state", ["folded", "open"])
def test_nothing_sticks_out(page, state):
    if state == "open":
        open_all(page)
        keep(page, state)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.evaluate(OUTSIDE) == []


def test_what_is_wide_or_long_scrolls_in_its_own_frame(page):
    """Every table and figure can be seen to its last column and row without moving the page."""
    open_all(page)
    frames = page.eval_on_selector_all(".scroll", SCROLLED)
    assert len(frames) > 15
    for right, bottom, height, is_table, _ in frames:
        assert right < 1 and bottom < 1
        assert height < 900 or not is_table
    assert any(is_wide for *_, is_wide in frames) or page.viewport_size["width"] > 1000
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]


def test_contents_lead_to_open_sections(page):
    links = page.locator("nav a").all()
    assert len(links) > 10
    for link in links:
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = false })")
        link.click()
        target = page.locator(f'[id="{link.get_attribute("href")[1:]}"]')
        assert target.is_visible()
        heading = target.locator("xpath=../summary")
        assert heading.inner_text() in link.inner_text()
        top = heading.bounding_box()["y"]
        assert 0 <= top < 900  # the heading is seen too


def test_sections_fold(page):
    for section in page.locator(".section").all():
        inside, heading = section.locator("> div"), section.locator("> summary")
        assert not inside.is_visible()
        heading.click()
        assert inside.is_visible()
        parts = section.locator(".part > div").all()
        assert not any(part.is_visible() for part in parts)
        heading.press("Enter")  # without a mouse
        assert not inside.is_visible()


def test_no_table_is_empty(page):
    assert page.locator("tbody").count() > 10
    assert page.locator("tbody:not(:has(tr))").count() == 0


def test_nothing_is_folded_on_paper(page):
    page.emulate_media(media="print")
    assert page.locator("pre").is_visible()
    assert page.locator(".part > div").last.is_visible()
