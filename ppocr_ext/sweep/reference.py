"""The list of a sweep file's keys, from the schema: ``python -m ppocr_ext.sweep.reference``."""

from __future__ import annotations

import sys

from ppocr_ext.config.reference import HEAD, is_listed, row
from ppocr_ext.config.schema import schema_keys
from ppocr_ext.files import write_text
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.show.tables import markdown_table
from ppocr_ext.sweep.schema import Sweep

PATH = REPOSITORY / "configs" / "sweeps" / "README.md"
_INTRODUCTION = """\
# Sweeps

```bash
python tools/sweep.py -c configs/sweeps/phase3.yml              # seven configurations, one table
python tools/sweep.py -c configs/sweeps/vi.yml                  # variants of the long training
python tools/sweep.py -c configs/sweeps/recipes.yml             # which recipe helps, line by line
python tools/sweep.py -c configs/sweeps/phase3.yml --status     # from anywhere, at any time
python tools/sweep.py -c configs/sweeps/phase3.yml --resume     # after a stop, a crash, a kill
python tools/sweep.py -c configs/sweeps/phase3.yml --resume -o sampler.name=tpe budget.trials=40
```

- A *dimension* is what differs from trial to trial: a key of the config with its values or range,
  or named pieces of a config. Later ones override earlier ones.
- A *configuration* is a trial with a name: each dimension's value. A `sampler` adds trials to them.
- Every trial is an ordinary run of `tools/train.py` in `output/STUDY/TRIAL`; its `trial.yml` holds
  what it changes of the base. `best.yml` in `output/STUDY` is that of the best one.
- A trial that was killed continues from its `latest`, automatically or at `--resume`; one that
  fails is recorded with its message, and the study continues.
- Several machines: give all of them the same database, `-o storage=mysql://user:password@host/db`
  (its Python driver must be installed), and `--resume`. They take trials from one queue, and each
  shows the whole table. A trial continues on the machine that started it.
- `parallel.trials` of one machine run together while its memory has room for what one has taken at
  most; a GPU's memory is not watched. On a CPU set `config.Global.cpu_processes` to share cores.

Made from the schema by `python -m ppocr_ext.sweep.reference`.

"""


def reference() -> str:
    """The text of ``configs/sweeps/README.md``."""
    rows = [row(".".join(path), field) for path, field in schema_keys(Sweep) if is_listed(field)]
    return _INTRODUCTION + markdown_table(HEAD, rows, is_markdown=True) + "\n"


if __name__ == "__main__":
    write_text(PATH, reference())
    sys.exit(0)
