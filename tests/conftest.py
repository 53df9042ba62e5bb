"""What tests share: the processor's fast path, awkward folders, the tools as child processes."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browser import NO_BROWSER
from hypothesis import settings

from ppocr_ext.runtime import REPOSITORY, prepare_cpu
from ppocr_ext.workspace.suite import how_to_get_it

prepare_cpu(threads=1)  # before any test imports paddle

# The same examples on every machine, and no example fails for being slow.
settings.register_profile("repository", deadline=None, derandomize=True, database=None)
settings.load_profile("repository")


class ToolResult(NamedTuple):
    """What a tool's child process left."""

    code: int
    out: str
    err: str


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For several processes: a file stays together, as its fixtures are costly, and all faults do,
    whose ledger is one."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return "faults" if "faults/" in file else file

    return ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the table of faults from the process that injected them."""
    if lines := getattr(node, "workeroutput", {}).get("faults"):
        node.config.faults = lines


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Right above the closing line: what did not run for want of a browser, and the cure."""
    yield
    if lines := getattr(terminalreporter.config, "faults", []):
        terminalreporter.section("injected faults")
        for line in lines:
            terminalreporter.line(line)
    skipped = terminalreporter.stats.get("skipped", [])
    if count := sum(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.line(
            f"not run: {count} tests of pages, as {NO_BROWSER}; {how_to_get_it()}"
        )


@pytest.fixture
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture
def vietnamese_path(tmp_path: Path) -> Path:
    """An empty folder whose name holds spaces and Vietnamese letters."""
    path = tmp_path / "Thư mục tiếng Việt"
    path.mkdir()
    return path


@pytest.fixture
def run_tool() -> Callable[..., ToolResult]:
    """``run_tool("train.py", "-c", path, env={"PYTHONIOENCODING": "cp1252"})`` → code, out, err.

    Runs ``tools/<name>`` with this interpreter, from the repository's root unless ``cwd`` is given,
    on one thread. ``env`` is added to the environment; output is decoded as ``PYTHONIOENCODING``
    says, else as UTF-8.
    """

    def run(
        name: str,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path = REPOSITORY,
        timeout: float = 300,
    ) -> ToolResult:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})}
        done = subprocess.run(
            [sys.executable, str(REPOSITORY / "tools" / name), *map(str, arguments)],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding=environment["PYTHONIOENCODING"].split(":")[0],
            errors="replace",
            timeout=timeout,
        )
        return ToolResult(done.returncode, done.stdout, done.stderr)

    return run


LINE_TEXTS = (
    "Tổng cộng: 1.250.000đ",
    "Số 27, đường 3/2, Quận 10",
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "(028) 3829 4567",
    "Ngày 09/11/2025",
    "Thành tiền",
)


@pytest.fixture(scope="session")
def line_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A label file beside six drawn Vietnamese lines of different widths."""
    from PIL import Image, ImageDraw, ImageFont

    plots = importlib.util.find_spec("matplotlib").submodule_search_locations[0]
    font = ImageFont.truetype(f"{plots}/mpl-data/fonts/ttf/DejaVuSans.ttf", 30)
    folder = tmp_path_factory.mktemp("Dòng chữ")
    for number, text in enumerate(LINE_TEXTS):
        image = Image.new("RGB", (int(font.getlength(text)) + 16, 48), "white")
        ImageDraw.Draw(image).text((8, 4), text, fill="black", font=font)
        image.save(folder / f"dòng {number}.png")
    labels = "".join(f"dòng {n}.png\t{text}\n" for n, text in enumerate(LINE_TEXTS))
    (folder / "labels.txt").write_text(labels, encoding="utf-8")
    return folder / "labels.txt"


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory, line_set: Path) -> Path:
    """A run folder as training leaves it: PP-OCRv6 small on the Vietnamese dictionary."""
    import paddle

    from ppocr_ext.checkpoint import CheckpointStore
    from ppocr_ext.config import dump_yaml, load_config
    from ppocr_ext.files import write_text
    from ppocr_ext.models.base import WHEELS
    from ppocr_ext.models.build import build_network
    from ppocr_ext.models.lift import open_inference_model, tensors_in_forward_order
    from ppocr_ext.models.transplant import plan_transplant, transplant_head
    from ppocr_ext.text.charset import Charset

    run = tmp_path_factory.mktemp("Kết quả") / "vi_rec"
    evaluated = [
        f"Eval.dataset.label_file_list=['{line_set.as_posix()}']",
        f"Eval.dataset.data_dir={line_set.parent.as_posix()}",
        f"Global.infer_img={line_set.as_posix()}",
        f"Global.save_res_path={(run / 'predicts_rec.txt').as_posix()}",
    ]
    config = load_config(REPOSITORY / "configs" / "base_rec.yml", evaluated)
    charset = Charset.load(REPOSITORY / "dicts" / "vi_dict.txt")
    package, inside, _ = WHEELS["PP-OCRv6_small_rec"]
    wheel = Path(importlib.util.find_spec(package).submodule_search_locations[0])
    source = open_inference_model(wheel / inside)
    network = build_network(config.tree["Architecture"], charset.num_classes)
    network.eval()
    plan = plan_transplant(Charset(source.characters), charset)
    *body, weight, bias = source.tensors
    tensors = [*body, *transplant_head(plan, weight, bias)]
    slots = [slot for _, slot in tensors_in_forward_order(network)]
    for slot, value in zip(slots, tensors, strict=True):
        slot.set_value(value.reshape(slot.shape))
    buffer = io.BytesIO()
    paddle.save(network.state_dict(), buffer)
    CheckpointStore(run).save(
        ("latest", "best_accuracy"),
        {
            "pdparams": lambda path: path.write_bytes(buffer.getvalue()),
            "yml": lambda path: write_text(path, dump_yaml(config.tree)),
        },
        {"characters": list(charset.characters), "use_space_char": True},
        global_step=8,
        epoch=1,
    )
    return run


@pytest.fixture(scope="session")
def model_folder(trained_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``trained_run`` exported, uncalibrated."""
    from ppocr_ext.export.export import ExportOptions, export_model
    from ppocr_ext.export.trained import load_trained

    folder = tmp_path_factory.mktemp("Mô hình") / "inference"
    export_model(load_trained(trained_run), folder, ExportOptions(calibration=False))
    return folder
