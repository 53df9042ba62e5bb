"""label.py as a child process, and its page in a browser with keys as input methods send them."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from ppocr_ext.runtime import REPOSITORY

LABEL = REPOSITORY / "tools" / "label.py"
# Answers of addresses that hold a key of window.slow come so many ms later.
SLOW = """
const quick = fetch;
window.fetch = async (path, options) => {
  const late = Object.entries(window.slow ?? {}).find(([part]) => `${path}`.includes(part))?.[1];
  const answer = await quick(path, options);
  if (late) await new Promise((done) => setTimeout(done, late));
  return answer;
};
"""
# The page asks for news every 2.5 s; here five times a second.
NEWS_AT_ONCE = """
const later = setTimeout;
window.setTimeout = (does, wait) => later(does, wait === 2500 ? 200 : wait);
"""


class Served:
    """``label.py FOLDER`` as a child process; ``url`` holds the token of the first visit."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
        self.child = subprocess.Popen(
            [sys.executable, str(LABEL), str(self.folder), "--no-browser", *self.options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self.child.stdout is not None
        self.said: list[str] = []
        for row in self.child.stdout:
            self.said.append(row)
            if row.startswith("Ctrl-C"):
                break
        found = [row for row in self.said if row.startswith("open: ")]
        assert found, "".join(self.said)
        self.url = found[0].removeprefix("open: ").strip()
        if "--port" not in self.options:  # a restart takes the port of the last time
            self.options = (*self.options, "--port", self.url.split(":")[2].split("/")[0])

    def wait_for_drafts(self) -> Served:
        """Until the model has read every line."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        for _ in range(50):
            try:
                opener.open(self.url).close()
                break
            except OSError:
                time.sleep(0.1)
        address = self.url.split("?")[0] + "api/state"
        started = 0.0
        while True:
            with opener.open(address) as answer:
                drafts = json.load(answer)["drafts"]
            assert drafts["state"] != "error", drafts
            if drafts["state"] == "done":
                self.rate = drafts["read"] / (time.perf_counter() - started)  # lines a second
                return self
            started = started if drafts["state"] == "reading" and started else time.perf_counter()
            time.sleep(0.05)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()
        assert self.child.stdout is not None
        self.child.stdout.close()

    def stop(self) -> None:
        """As Ctrl-C does, so that label files are written."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
        self.child.communicate(timeout=60)


class LabelPage:
    """The page in a window, and what the server knows."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._on_console)
        self.cdp = page.context.new_cdp_session(page)

    def _on_console(self, message: Any) -> None:
        is_network = "Failed to load resource" in message.text or "ERR_" in message.text
        if message.type in ("error", "warning") and not is_network:
            self.errors.append(message.text)

    def open(self, url: str) -> LabelPage:
        self.page.goto(url)
        self.ready()
        return self

    def ready(self) -> None:
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def show(self, view: str) -> None:
        self.page.click(f"[data-view={view}]")
        self.page.wait_for_selector(f"#{view}:not([hidden])")

    @property
    def n(self) -> int:
        """The line that is large."""
        return int(
            self.page.evaluate(
                "document.querySelector('.view:not([hidden]) .card.current').dataset.n"
            )
        )

    @property
    def field(self) -> str:
        """What the one field holds; "" without one."""
        return self.page.evaluate(
            "document.querySelector('.view:not([hidden]) .field input')?.value ?? ''"
        )

    @property
    def notice(self) -> str:
        return self.page.evaluate("document.querySelector('#notice').textContent")

    def slow(self, **waits: int) -> None:
        """Answers of addresses that hold a name come so many ms later."""
        self.page.evaluate("(waits) => { window.slow = waits; }", waits)

    def act(self, kind: str, **fields: Any) -> dict[str, Any]:
        """What another person does elsewhere."""
        origin = "/".join(self.page.url.split("/", 3)[:3])
        action = {"seq": time.time_ns(), "kind": kind, **fields}
        body = {"client": "elsewhere", "actions": [action]}
        sent = self.page.request.post(
            f"{origin}/api/actions", data=body, headers={"Origin": origin}
        )
        return sent.json()["acks"][0]

    def until(self, script: str, argument: Any = None) -> None:
        """Wait until the script's value is true; not the page's own timers, which need eval."""
        ends = time.monotonic() + 15
        while not self.page.evaluate(script, argument):
            assert time.monotonic() < ends, f"still false: {script} {argument or ''}"
            self.page.wait_for_timeout(20)

    def at(self, n: int) -> None:
        """Wait until line ``n`` is the large one."""
        self.until(
            f"document.querySelector('.view:not([hidden]) .card.current')?.dataset.n === '{n}'"
        )

    def saved(self) -> None:
        """Wait until every action is on the server's disk."""
        self.until("document.querySelector('#saved').className === 'right'")

    def line(self, n: int) -> dict[str, Any]:
        """The server's own state of a line."""
        origin = self.page.url.split("/", 3)
        answer = self.page.request.get(f"http://{origin[2]}/api/lines?ns={n}").json()
        return answer["lines"][0] if answer["lines"] else {"kind": "gone", "text": ""}

    def order(self, name: str = "all") -> list[int]:
        origin = self.page.url.split("/", 3)
        return self.page.request.get(f"http://{origin[2]}/api/queue?name={name}").json()["ns"]

    # Keys as input methods send them

    def compose(self, text: str) -> None:
        """Letters that are underlined until they are committed."""
        self.cdp.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )

    def commit(self, text: str) -> None:
        """The composition's end, with the letters that stay."""
        self.cdp.send("Input.insertText", {"text": text})

    def enter(self, kind: str, code: int = 13, repeat: bool = False) -> None:
        """kind: down or up; code: 13, or 229 as a key that the input method takes."""
        key = "Process" if code == 229 else "Enter"
        self.cdp.send(
            "Input.dispatchKeyEvent",
            {
                **{
                    "type": "rawKeyDown" if kind == "down" else "keyUp",
                    "key": key,
                    "code": "Enter",
                },
                **{
                    "windowsVirtualKeyCode": code,
                    "nativeVirtualKeyCode": code,
                    "autoRepeat": repeat,
                },
            },
        )

    def key(self, key: str, code: int = 229) -> None:
        """A key that the input method takes for itself: Tab or Esc while composing."""
        for kind in ("rawKeyDown", "keyUp"):
            self.cdp.send(
                "Input.dispatchKeyEvent",
                {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code},
            )


TEXTS = (
    "Tổng cộng: 1.250.000đ",
    "Số 27, đường 3/2, Quận 10",
    "Cộng hòa xã hội chủ nghĩa",
    "(028) 3829 4567",
    "Ngày 09/11/2025",
    "Thành tiền",
)


def draw_lines(folder: Path, count: int) -> list[str]:
    """Pictures of that many different lines, and their texts."""
    from PIL import Image, ImageDraw, ImageFont

    plots = importlib.util.find_spec("matplotlib")
    assert plots and plots.submodule_search_locations
    place = f"{plots.submodule_search_locations[0]}/mpl-data/fonts/ttf/DejaVuSans.ttf"
    font = ImageFont.truetype(place, 30)
    folder.mkdir(parents=True, exist_ok=True)
    texts = [f"{TEXTS[n % len(TEXTS)]} {n}" for n in range(count)]
    for n, text in enumerate(texts):
        image = Image.new("RGB", (int(font.getlength(text)) + 16, 48), "white")
        ImageDraw.Draw(image).text((8, 4), text, fill="black", font=font)
        image.save(folder / f"dòng {n:03d}.png")
    return texts


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
