import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.cli.label import main
from ppocr_ext.errors import run_cli

if __name__ == "__main__":
    sys.exit(run_cli(main))
