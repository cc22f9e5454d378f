"""Callback logs go in: looked at before, each loaded once for a click, and what it did is told in words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import streamlit as st

import ui
from pages.track import _log_preview
from smsget.errors import UnreadableFile
from smsget.receipts import two_way_code
from smsget.store import ImportResult
from ui import _, n_

SAMPLE_LOGS = ui.SAMPLE.parent / "logs"
SAMPLE_CODE = "24"  # the two-way code in the invented replies


def load_logs(*, empty: bool) -> None:
    """Choose logs, look at them, and load them, once for each click; what it did stays on the page."""
    opened = empty or "reports_loaded" in st.session_state
    with st.expander(_("Load callback logs"), expanded=opened, icon=":material/upload_file:", key="reports_load"):
        st.caption(
            _("Whatever your callback URL kept: CSV, JSON, form bodies, access logs, also gzip or zip. Loading a file "
              "again changes nothing.")
        )  # fmt: skip
        turn = st.session_state.setdefault("reports_turn", 0)  # a new key empties the uploader after loading
        files = st.file_uploader(_("Callback logs"), accept_multiple_files=True, key=f"reports_upload_{turn}")
        code = two_way_code(ui.store().settings.get("two_way_code"), sandbox=ui.is_sandbox())
        columns = [_log_preview.show(one.name, one, code, f"reports_look_{turn}_{place}")
                   for place, one in enumerate(files)]  # fmt: skip
        with st.container(horizontal=True):
            label = n_("Load {count} file", "Load {count} files", len(files)) if files else _("Load")
            if st.button(label.format(count=ui.number(len(files))), type="primary", disabled=not files,
                         key="reports_load_files"):  # fmt: skip
                st.session_state["reports_turn"] = turn + 1
                load_all([(one.name, one, code, chosen) for one, chosen in zip(files, columns, strict=True)])
            # invented reports must not stand among those of real messages
            if ui.is_sandbox() and st.button(
                _("Load the sample logs"), key="reports_load_samples", icon=":material/science:"
            ):
                samples = [(path.name, BytesIO(path.read_bytes())) for path in sorted(SAMPLE_LOGS.glob("*.*"))]
                load_all([(name, file, SAMPLE_CODE, None) for name, file in samples])
        for loaded in st.session_state.get("reports_loaded", ()):
            if isinstance(loaded, ImportResult):
                show_loaded(loaded)
            else:
                st.error(f"{ui.literal(loaded[0])}: {ui.literal(ui.explain(loaded[1]))}", icon=":material/error:")


def load_all(logs: Sequence[tuple[str, BinaryIO, str, dict[str, int] | None]]) -> None:
    """Load one after the other; what each did is noted at once, so that a click meanwhile loses none of it."""
    done: list[ImportResult | tuple[str, UnreadableFile]] = []
    st.session_state["reports_loaded"] = done
    for one in logs:
        done.append(load_one(*one))
    st.rerun()


def load_one(
    name: str, file: BinaryIO, code: str, columns: dict[str, int] | None
) -> ImportResult | tuple[str, UnreadableFile]:
    """What loading a log did, or its name and why it cannot be read."""
    from smsget.logs import LogReader

    with st.spinner(_("Loading {file} …").format(file=ui.literal(name))), ui.progress(ui.literal(name)) as show:
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # BytesIO is one
        file.seek(0)
        reader = LogReader(file, name, code, columns=columns, progress=lambda read, size: show(read / max(size, 1)))
        try:
            return ui.store().receipts.load(name, "", reader, sha256=digest)
        except UnreadableFile as error:
            return name, error


def show_loaded(result: ImportResult) -> None:
    """What became of one file, in words; its unreadable lines with their numbers."""
    receipts = n_("{count} receipt", "{count} receipts", result.receipts).format(count=ui.number(result.receipts))
    replies = n_("{count} reply", "{count} replies", result.replies).format(count=ui.number(result.replies))
    lines = n_("{count} line", "{count} lines", result.lines).format(count=ui.number(result.lines))
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{ui.literal(result.file)}**")
        st.caption(" · ".join([ui.words().log_format(result.format), lines, receipts, replies]))
        if result.new or result.updated:
            st.markdown(
                _("{new} new, {updated} with a further status, {known} known already.").format(
                    new=ui.number(result.new), updated=ui.number(result.updated), known=ui.number(result.known)
                )
            )
        elif result.known:
            st.markdown(_("Everything in it was known already. Nothing changed."))
        if result.unreadable:
            show_unreadable(result)


def show_unreadable(result: ImportResult) -> None:
    """The lines that say nothing we can read: kept, counted, and to be taken home."""
    told = n_("{count} line could not be read; the rest went in.", "{count} lines could not be read; the rest went in.",
              result.unreadable)  # fmt: skip
    st.warning(told.format(count=ui.number(result.unreadable)), icon=":material/report:")
    receipts, header = ui.store().receipts, [_("Line"), _("What is wrong"), _("In the file")]
    shown = result.problems[: ui.Pages.SIZE]
    st.dataframe(
        {
            header[0]: [one.line for one in shown],
            header[1]: [ui.words().unreadable(one.why) for one in shown],
            header[2]: [one.raw[:300] for one in shown],
        },
        key=f"reports_unreadable_{result.import_id}",
        hide_index=True,
        column_config={header[0]: st.column_config.NumberColumn(format="%d")},
        alt=_("Lines that could not be read, with the reason"),
    )
    ui.download_csv(
        _("Download these lines"),
        f"{Path(result.file).stem}-unreadable.csv",
        lambda: (
            header,
            ((one.line, ui.words().unreadable(one.why), one.raw) for one in receipts.unreadable(result.import_id)),
        ),
        f"reports_download_unreadable_{result.import_id}",
    )
