"""Opens pages in headless Chromium, or a relative of it, as a reader would."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.workspace.suite import find_browser

NO_BROWSER = "no browser is installed"
# Before the page's own scripts: keeps what goes wrong in them.
WATCH = """<script>window.seenErrors = [];
addEventListener("error", (event) => window.seenErrors.push(String(event.message)));
addEventListener("securitypolicyviolation", (e) => window.seenErrors.push(e.violatedDirective));
console.error = (...words) => window.seenErrors.push(words.join(" "));
</script>"""
# After a test's script has called keep(): what it saw, as text in the page.
KEEP = """<script>
const keep = (seen) => document.body.append(Object.assign(document.createElement("pre"),
  {id: "seen", textContent: JSON.stringify({errors: window.seenErrors, ...seen})}));
</script>"""


def need_browser() -> str:
    """Its program; skips the test where there is none, which the last lines of pytest then say."""
    browser = find_browser()
    if browser is None:
        pytest.skip(NO_BROWSER)
    return browser


def open_in(browser: str, page: Path, profile: Path, *options: str) -> str:
    """The page's elements after its scripts have run.

    Args:
        profile: an empty folder for the browser's own files.
    """
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=5000",
        f"--user-data-dir={profile}",
        *options,
        page.resolve().as_uri(),
    ]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", timeout=120
    )
    return done.stdout


def exercise(browser: str, page: Path, script: str, profile: Path) -> dict[str, Any]:
    """Opens ``page`` with ``script`` after its own, and returns what that gave to ``keep``.

    ``errors`` holds what the page's scripts reported.
    """
    text = page.read_text(encoding="utf-8").replace("<head>", "<head>" + WATCH)
    text = text.replace("</body>", f"{KEEP}<script>{script}</script></body>")
    exercised = page.with_name("exercised.html")
    exercised.write_text(text, encoding="utf-8", newline="\n")
    elements = open_in(browser, exercised, profile, "--dump-dom")
    found = re.search(r'<pre id="seen">(.*?)</pre>', elements, re.DOTALL)
    assert found, f"the page's scripts did not run to their end:\n{elements[:2000]}"
    return json.loads(html.unescape(found.group(1)))
