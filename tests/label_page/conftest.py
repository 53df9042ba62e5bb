"""A server for each folder, and its page in Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import need_browser
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from typist import SLOW, LabelPage, Served, draw_lines, free_port


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = need_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser) -> Iterator[Callable[..., LabelPage]]:
    """``window(url, locale="vi-VN")`` → the page, ready; no script of it may have failed.
    script: runs before those of the page."""
    contexts: list[BrowserContext] = []
    pages: list[LabelPage] = []

    def opened(url: str, locale: str = "en-US", script: str = "", **options: Any) -> LabelPage:
        sized = {"viewport": {"width": 1280, "height": 720}, **options}
        contexts.append(chromium.new_context(locale=locale, **sized))
        contexts[-1].add_init_script(f"{{ {SLOW} }} {{ {script} }}")
        pages.append(LabelPage(contexts[-1].new_page()).open(url))
        return pages[-1]

    yield opened
    errors = [error for page in pages for error in page.errors]
    for page in pages:
        if not page.page.is_closed():
            page.page.goto("about:blank")  # gives its line back, as a window that is closed
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """``serve(folder, *options)`` → a server that ends with the test."""
    running: list[Served] = []

    def started(folder: Path, *options: str) -> Served:
        running.append(Served(folder, *(options or ("--port", free_port()))))
        return running[-1]

    yield started
    for each in running:
        each.kill()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server of drawn lines, of which each test takes the first that are left."""
    folder = tmp_path_factory.mktemp("Dòng chữ") / "biên lai"
    draw_lines(folder, 100)
    served = Served(folder, "--order", "page", "--port", free_port())
    yield served.wait_for_drafts()
    served.kill()
