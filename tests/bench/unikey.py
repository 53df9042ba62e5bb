"""label.py's page with a real input method: ibus-unikey, in a window of its own X server.

Debian: apt-get install xvfb dbus-x11 openbox xdotool ibus ibus-gtk3 ibus-unikey
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from typist import LabelPage, Served, draw_lines, free_port

from bench.row import Row
from ppocr_ext.errors import UserError
from ppocr_ext.workspace.suite import find_browser, how_to_get_it

NEEDED = ("Xvfb", "dbus-run-session", "openbox", "xdotool", "ibus", "ibus-daemon", "gsettings")
DISPLAY, SCHEMA = ":96", "org.freedesktop.ibus.engine.unikey"
NAME = "Nguyễn Thị Điền"
_QUIET: dict[str, int] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# What is typed for it, and for "tiếng việt".
METHODS = {
    "telex": ("Nguyeenx Thij DDieenf", "tieengs vieetj"),
    "vni": ("Nguye6n4 Thi5 D9ie6n2", "tie6ng1 vie6t5"),
}
COMMAND = f"import sys; sys.path[:0] = {sys.path!r}; from bench.unikey import main; main()"


def measure() -> list[Row]:
    """One row a method and pace. Raises :class:`UserError` for what is not installed."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        cure = (__doc__ or "").strip().rpartition("Debian: ")[2]
        raise UserError(f"{', '.join(missing)} is not installed", "a real input method", cure)
    with tempfile.TemporaryDirectory() as home:
        methods = {"GTK_IM_MODULE": "ibus", "XMODIFIERS": "@im=ibus", "DISPLAY": DISPLAY}
        places = {"HOME": home, "XDG_RUNTIME_DIR": home, "LANG": "C.UTF-8"}
        server = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1280x800x24"], **_QUIET)
        try:
            inner = ["dbus-run-session", "--", sys.executable, "-c", COMMAND, home]
            done = subprocess.run(
                inner,
                env={**os.environ, **methods, **places},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
        finally:
            server.terminate()
            server.wait()
    rows = [row.split("\t") for row in done.stdout.splitlines() if row.count("\t") == 2]
    return [Row(what, found, wanted, found == wanted) for what, found, wanted in rows]


def main() -> None:
    """Inside the session: type, and print what came of it beside what is right."""
    for command in (["openbox"], ["ibus-daemon", "-x", "-r", "-d"]):
        subprocess.Popen(command, **_QUIET)
    folder = Path(sys.argv[1]) / "dòng"
    draw_lines(folder, 40)
    served = Served(folder, "--order", "page", "--port", free_port()).wait_for_drafts()
    program = find_browser()
    assert program, how_to_get_it()
    options = ["--no-sandbox", "--gtk-version=3", "--ozone-platform=x11"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=False, args=options)
        page = LabelPage(browser.new_context(no_viewport=True).new_page()).open(served.url)
        page.page.bring_to_front()  # or the address bar has the focus
        for method, (name, words) in METHODS.items():
            subprocess.run(["gsettings", "set", SCHEMA, "input-method", method], check=True)
            for engine in ("xkb:us::eng", "Unikey"):  # which reads its settings when it starts
                subprocess.run(["ibus", "engine", engine], **_QUIET)
                time.sleep(1)
            for pause in (0, 20, 80):
                _enter(page, f"{method}, a key each {pause} ms, Enter while composing", name, pause)
            _backspace(page, method, words)
        browser.close()
    served.stop()


def _enter(page: LabelPage, what: str, keys: str, pause: int) -> None:
    n = page.n
    page.page.focus(".card.current .text")
    _empty()
    _type(keys, pause)
    _press("Return")
    page.until("(n) => document.querySelector('.card.current').dataset.n !== n", str(n))
    time.sleep(0.5)  # longer than each of the page's own waits
    page.saved()
    line, draft = page.line(n), page.line(n + 1)["draft"]
    found = f"{line['kind']} {line['text']}; {page.n - n} line on, its field: {page.field}"
    print(f"{what}\t{found}\tok {NAME}; 1 line on, its field: {draft}", flush=True)


def _backspace(page: LabelPage, method: str, keys: str) -> None:
    """One letter at a time while composing; in no field nothing."""
    n, seen = page.n, []
    _empty()
    _type(keys, 20)
    for count in (0, 1, 1, 12):
        for _ in range(count):
            _press("BackSpace")
        time.sleep(0.5)
        seen.append(page.field)
    _press("Escape", "Escape", "Escape", "BackSpace", "BackSpace")
    time.sleep(0.3)
    stays = "the line stays" if page.n == n and page.line(n)["kind"] == "todo" else "the line went"
    wanted = "tiếng việt | tiếng việ | tiếng vi | ; the line stays"
    print(f"{method}, Backspace\t{' | '.join(seen)}; {stays}\t{wanted}", flush=True)
    page.page.focus(".card.current .text")


def _empty() -> None:
    _press("ctrl+a", "Delete")


def _type(keys: str, pause: int) -> None:
    for key in keys:
        name = "space" if key == " " else key.lower()
        _press(f"Shift_L+{name}" if key.isupper() else name)
        time.sleep(pause / 1000)


def _press(*keys: str) -> None:
    for key in keys:
        subprocess.run(["xdotool", "key", "--delay", "0", key], check=True)
