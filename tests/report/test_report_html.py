"""The HTML report, opened by a real browser: what it shows, that it escapes, asks for nothing and fits a phone."""

from __future__ import annotations

import dataclasses
import html as entities
import html.parser
import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("jinja2")

from flake8_keras_graph.records import (
    Comparison,
    Finding,
    FindingResult,
    ModelResult,
    RankedFinding,
    Report,
    RuleInfo,
    Span,
    Step,
)
from flake8_keras_graph.report.measured import html_page, interval

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason=f"no browser on PATH: {', '.join(BROWSERS)}")

ATTACK = "</code></script><script>document.title = 'taken'</script><img src=x onerror=alert(1)> & \"'"
RULES = (
    RuleInfo("KG101", "tensor-if", "error", "Python `if` on a tensor", ""),
    RuleInfo("KG301", "unrolled-loop", "warning", "A loop is unrolled", ""),
)
BREAKS = Finding(
    "KG101", "`if` on the tensor `gate`: fit raises", "src/gated.py", Span(14, 8, 14, 25), "Gated.call", "error",
    why=(
        Step(Span(11, 19, 11, 25), "`inputs` is a tensor: the first argument of `call`"),
        Step(Span(3, 4, 4, 9), "`helper(inputs)` returns a tensor", "src/helpers.py"),
    ),
)  # fmt: skip
ROLLED = Finding(
    "KG301", "the cell is applied 50 times", "src/recurrent.py", Span(20, 8, 22, 9), "Recurrent.call", "warning"
)
FREE = Finding(
    "KG301", "Python loop is unrolled while tracing", "src/stack.py", Span(9, 8, 11, 9), "Stack.call", "note"
)

AGAINST_EAGER = Comparison(
    "as written", "fixed KG101:14", "eager", "train", 11.1, 10.8, 11.5, "slower", None, 1.2e-7,
    rewrite_mode="graph", original_seconds=0.0111, rewrite_seconds=0.001, control_low=0.97, control_high=1.03,
    warnings=("the machine is noisy by 9.5%: close other programs",),
)  # fmt: skip
SLOWER = Comparison(
    "as written", "functional", "graph", "train", 1.72, 1.69, 1.76, "slower", False, 3e-7,
    original_seconds=0.0172, rewrite_seconds=0.01, control_low=0.98, control_high=1.02,
)  # fmt: skip
UNCLEAR = Comparison(
    "as written", "functional", "graph", "forward", 1.1, 0.8, 1.5, "inconclusive", False, 3e-7,
    original_seconds=0.0012, rewrite_seconds=0.0011, warnings=("the machine is noisy by 15%: close other programs",),
)  # fmt: skip
SAME = Comparison("as written", "functional", "graph", "train", 1.0, 1.0, 1.0, "same graph", True, 0.0)

