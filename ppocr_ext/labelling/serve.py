"""One server for a folder: its lock, its address, and the end."""

from __future__ import annotations

import threading
import webbrowser
from argparse import Namespace
from contextlib import suppress

from ppocr_ext.data.label_txt import HOME
from ppocr_ext.errors import UserError
from ppocr_ext.labelling.app import Label, make_app
from ppocr_ext.labelling.drafts import Drafts
from ppocr_ext.labelling.project import Project
from ppocr_ext.labelling.scan import require_folder
from ppocr_ext.locks import inside, only_writer
from ppocr_ext.packages import require_package
from ppocr_ext.web.server import Session, bind, own_addresses, run

PORT, _TICK, _PAUSE = 8777, 0.5, 3.0  # the latter in seconds


def serve(options: Namespace) -> None:
    """Serve until Ctrl-C, as the options of the command say. Raises :class:`UserError`."""
    folder, named = require_folder(options.folder)
    home = folder / HOME
    is_new, session = not home.exists(), Session.load(home / "session.json", PORT)
    with only_writer(folder, inside(home), f"open {session.address()}"):
        try:
            project = Project(folder, named, options.kind, options.val)
            if project.is_pages:
                require_package("rapidocr")  # whose detector finds the lines
        except UserError:
            if is_new:
                (home / "log.jsonl").unlink(missing_ok=True)
            raise
        drafts, ends = Drafts(project, options.model), threading.Event()
        writer = threading.Thread(target=_write_at_pauses, args=(project, ends), daemon=True)
        try:
            bound = bind(options.port, session.port, options.lan)
            session = session._replace(port=bound.getsockname()[1])
            session.save(home / "session.json")
            hosts = ["127.0.0.1", *(own_addresses() if options.lan else ())]
            label = Label(project, drafts, options.order, options.lan)
            app = make_app(label, session.access(hosts))
            _announce(project, session, hosts)
            if not options.no_browser:
                webbrowser.open(session.address())
            drafts.start()
            writer.start()
            run(app, bound)
        finally:
            ends.set()
            drafts.stop()
            project.write()


def _announce(project: Project, session: Session, hosts: list[str]) -> None:
    lines = sum(line.is_shown for line in project.state.lines.values())
    pages = f"{len(project.state.pages)} pages, " if project.state.pages else ""
    print(f"labelling {project.folder}: {pages}{lines} lines; log: {project.log.path}")
    changed = (f"{name} was changed by another program" for name in project.files.changed)
    for warning in (*project.warnings, *changed):
        print(f"warning: {warning}")
    for host in hosts:
        print(f"open: {session.address(host)}")
    if len(hosts) > 1:
        print(f"only to look: {session.address(hosts[-1], session.read)}")
    print("Ctrl-C ends it; everything that the page calls saved is on the disk", flush=True)


def _write_at_pauses(project: Project, ends: threading.Event) -> None:
    while not ends.wait(_TICK):
        if project.pause > _PAUSE:
            with suppress(OSError):  # shown by the page when it writes; tried again
                project.write()
