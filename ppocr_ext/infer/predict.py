"""Read many images into one file, in order; the command line is a thin layer over this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import tee
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from ppocr_ext.errors import UserError
from ppocr_ext.files import is_stream, open_stream
from ppocr_ext.infer.journal import Journal
from ppocr_ext.infer.reading import Reasons
from ppocr_ext.infer.recognizer import Recognizer, chunks
from ppocr_ext.infer.results import CSV_HEADER, Findings, format_of, format_row, look_through
from ppocr_ext.infer.shards import Shard
from ppocr_ext.infer.sources import Item, Source
from ppocr_ext.outputs import instead, other_name
from ppocr_ext.show.formats import counted
from ppocr_ext.show.progress import progress

FLUSHED = 16  # rows handed to the system at a time: no more are read again after a kill


@dataclass(frozen=True)
class PredictOptions:
    """format: txt, jsonl or csv (default: by the output's suffix); bom: for CSV in Excel;
    resume: continue after a kill; min_confidence: rows below it are also listed for review;
    judge: where there are labels, score, and list what was read wrong."""

    format: str | None = None
    bom: bool = False
    resume: bool = False
    min_confidence: float | None = None
    judge: bool = True


@dataclass(frozen=True)
class Summary:
    """findings of the whole output, None in processes that leave it to process 0; read: lines
    read by this process in ``seconds``; passed_over: what lies beside the images."""

    findings: Findings | None
    read: int
    seconds: float
    passed_over: Reasons

    def describe(self, output: Path) -> str:
        """What happened, for people."""
        rate = self.read / max(self.seconds, 1e-9)
        rows = [f"read {counted(self.read, 'image')} in {self.seconds:.1f} s, {rate:.1f} lines/s"]
        if self.findings is None:
            return rows[0]
        found = self.findings
        rows += self.passed_over.lines("skipped")
        rows += found.unread.lines("not read")
        if found.unread.total:
            rows.append(
                f"{found.unread.total:,} of {counted(found.rows, 'image')} could not be read"
            )
        if found.scores:
            rows.append(", ".join(f"{key}: {value:.4g}" for key, value in found.scores.items()))
        if found.low:
            rows.append(
                f"{counted(found.low, 'line')} below the confidence given with --min-confidence"
            )
        written = [*([] if is_stream(output) else [output]), *found.files]
        return "\n".join([*rows, *(f"wrote {path}" for path in written)])


def predict(
    recognizer: Recognizer,
    source: Source,
    output: Path,
    options: PredictOptions,
    shard: Shard | None = None,
) -> Summary:
    """Write one row an image, in input order, UTF-8; the old file stays until all is read.

    Raises :class:`UserError` for options that do not fit together.
    """
    shard = shard or Shard()
    format_name = format_of(output, options.format)
    _check(recognizer, format_name, options)
    if not is_stream(output):
        return _predict(recognizer, source, output, format_name, options, shard)
    _check_stream(output, options, shard)
    with TemporaryDirectory() as folder, open_stream(output, "wb") as echo:
        whole = Path(folder) / "readings"
        summary = _predict(recognizer, source, whole, format_name, options, shard, echo)
    if summary.findings is not None:
        summary.findings.files.clear()  # in the folder that is gone
    return summary


def _predict(
    recognizer: Recognizer,
    source: Source,
    output: Path,
    format_name: str,
    options: PredictOptions,
    shard: Shard,
    echo: IO[bytes] | None = None,
) -> Summary:
    header = _header(format_name, options.bom)
    facts = _facts(recognizer, source, format_name, options, shard)
    write = partial(_write_rows, recognizer, source, format_name)
    read, seconds, is_whole = shard.write(
        output, source.size, facts, write, header, options.resume, echo
    )
    if not is_whole:
        return Summary(None, read, seconds, source.passed_over)
    findings = look_through(output, format_name, source, options.min_confidence, options.judge)
    return Summary(findings, read, seconds, source.passed_over)


def _write_rows(
    recognizer: Recognizer,
    source: Source,
    format_name: str,
    rows: Journal,
    start: int,
    stop: int | None,
) -> None:
    items = source.items(start + rows.rows, stop)
    if source.size is None:
        items = _apart_from(rows.output, items)
    names, images = tee(items)  # apart by no more than the images under way
    total = None if stop is None else stop - start
    left = None if total is None else total - rows.rows
    readings = recognizer.stream((item.path for item in images), left)
    with progress("reading", total, rows.rows) as advance:
        for chunk in chunks(zip(names, readings, strict=True), FLUSHED):
            for item, reading in chunk:
                rows.write(format_row(format_name, item.name, reading))
            rows.flush()
            advance(rows.rows)


def _apart_from(output: Path, items: Iterator[Item]) -> Iterator[Item]:
    """Images that are named one by one, none of them the file that is to be written."""
    for item in items:
        if item.path.exists() and output.exists() and output.samefile(item.path):
            raise UserError(
                f"--output {output} is among the images that are read",
                "another file than its inputs",
                instead("--output", other_name(output)),
            )
        yield item


def _facts(
    recognizer: Recognizer,
    source: Source,
    format_name: str,
    options: PredictOptions,
    shard: Shard,
) -> dict[str, Any]:
    """What a resumed run, and every process of a shared one, must have in common."""
    return {
        "model": recognizer.fingerprint,
        "images": source.fingerprint,
        "format": f"{format_name}{' with a byte-order mark' if options.bom else ''}",
        "invert": recognizer.invert,
        "alternatives": recognizer.alternatives,
        "narrow letters": "read twice" if recognizer.reread else "read once",
        "language model": recognizer.language.fingerprint if recognizer.language else None,
        "processes": shard.world,
    }


def _header(format_name: str, bom: bool) -> str:
    mark = "\ufeff" if bom else ""
    return mark + CSV_HEADER if format_name == "csv" else mark


def _check(recognizer: Recognizer, format_name: str, options: PredictOptions) -> None:
    if options.min_confidence is not None and not 0 <= options.min_confidence <= 1:
        raise UserError(f"min_confidence is {options.min_confidence}", "a confidence from 0 to 1")
    if recognizer.alternatives and format_name != "jsonl":
        raise UserError(
            f"--alternatives cannot be used with the format {format_name}",
            "JSON lines, which have a place for each character",
            "add --format jsonl",
        )
    if options.bom and format_name != "csv":
        raise UserError(
            f"--bom cannot be used with the format {format_name}",
            "CSV: only Excel needs the mark, and other programs read it as a character",
            "add --format csv, or leave --bom out",
        )


def _check_stream(output: Path, options: PredictOptions, shard: Shard) -> None:
    """What needs a file beside the output, or one that stays, does not fit a pipe or a device."""
    for given, option in (
        (options.resume, "--resume"),
        (options.min_confidence is not None, "--min-confidence"),
        (shard.world > 1, "a share of several processes"),
    ):
        if given:
            raise UserError(
                f"{option} cannot be used with the output {output}, which is not a file",
                "a file",
                instead("--output", other_name(Path("predicts_rec.txt"))),
            )
