"""Read labels of other tools: crops of text lines, train.txt, val.txt, boxes.jsonl.

The format is recognised by content: PPOCRLabel, Label Studio, CVAT, ICDAR, SROIE, VinText,
Total-Text, labelme, X-AnyLabeling, COCO-Text, TextOCR, WildReceipt, MMOCR, PAGE XML, ALTO, hOCR,
Tesseract, VietOCR, TRDG, Hugging Face (parquet with the package pyarrow), docTR, CSV, MC-OCR, LMDB.

The same command again makes only what is new or changed, and continues after a kill. Exit code: 0
done, 2 nothing imported, 3 imported except what cannot be read and pages whose image is not there.

examples:
  python tools/import_labels.py FOLDER --output output/data/receipts
  python tools/import_labels.py output/data/receipts --to ppocrlabel --output pages
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.cli.options import add_output, make_parser, positive
from ppocr_ext.console import override, tool_command, way_to
from ppocr_ext.errors import EXIT_UNREAD, UserError
from ppocr_ext.runtime import prepare_cpu, resource, usable_processors
from ppocr_ext.show.formats import counted

if TYPE_CHECKING:
    from ppocr_ext.importing.run import Done, Job
    from ppocr_ext.importing.turned import Checker

FORMS = ("ppocrlabel", "label_studio", "page_xml", "imagefolder")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = make_parser(__doc__, usage="SOURCE --output FOLDER [options]")
    add = parser.add_argument
    add("source", type=Path, metavar="SOURCE", help="label file, or folder of labels and images")
    add_output(parser, "folder of the import, or of the export", required=True, metavar="FOLDER")
    add("--format", metavar="NAME", help="of the labels (default: recognised by content)")
    add(
        "--root",
        type=Path,
        metavar="FOLDER",
        help="that images may lie in (default: the folder of the source)",
    )
    add("--val", type=_share, default=0.1, metavar="SHARE", help="of the pages, for val.txt")
    add(
        "--difficult",
        choices=("keep", "skip"),
        default="keep",
        help="boxes marked difficult, as a fault of PPOCRLabel marked those drawn by hand",
    )
    add("--drafts", action="store_true", help="machine readings that no one confirmed count, too")
    add("--join-words", action="store_true", help="join words to the lines that they stand in")
    add("--no-model", action="store_true", help="do not look for turned and mirrored lines")
    add("--no-check", action="store_true", help="do not check what was imported")
    add("--threads", type=positive, metavar="N", help="pages at a time (default: one per core)")
    add("--to", choices=FORMS, help="write the labels for that tool (default: for training)")
    return parser.parse_args(arguments)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0 to below 1")
    return value


def job_of(options: argparse.Namespace, output: Path) -> Job:
    """What is imported, and how."""
    from ppocr_ext.importing.formats import find_sources
    from ppocr_ext.importing.journal import is_import
    from ppocr_ext.importing.page import READERS
    from ppocr_ext.importing.run import Job
    from ppocr_ext.outputs import instead, other_name

    if options.format not in (None, *READERS):
        raise UserError(
            f"--format {options.format} is not known",
            "one of " + ", ".join(READERS),
            "leave --format out: the format is recognised by content",
        )
    if not options.source.exists():
        raise UserError(
            f"{options.source}: there is no such file or folder",
            "a label file of another tool, or a folder with its labels and images",
            "correct the path",
        )
    if options.root is not None and not options.root.is_dir():
        raise UserError(
            f"--root {options.root} is not a folder", "the folder of the images", "correct the path"
        )
    if options.source.is_dir() and output.is_dir() and options.source.samefile(output):
        cure = instead("--output", other_name(output))
        raise UserError(f"--output {output} is the source itself", "a folder of its own", cure)
    if is_import(options.source):
        raise UserError(
            f"{options.source} is an import already",
            "the labels of another tool",
            "train with it, or write it for another tool with --to",
        )
    sources, root = find_sources(
        options.source, options.format, options.root, options.drafts, options.difficult == "keep"
    )
    return Job(
        options.source,
        sources,
        root,
        output,
        options.val,
        options.threads or usable_processors(),
        None if options.no_model else _checker(),
        options.join_words,
    )


def _checker() -> Checker | None:
    """Reads with the published model, where it is."""
    from ppocr_ext.importing.turned import Checker
    from ppocr_ext.infer.recognizer import Recognizer

    try:
        recognizer = Recognizer(language_model=None)
    except UserError as error:
        print(f"warning: turned lines cannot be looked for: {error}", file=sys.stderr)
        return None
    return Checker(lambda images: [each.text for each in recognizer.read(list(images))])


def check(output: Path) -> None:
    """What ``check_data.py`` finds in the import."""
    import yaml

    from ppocr_ext.data.check.report import format_result
    from ppocr_ext.data.check.run import LabelSet
    from ppocr_ext.data.check.run import check as check_sets
    from ppocr_ext.files import read_text
    from ppocr_ext.show.progress import progress
    from ppocr_ext.text.charset import Charset

    names = [name for name in ("train", "val", "test") if (output / f"{name}.txt").is_file()]
    sets = [LabelSet(name, [output / f"{name}.txt"], output) for name in names]
    # As train.py reads it with configs/rec_finetune.yml, without the packages that train.py needs.
    settings = yaml.safe_load(read_text(resource("configs", "base_rec.yml")))["Global"]
    charset = Charset.load(resource() / settings["character_dict_path"], settings["use_space_char"])
    limit = settings["max_text_length"]
    result = check_sets(sets, charset, max_text_length=limit, progress=progress)
    print("\n" + format_result(result, charset), end="")


def next_command(output: Path) -> str:
    """What to type on: training where there is validation, else reading what was imported."""
    names = [name for name in ("train.txt", "val.txt") if (output / name).is_file()]
    place = output.as_posix()
    if len(names) == 1:
        labels, readings = f"{place}/{names[0]}", f"{place}/readings.txt"
        return tool_command("infer_rec.py", "--images", labels, "--output", readings)
    config = Path("configs", "rec_finetune.yml")
    away = "" if config.is_file() else way_to(config)  # train.py finds its files in a clone there
    place = output.resolve().as_posix() if away else place
    command = tool_command(
        "train.py",
        *("-c", (config if away or config.is_file() else resource(*config.parts)).as_posix(), "-o"),
        override("Global.save_model_dir", f"output/{output.resolve().name}_rec"),
        override("Train.dataset.data_dir", place),
        override("Train.dataset.label_file_list", f"{place}/train.txt"),
        override("Eval.dataset.data_dir", place),
        override("Eval.dataset.label_file_list", f"{place}/val.txt"),
    )
    return f"{away}\nnext: {command}" if away else command


def run(options: argparse.Namespace, output: Path) -> Done:
    """Import, and say what became of it and of an earlier run."""
    from ppocr_ext.data.foreign import FORMATS
    from ppocr_ext.importing.run import import_labels
    from ppocr_ext.show.progress import progress

    job = job_of(options, output)
    with progress("importing", unit="pages") as advance:
        done = import_labels(job, advance)
    for name, files in done.files.items():
        print(f"{options.source}: {counted(files, 'file')}: {FORMATS[name]}")
    print("\n".join(done.labels.summary(done.damages)))
    if done.reused or done.changed or done.gone:
        same = counted(done.reused, "page")
        print(
            f"since the last run: {same} unchanged, {done.changed:,} changed, {done.gone:,} no "
            "longer in the source"
        )
    return done


def is_partial(done: Done) -> bool:
    """Whether a file is damaged or a picture is not there."""
    from ppocr_ext.importing.page import PROBLEMS

    unread = any(kind.startswith(PROBLEMS) for kind in done.labels.skips.counts)
    return bool(done.damages or unread)


def write_for(options: argparse.Namespace) -> int:
    """The labels for another tool: of an import, or of what is imported for that alone."""
    from ppocr_ext.importing.export import export
    from ppocr_ext.importing.journal import is_import
    from ppocr_ext.show.progress import progress

    with tempfile.TemporaryDirectory() as folder:
        partial, source = False, options.source
        if not is_import(source):
            source = Path(folder)
            partial = is_partial(run(options, source))
        with progress("exporting", unit="pages") as advance:
            left_out = export(source, options.output, options.to, advance)
    for row in left_out.counted():
        print(f"left out: {row}")
    print(f"wrote {options.output}")
    return EXIT_UNREAD if partial or left_out.counts else 0


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    prepare_cpu()
    if options.to:
        return write_for(options)
    done = run(options, options.output)
    print(f"wrote {options.output}: train.txt, boxes.jsonl, summary.txt and what else there is")
    if not options.no_check:
        check(options.output)
    print(f"next: {next_command(options.output)}")
    return EXIT_UNREAD if is_partial(done) else 0
