"""Pages drawn for tests, with the text that stands on them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ppocr_ext.synth import camera

LETTER = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Kính gửi: Ủy ban nhân dân phường Hòa Thuận",
    "Tôi là Nguyễn Thị Thu Hường, ở số 27 đường Lê Lợi.",
    "Xin được cấp lại giấy chứng nhận đã mất ngày 15/3/2024.",
    "Người viết đơn cam đoan những điều trên là đúng sự thật.",
)


def font(size: int, package: str = "be_vietnam_pro") -> ImageFont.FreeTypeFont:
    folder = Path(import_module(f"fontpkg_{package}").__path__[0])
    return ImageFont.truetype(str(sorted(folder.rglob("*-Regular.ttf"))[0]), size)


def page(
    lines: Sequence[str] | Sequence[tuple[int, int, str]] = LETTER,
    size: tuple[int, int] = (1240, 900),
    letters: int = 34,
    ink: int = 20,
    paper: int = 250,
) -> np.ndarray:
    """uint8 BGR [H, W, 3]; lines one below the other, or each with the (x, y) of its top left."""
    image = Image.new("L", size, paper)
    draw, face = ImageDraw.Draw(image), font(letters)
    for number, line in enumerate(lines):
        x, y, text = (100, 100 + number * 2 * letters, line) if isinstance(line, str) else line
        draw.text((x, y), text, font=face, fill=ink)
    return np.repeat(np.asarray(image)[:, :, None], 3, axis=2)


NOTICE = """ỦY BAN NHÂN DÂN
PHƯỜNG HÒA THUẬN
Số: 27/TB-UBND
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Đà Nẵng, ngày 15 tháng 3 năm 2024
THÔNG BÁO
Về lịch tiếp công dân quý II năm 2024
Căn cứ Luật Tiếp công dân, Ủy ban nhân dân phường Hòa Thuận
thông báo lịch tiếp công dân tại trụ sở, số 128 đường Trưng Nữ
Vương. Người đến khiếu nại, tố cáo, kiến nghị, phản ánh mang theo
giấy tờ tùy thân và đơn đã ký.
Ngày\tNgười tiếp\tĐiện thoại
04/4/2024\tÔng Phạm Đức Thịnh\t0236 3812 470
09/5/2024\tBà Lê Thị Kiều Oanh\t0236 3812 471
06/6/2024\tÔng Võ Nguyễn Hoàng Vũ\t0236 3812 472
Mỗi buổi bắt đầu lúc 8 giờ. Ngày nghỉ lễ được dời sang ngày làm
việc kế tiếp và báo trước ít nhất 03 ngày.
Nơi nhận:
- Các tổ dân phố;
- Lưu: VT.
CHỦ TỊCH
Nguyễn Thị Thu Hường
"""
_ACROSS = {"left": (330, "ma"), "right": (850, "ma"), "whole": (640, "ma"), "body": (130, "la")}
_WHERE = (  # of each row of the notice: place, y, font size
    *(("left", 110, 28), ("left", 152, 28), ("left", 222, 26)),
    *(("right", 110, 28), ("right", 152, 28), ("right", 222, 26)),
    *(("whole", 320, 40), ("whole", 376, 30)),
    *(("body", 470 + 48 * row, 31) for row in range(4)),
    *(("table", 690 + 52 * row, 29) for row in range(4)),
    *(("body", 920 + 48 * row, 31) for row in range(2)),
    *(("body", 1070 + 40 * row, 25) for row in range(3)),
    *(("right", 1070, 30), ("right", 1250, 30)),
)


def notice() -> np.ndarray:
    """uint8 BGR [1440, 1240, 3]: a page as Vietnamese offices write them; it says ``NOTICE``."""
    image = Image.new("L", (1240, 1440), 250)
    draw = ImageDraw.Draw(image)
    for (where, y, size), row in zip(_WHERE, NOTICE.splitlines(), strict=True):
        for column, text in enumerate(row.split("\t")):
            x, anchor = _ACROSS.get(where, ((130, 400, 860)[column], "la"))
            draw.text((x, y), text, font=font(size, "ibm_plex_serif"), fill=25, anchor=anchor)
    return np.repeat(np.asarray(image)[:, :, None], 3, axis=2)


def photographed(page: np.ndarray, seed: int = 0) -> np.ndarray:
    """The page on a desk, as a telephone sees it: at a slant, in uneven light, as JPEG."""
    height, width = page.shape[:2]
    rng, wide, high = np.random.default_rng(seed), round(width * 1.15), round(height * 1.12)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners * [0.93, 0.95] + [width * 0.1, height * 0.07] + rng.uniform(-45, 45, (4, 2))
    move = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    desk = rng.normal((52, 72, 96), 3, (high, wide, 3)).clip(0, 255).astype(np.uint8)
    sheet = cv2.warpPerspective(page, move, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.full((height, width), 255, np.uint8), move, (wide, high))
    image = np.where(inside[..., None] > 127, sheet, desk).astype(np.float32)
    for effect in (camera.shade, camera.noise, camera.jpeg):
        image = effect(image, rng, 0.5)
    return camera.to_uint8(image)


def pdf(pages: Sequence[np.ndarray], path: Path, dpi: float = 150) -> Path:
    """A PDF of scans."""
    frames = [Image.fromarray(each[:, :, ::-1]) for each in pages]
    frames[0].save(path, "PDF", resolution=dpi, save_all=True, append_images=frames[1:])
    return path


def small_pdf(content: str = "", count: int = 1, extra: str = "", trailer: str = "") -> bytes:
    """A PDF written by hand: ``count`` pages of A4 with the same drawing operators."""
    kids = " ".join(f"{4 + n} 0 R" for n in range(count))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} /MediaBox [0 0 595 842] >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    ]
    face = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    one = f"<< /Type /Page /Parent 2 0 R /Contents 3 0 R /Resources {face} {extra} >>"
    bodies += [one] * count
    out, places = BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(bodies, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode())
    start = out.tell()
    out.write(f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode())
    out.write("".join(f"{place:010d} 00000 n \n" for place in places).encode())
    out.write(f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R {trailer} >>\n".encode())
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def beside_what_was_read(image: np.ndarray, text: str) -> Image.Image:
    """A picture and a text at its right, both 1,000 pixels high: README's first picture."""
    left = Image.fromarray(image[:, :, ::-1]).resize(
        (round(image.shape[1] / image.shape[0] * 1000), 1000)
    )
    whole = Image.new("RGB", (left.width + 760, 1000), "white")
    whole.paste(left, (0, 0))
    draw, face = ImageDraw.Draw(whole), font(21)
    for number, row in enumerate(text.splitlines()):
        for column, cell in enumerate(row.split("\t")):
            place = (left.width + 24 + 150 * column + 160 * (column > 1), 24 + 41 * number)
            draw.text(place, cell, font=face, fill=(0, 70, 160))
    return whole


if __name__ == "__main__":  # python tests/paper.py PICTURE, with PYTHONPATH=.
    from ppocr_ext.pages.pictures import drawn
    from ppocr_ext.pages.reader import PageReader

    photograph = photographed(notice(), seed=2)
    (read,) = PageReader().read(photograph)
    beside_what_was_read(drawn(photograph, read.lines), read.text()).save(sys.argv[1], quality=88)