GATED = ModelResult(
    "src/gated.py", "Gated", "measured",
    spec={"where": "Gated(units=8) in train.py:4", "inputs": {"x": {"shape": [16], "dtype": "float32"}}, "batch_size": 32},
    findings=(FindingResult("KG101", 0, 14, 8, "confirmed", "compiled as fit compiles, it raises", rewrite="fixed KG101:14"),),
    comparisons=(AGAINST_EAGER,),
    compiled={"graph": {"train": {"works": False, "error": {"type": "OperatorNotAllowedInGraphError", "message": "no bool", "line": 14}}}},
)  # fmt: skip
RECURRENT = ModelResult(
    "src/recurrent.py", "Recurrent", "measured",
    spec={"guessed": True, "constructor": "()", "inputs": {"x": {"shape": [50, 8], "dtype": "float32"}}, "batch_size": 32},
    findings=(FindingResult("KG301", 0, 20, 8, "confirmed", "50 iterations in each of 4 runs", (50,), rewrite="functional"),),
    comparisons=(SLOWER, UNCLEAR),
    compiled={"graph": {"train": {"works": True, "first_call_seconds": 1.9, "traces": 1, "operations": {"MatMul": 150}, "loops": 0}}},
    rewrite_source="def build_recurrent(inputs):\n    if a < b & c:\n        pass\n",
    remedies={"a loop in the graph (KG301:20)": "@@ -1 +1 @@\n-for step in range(50):\n+ops.while_loop()\n"},
    warnings=("ended early: the process exited with status 70",),
)  # fmt: skip
STACK = ModelResult(
    "src/stack.py", "Stack", "measured",
    findings=(FindingResult("KG301", 0, 9, 8, "refuted", "5 iterations", (5,), rewrite="functional"),),
    comparisons=(SAME,),
    compiled={"graph": {"train": {"works": True, "operations": {"MatMul": 12, "Relu": 5}}}},
    refusals=("line 9: a reason",),
)  # fmt: skip
TOML = '[[tool.keras-graph.model]]\ntarget = "src/hard.py:Hard"\nkwargs = { mystery = 16 }'
HARD = ModelResult(
    "src/hard.py", "Hard", "not_measured",
    f"building and calling it failed: needs `mystery`\nTell how in pyproject.toml:\n{TOML}",
)  # fmt: skip
PLACES = (
    RankedFinding("src/gated.py", "Gated.call", "KG101", 14, 8, "error", "confirmed", 10.1, 11.1, 10.8, 11.5, "slower", BREAKS.message),
    RankedFinding("src/recurrent.py", "Recurrent.call", "KG301", 20, 8, "warning", "confirmed", 7.2, 1.72, 1.69, 1.76, "slower", ROLLED.message),
    RankedFinding("src/stack.py", "Stack.call", "KG301", 9, 8, "note", "confirmed", 0.0, 1.0, 1.0, 1.0, "same graph", FREE.message),
)  # fmt: skip
ENVIRONMENT = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "python": "3.11.7",
    "device": "cpu",
    "processor": "EPYC",
    "threads": 2,
}
REPORT = Report("0.1.0", ENVIRONMENT, RULES, (BREAKS, ROLLED, FREE), (GATED, RECURRENT, STACK, HARD), PLACES)
HOSTILE = Report(
    f"0.1.0{ATTACK}", {"device": ATTACK, ATTACK: "x", "threads": None}, (),
    (dataclasses.replace(BREAKS, message=ATTACK, path=ATTACK, symbol=ATTACK, why=(Step(Span(1, 0, 1, 1), ATTACK, ATTACK),)),),
    (
        ModelResult(
            ATTACK, ATTACK, "measured", spec={"where": ATTACK, "inputs": {"x": ATTACK}, "guessed": True},
            findings=(FindingResult("KG101", 0, 14, 8, "confirmed", ATTACK, rewrite=ATTACK),),
            comparisons=(dataclasses.replace(SLOWER, rewrite=ATTACK, device=ATTACK, warnings=(ATTACK,)),
                         dataclasses.replace(SLOWER, ratio=0.0, low=-1.0, high=1e300)),
            compiled={"graph": {ATTACK: {"works": False, "error": {"type": ATTACK, "message": ATTACK, "line": ATTACK}}, "x": 3},
                      "xla": {"train": {"works": True, "first_call_seconds": "soon", "operations": {"a": "b"}, "loops": ATTACK}}, "fit": 1},
            rewrite_source=ATTACK, remedies={ATTACK: ATTACK}, refusals=(ATTACK,), warnings=(ATTACK, "a\u202eb\x00c\udc80d", "long " * 2000 + "x" * 5000),
        ),
        ModelResult(ATTACK, "Other" * 200, "not_measured", f"{ATTACK}[[tool.keras-graph.model]]{ATTACK}"),
    ),
    (dataclasses.replace(PLACES[0], path=ATTACK, symbol=ATTACK, text=ATTACK),),
)  # fmt: skip

Browse = Callable[[str], "Page"]


