"""Import of labelled pages beside the least that it must do: decode the pages, encode the crops."""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import psutil

from bench.row import Row
from ppocr_ext.importing.formats import find_sources
from ppocr_ext.importing.run import Job, import_labels
from ppocr_ext.infer.crops import jpeg
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.transforms.image import read_image
from ppocr_ext.transforms.quads import rectangle

LINES = REPOSITORY / "tests" / "fixtures" / "labels" / "crops"
WIDTH, HEIGHT = 1240, 1754  # pixels of a page: A4 at 150 dpi
LINES_OF_A_PAGE, TILTED = 20, 2  # one page in so many is tilted
ROUNDS = 3
MEGABYTE = 1 << 20


def measure(pages: int, memory_pages: int) -> list[Row]:
    """Time and memory of an import, without the network and without ``check_data``; seconds of the
    processor, the best of some rounds in turns."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder / "source", pages)
        least, ours = [], []
        for n in range(ROUNDS):
            least.append(_least(folder / "source", folder / f"least{n}"))
            ours.append(_import(folder / "source", folder / f"ours{n}"))
        again = _import(folder / "source", folder / "ours0")
        ratio, crops = min(ours) / min(least), pages * LINES_OF_A_PAGE
        rows = [
            Row(
                f"{crops:,} crops of {pages:,} pages beside decoding and encoding alone",
                f"{min(ours):.1f} s beside {min(least):.1f} s: {ratio:.2f}x",
                "<= 1.5x",
                ratio <= 1.5,
            ),
            Row("the same command again", f"{again:.1f} s", "< a tenth", again < min(ours) / 10),
        ]
        return rows + (_memory(folder, memory_pages) if memory_pages else [])


def draw(folder: Path, pages: int) -> None:
    """Pages of lines that were cut from a page, one half of them tilted, as PPOCRLabel keeps
    them."""
    folder.mkdir()
    random = np.random.default_rng(0)
    lines = [read_image(path) for path in sorted(LINES.glob("*.jpg"))]
    lines = [line for line in lines if line.shape[1] > line.shape[0]]
    rows = []
    for number in range(pages):
        page = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
        page += random.integers(0, 12, page.shape, np.uint8)
        tilt = random.uniform(-3, 3) if number % TILTED else 0.0
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), tilt, 0.9)
        boxes = []
        for place in range(LINES_OF_A_PAGE):
            line = lines[random.integers(len(lines))]
            height, width = line.shape[:2]
            x, y = int(random.integers(60, WIDTH - width - 60)), 40 + place * 84
            page[y : y + height, x : x + width] = line
            corners = np.array(rectangle(x, y, width, height))
            if tilt:
                corners = corners @ turn[:, :2].T + turn[:, 2]
            points = np.rint(corners).astype(int).tolist()
            boxes.append({"transcription": f"dòng {place}", "points": points, "difficult": False})
        if tilt:
            page = cv2.warpAffine(page, turn, (WIDTH, HEIGHT), borderValue=(240, 240, 240))
        (folder / f"trang {number}.jpg").write_bytes(cv2.imencode(".jpg", page)[1].tobytes())
        rows.append(f"source/trang {number}.jpg\t{json.dumps(boxes, ensure_ascii=False)}\n")
    (folder / "Label.txt").write_text("".join(rows), encoding="utf-8", newline="\n")


def _least(source: Path, output: Path) -> float:
    """Seconds to decode every page and to encode and write what lies in the boxes, untilted."""
    output.mkdir()
    started = time.process_time()
    with open(source / "Label.txt", encoding="utf-8") as rows:
        for number, row in enumerate(rows):
            name, _, boxes = row.partition("\t")
            image = read_image(source / Path(name).name)
            for place, box in enumerate(json.loads(boxes)):
                (x0, y0), _, (x1, y1), _ = box["points"]
                crop = np.ascontiguousarray(image[y0:y1, x0:x1])
                (output / f"{number}_{place}.jpg").write_bytes(jpeg(crop))
    return time.process_time() - started


def _import(source: Path, output: Path, threads: int = 1) -> float:
    started = time.process_time()
    sources, root = find_sources(source)
    import_labels(Job(source, sources, root, output, threads=threads), lambda number: None)
    return time.process_time() - started


def _memory(folder: Path, pages: int) -> list[Row]:
    """The most memory of a tenth of the pages and of all of them, each a file of its own beside its
    labels."""
    most = []
    for number in (pages // 10, pages):
        source = folder / f"tiny{number}"
        source.mkdir()
        data = cv2.imencode(".jpg", read_image(sorted(LINES.glob("*.jpg"))[0]))[1].tobytes()
        for page in range(number):
            (source / f"p{page}.jpg").write_bytes(data)
            (source / f"gt_p{page}.txt").write_text(
                "0,0,99,0,99,40,0,40,x1\n", encoding="utf-8", newline="\n"
            )
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            most.append(pool.submit(_most_memory, source, folder / f"out{number}").result())
    grown = (most[1] - most[0]) / (pages * 0.9)
    few, many = (f"{bytes_ / MEGABYTE:.0f} MB" for bytes_ in most)
    return [
        Row(
            f"memory of {pages:,} pages beside {pages // 10:,}",
            f"{many} beside {few}: {grown:.0f} bytes a page",
            "<= 500 bytes a page",
            grown <= 500,
        )
    ]


def _most_memory(source: Path, output: Path) -> int:
    """Bytes, asked at every hundredth page."""
    process, most = psutil.Process(), [0]

    def look(number: int) -> None:
        if number % 100 == 0:
            most.append(process.memory_info().rss)

    sources, root = find_sources(source)
    import_labels(Job(source, sources, root, output), look)
    return max(*most, process.memory_info().rss)
