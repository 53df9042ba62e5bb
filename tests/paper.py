"""Pages drawn for tests, with the text that stands on them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

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