@dataclasses.dataclass(frozen=True)
class Page:
    """What a browser made of a file, and what it had to say about it."""

    dom: str
    said: str

    @property
    def text(self) -> str:
        """Everything between the tags of the body, white space collapsed."""
        body = re.sub(r"<(style|script)\b.*?</\1>|</?code>", "", self.dom.partition("<body")[2], flags=re.S)
        return " ".join(entities.unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Open a page from a file and return the document as it is after its scripts have run."""

    def open_page(content: str) -> Page:
        assert BROWSER is not None
        file = tmp_path / "page.html"
        file.write_text(content, encoding="utf-8", errors="backslashreplace")
        options = (
            "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
            "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars "
            "--enable-logging=stderr --virtual-time-budget=2000 --dump-dom"
        )
        result = subprocess.run(
            [BROWSER, *options.split(), f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert result.returncode == 0, result.stderr
        return Page(result.stdout, "\n".join(line for line in result.stderr.splitlines() if "CONSOLE" in line))

    return open_page


@needs_browser
def test_what_it_shows(browse: Browse) -> None:
    page = browse(html_page.render(REPORT, 1000))
    assert page.said == ""
    for expected in (
        "4 classes: 2 compared with a rewrite, 1 proved the same graph as a rewrite, 1 not run; 3 findings, ranked for a run of 1000 training steps.",
        "1 breaking", "1 costing time", "1 free",
        "tensorflow 2.21.0", "processor EPYC", "threads 2",
        "the machine is noisy by 15%: close other programs (2 comparisons)",
        "breaks KG101 src/gated.py:14 11.1x [10.8, 11.5] confirmed",
        "7.2 s KG301 src/recurrent.py:20 1.72x [1.69, 1.76] confirmed",
        "free KG301 src/stack.py:9 same graph",
        "Gated src/gated.py does not compile 1 given",
        "Recurrent src/recurrent.py up to 1.72x slower 1 guessed",
        "Stack src/stack.py same graph",
        "Hard src/hard.py not measured 0",
        "Built by Gated(units=8) in train.py:4; inputs (16,) float32, batches of 32.",
        "KG101 error confirmed line 14, column 9",
        "inputs is a tensor: the first argument of call line 11 helper(inputs) returns a tensor src/helpers.py:3",
        "When run: compiled as fit compiles, it raises.",
        "fixed KG101:14: equal, outputs and gradients differ by at most 1.2e-07",
        "as written run eagerly against fixed KG101:14 compiled train cpu 11.1 ms 1 ms slower: 11.1x [10.8, 11.5]",
        "inconclusive [0.80, 1.50]",
        "same graph: 17 operations, identical up to names",
        "OperatorNotAllowedInGraphError at line 14: no bool",
        "def build_recurrent(inputs): if a < b & c: pass",
        "ended early: the process exited with status 70",
        "line 9: a reason",
        "Not measured. building and calling it failed: needs mystery",
        " ".join(TOML.split()),
    ):  # fmt: skip
        assert expected in page.text


@needs_browser
def test_it_is_a_document_for_everybody(browse: Browse) -> None:
    dom = browse(html_page.render(REPORT, 1000)).dom
    assert '<html lang="en">' in dom
    assert re.search(r"<title>[^<]{20,}</title>", dom)
    assert dom.count("<h1") == 1
    assert all("scope=" in heading for heading in re.findall(r"<th\b[^>]*>", dom))
    drawings = re.findall(r"<svg\b[^>]*>", dom)
    assert len(drawings) == 3 + 2  # three timed comparisons, and an axis for each of two classes
    assert all("aria-label=" in drawing or 'aria-hidden="true"' in drawing for drawing in drawings)
    assert 'aria-label="1.72 times as long, 99% interval 1.69 to 1.76"' in dom
    assert dom.count("<button") == 7 + 5  # the script made the headings of both lists buttons
    named = set(re.findall(r'\bid="([^"]+)"', dom))
    assert set(re.findall(r'(?:href="#|aria-labelledby=")([^"]+)"', dom)) <= named


@needs_browser
@pytest.mark.parametrize("report", [REPORT, HOSTILE, Report("0.1.0", {})], ids=["ordinary", "hostile", "empty"])
def test_it_asks_for_nothing_and_runs_nothing_of_others(browse: Browse, report: Report) -> None:
    page = browse(html_page.render(report, 1000))
    assert page.said == ""
    assert "<title>keras-graph: " in page.dom
    assert page.dom.count("<script") == 1
    assert "<img" not in page.dom
    # Links inside the page are all that there are.
    assert all(target.startswith("#") for target in _targets(page.dom))
    assert not re.search(r"url\(|@import|https?://", page.dom)


def _targets(dom: str) -> list[str]:
    """What the tags' own ``src`` and ``href`` name; text and other attributes may speak of anything."""
    found: list[str] = []

    class Parser(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value or "" for name, value in attrs if name in ("src", "href"))

    Parser().feed(dom)
    return found


@needs_browser
def test_what_is_hostile_is_shown_as_it_is(browse: Browse) -> None:
    page = browse(html_page.render(HOSTILE, 1000))
    assert page.text.count(" ".join(ATTACK.split())) > 20
    assert "a\\u202eb\\x00c\\udc80d" in page.text


@needs_browser
def test_the_check_of_errors_can_fail(browse: Browse) -> None:
    policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">"
    assert "Uncaught" in browse("<script>undefined_name()</script>").said
    assert "Content Security Policy" in browse(f"{policy}<img src=x.png>").said


@needs_browser
@pytest.mark.parametrize(
    ("report", "width", "media"), [(REPORT, 400, "print"), (HOSTILE, 400, "print"), (REPORT, 690, "all")],
    ids=["a phone", "a phone, hostile", "a sheet of paper"],
)  # fmt: skip
def test_it_fits(browse: Browse, report: Report, width: int, media: str) -> None:
    content = html_page.render(report, 1000).encode("utf-8", "backslashreplace").decode()
    content = content.replace("@media print", f"@media {media}")  # "all": as it is printed
    frame = f'<iframe width="{width}" height="800" style="border:0" srcdoc="{entities.escape(content)}"></iframe>'
    script = (
        "onload = () => { const page = document.querySelector('iframe').contentDocument.documentElement;"
        "document.title = `${page.clientWidth} ${page.scrollWidth}`; }"
    )
    assert (
        f"<title>{width} {width}</title>"
        in browse(f"<!DOCTYPE html><title></title>{frame}<script>{script}</script>").dom
    )


@needs_browser
def test_a_click_sorts(browse: Browse) -> None:
    click = "<script>document.querySelectorAll('#ranking + .scroll th button')[4].click()</script>"
    content = re.sub("<meta http-equiv=[^>]*>", "", html_page.render(REPORT, 1000)).replace(
        "</body>", f"{click}</body>"
    )
    dom = browse(content).dom
    ranking = dom.partition('aria-labelledby="ranking"')[2].partition("</table>")[0]
    assert re.findall(r"src/(\w+)\.py", ranking) == ["stack", "recurrent", "gated"]
    assert ranking.count('aria-sort="ascending"') == 1


def test_everything_is_in_the_file_without_a_browser() -> None:
    content = html_page.render(REPORT, 1000)
    assert "src/gated.py:14" in content and "1.72x [1.69, 1.76]" in content
    assert html_page.render(REPORT, 1000) == content


@pytest.mark.parametrize(("ratio", "shown"), [(0.5, 0), (1.0, 0.5), (2.0, 1)])
def test_a_scale_is_logarithmic(ratio: float, shown: float) -> None:
    scale = interval.Scale(0.5, 2.0)
    assert scale.x(ratio) == interval.MARGIN + shown * (interval.WIDTH - 2 * interval.MARGIN)
    assert scale.x(ratio / 1e6) == interval.MARGIN  # the edge


@pytest.mark.parametrize("high", [1.01, 3.0, 11.5, 366.0, 1e8])
def test_labels_do_not_overlap_and_one_is_among_them(high: float) -> None:
    comparison = dataclasses.replace(SLOWER, ratio=high, low=0.99, high=high)
    ticks = interval.scale_for([comparison]).ticks
    places = [place for place, _ in ticks]
    assert "1" in [label for _, label in ticks]
    assert 3 <= len(ticks) <= 12
    assert all(after - before >= 26 for before, after in itertools.pairwise(places))


@pytest.mark.parametrize("bound", [0.0, -1.0, 1e300, float("inf"), float("nan"), None])
def test_what_cannot_be_drawn_is_not(bound: float | None) -> None:
    comparison = dataclasses.replace(SLOWER, low=bound)
    assert interval.drawing(comparison, interval.scale_for([comparison])) is None
    assert interval.drawing(SAME, interval.scale_for([SAME])) is None
