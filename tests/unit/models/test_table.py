"""The table of networks says what the networks are."""

from __future__ import annotations

import paddle
from paddle import nn

from ppocr_ext.files import read_text
from ppocr_ext.models.cost import HEIGHT, WIDTH, multiplications, parameters
from ppocr_ext.models.table import TABLE, rows, stale_rows


class Known(nn.Layer):
    """A convolution of stride 8, then a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2D(3, 4, 8, stride=8)
        self.fc = nn.Linear(4, 5)

    def forward(self, x: paddle.Tensor, labels: paddle.Tensor) -> paddle.Tensor:
        return self.fc(self.conv(x).flatten(2).transpose([0, 2, 1]))


def test_counting() -> None:
    places = HEIGHT // 8 * (WIDTH // 8)
    assert multiplications(Known()) == places * (3 * 4 * 8 * 8 + 4 * 5)
    assert parameters(Known()) == 3 * 4 * 8 * 8 + 4 + 4 * 5 + 5


def test_the_table_is_up_to_date_and_errors_in_it_are_found() -> None:
    """Make it again by ``python -m ppocr_ext.models.table``."""
    text, wanted = read_text(TABLE), [row for row, _ in rows()]
    assert stale_rows(text, wanted) == []
    found = [line.split(":")[0] for line in stale_rows(text.replace(" M |", "9 M |"), wanted)]
    assert set(found) == {"missing", "stale"}
