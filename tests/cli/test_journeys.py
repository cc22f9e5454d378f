"""Real processes: the command line, an engine and a sandbox, whose ledger is the judge of what was sent."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smsget.launch import ROOT, is_alive, wait_for
from smsget.sandbox import read_ledger
from smsget.store import Store
from tests.builders import phones
from tests.gateways import closed_port
from tests.wire import Peer, Wire, answer, answering, said

PATIENCE = 60
COMMAND = (sys.executable, "-m", "smsget")


@dataclass
class Run:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object, which must be all there is on standard output."""
        assert self.stdout.count("\n") == 1, self.stdout + self.stderr
        data: dict[str, Any] = json.loads(self.stdout)
        return data

    @property
    def sentence(self) -> str:
        """The one line on standard error, beside the note that this is the sandbox."""
        (line,) = [line for line in self.stderr.splitlines() if "no text leaves this computer" not in line]
        return line


@dataclass
class Shell:
    """Runs commands on one database, with an account in the environment or none."""

    database: Path
    env: dict[str, str] = field(default_factory=dict)

    def start(self, *args: object, **options: Any) -> subprocess.Popen[str]:
        """Start a command."""
        command = [*COMMAND, "--db", str(self.database), *map(str, args)]
        env = {**os.environ, "SMSGET_ENGINE_IDLE_S": "1", "SMSGET_SETTLE_PAUSE_S": "0.5", **self.env}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(command, cwd=ROOT, env=env, text=True, encoding="utf-8", **pipes)

    def run(self, *args: object) -> Run:
        """Run a command to its end; never does it show a traceback."""
        return end(self.start(*args))

    def use(self, url: str, password: str = "pw") -> None:
        """Set an account up."""
        self.env.update(SMSGET_URL=url, SMSGET_USERNAME="acme", SMSGET_PASSWORD=password)


def end(process: subprocess.Popen[str]) -> Run:
    """Wait for a command's end."""
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in stderr
    return Run(process.returncode, stdout, stderr)


@pytest.fixture
def shell(database: Path) -> Iterator[Shell]:
    """Commands on a fresh database; whatever engine they started is stopped afterwards."""
    yield Shell(database)
    if not database.exists() or not database.read_bytes().startswith(b"SQLite"):
        return
    store = Store(database)
    lease = store.leases.current()
    if is_alive(lease):
        assert lease is not None
        os.kill(lease.pid, signal.SIGTERM)
        assert wait_for(lambda: not is_alive(store.leases.current()), seconds=PATIENCE)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def sandbox(shell: Shell, ledger: Path) -> Iterator[Callable[..., str]]:
    """Starts `smsget sandbox` as a process, sets it up as the account, and returns its address."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: object, password: str = "pw") -> str:
        command = ("sandbox", "--port", 0, "--ledger", ledger, "--account", "acme:pw", "--seed", 1, *options)
        started.append(shell.start(*command, stderr=None))
        assert started[-1].stdout is not None
        url = started[-1].stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        shell.use(url, password)
        return url

    yield start
    for process in started:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        process.stdout.close()  # type: ignore[union-attr]


@pytest.fixture
def customers(tmp_path: Path) -> Callable[[int], Path]:
    """Writes a list of so many invented numbers."""

    def write(count: int) -> Path:
        file = tmp_path / "customers.csv"
        file.write_text("\n".join(["name,mobile", *(f"n,{phone}" for phone in phones(count))]), encoding="utf-8")
        return file

    return write


def sent(ledger: Path) -> Counter[str]:
    """How often each number was texted, by the ledger."""
    return Counter(phone for entry in read_ledger(ledger) for phone in entry["phones"])


def assert_adds_up(data: dict[str, Any]) -> None:
    """Every recipient is counted in exactly one place."""
    places = ("queued", "sending", "accepted", "refused", "unknown", "left", "cancelled", "suppressed")
    assert sum(data[place] for place in places) == data["recipients"]


def test_send_and_wait_ends_with_the_figures_of_the_ledger(
    shell: Shell, sandbox: Callable[..., str], ledger: Path, customers: Callable[[int], Path]
) -> None:
    sandbox("--credits", 5000)
    done = shell.run("send", customers(600), "--text", "週年慶" * 25, "--wait", "--yes", "--json")
    assert (done.status, done.stderr) == (0, "")
    data = done.data
    assert_adds_up(data)
    assert (data["state"], data["recipients"], data["batches"], data["accepted"]) == ("finished", 600, 3, 600)
    assert sent(ledger) == Counter(phones(600))
    assert data["credits_used"] == data["credits_quoted"] == sum(entry["used"] for entry in read_ledger(ledger)) == 1200
    credit = shell.run("credit", "--json").data
    assert (credit["account"], credit["credits"]) == ("acme", 3800)
    assert data["credits_left"] == read_ledger(ledger)[-1]["left"] == 3800
    assert credit["at"].endswith("+08:00")


def test_without_an_account_the_engine_serves_the_sandbox_and_reports_come_in(
    shell: Shell, customers: Callable[[int], Path]
) -> None:
    done = shell.run("send", customers(30), "--text", "hi", "--wait", "--yes", "--json")
    assert done.status == 0
    assert "no text leaves this computer" in done.stderr
    campaign = done.data["campaign"]
    assert sent(shell.database.with_suffix(".sandbox.jsonl")) == Counter(phones(30))
    assert wait_for(
        lambda: shell.run("report", "--campaign", campaign, "--json").data["delivered"] == 30,
        seconds=PATIENCE, every=0.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "password", "reason", "said"),
    [
        ((), "wrong", "005", "account name and password"),
        (("--credits", 0), "pw", "009", "not enough points"),
    ],
)
def test_a_refusal_stops_it_with_a_sentence_and_loses_nothing(
    options: Sequence[object], password: str, reason: str, said: str, shell: Shell, sandbox: Callable[..., str],
    ledger: Path, customers: Callable[[int], Path],
) -> None:  # fmt: skip
    sandbox(*options, password=password)
    done = shell.run("send", customers(300), "--text", "hi", "--wait", "--yes", "--json")
    assert done.status == 1
    assert said in done.sentence
    assert (done.data["state"], done.data["reason"], done.data["accepted"]) == ("paused", reason, 0)
    assert_adds_up(done.data)
    assert sent(ledger) == Counter()


def test_credit_with_a_wrong_password(shell: Shell, sandbox: Callable[..., str]) -> None:
    sandbox(password="wrong")
    done = shell.run("credit", "--json")
    assert (done.status, done.stdout) == (1, "")
    assert "account name and password" in done.sentence


def test_a_lost_answer_is_settled_by_the_points(
    shell: Shell, sandbox: Callable[..., str], ledger: Path, customers: Callable[[int], Path]
) -> None:
    """The sandbox accepts, charges, and hangs up: the points that are gone are exactly those of the quote."""
    sandbox("--fault", "drop_after_accept=1")
    done = shell.run("send", customers(10), "--text", "hi", "--wait", "--yes", "--json")
    assert done.status == 0, done.stderr
    assert (done.data["state"], done.data["accepted"], done.data["credits_used"]) == ("finished", 10, 10)
    assert done.data["credits_left"] == read_ledger(ledger)[-1]["left"]
    (batch,) = shell.run("campaign", done.data["campaign"], "--json").data["batch_list"]
    assert (batch["state"], batch["sms_id"], batch["code"]) == ("accepted", None, "connection_lost")
    assert "Exactly the 10 points of its quote were taken" in batch["reason"]
    assert sent(ledger) == Counter(phones(10))


def test_a_request_that_charged_nothing_waits_for_a_person(shell: Shell, customers: Callable[[int], Path]) -> None:
    """The points say that it was not taken; it is not sent again for that, until somebody says so."""

    def hang_up_on_sending(peer: Peer) -> None:
        if "phone" not in peer.read_request().form:
            peer.write(answer(said(True, "000", "acme|500")))

    with Wire(hang_up_on_sending) as wire:
        shell.use(wire.url)
        done = shell.run("send", customers(10), "--text", "hi", "--wait", "--yes", "--json")
        assert done.status == 1
        assert "settle" in done.sentence
        assert (done.data["state"], done.data["unknown"]) == ("unsettled", 10)
        campaign = done.data["campaign"]
        (batch,) = shell.run("campaign", campaign, "--json").data["batch_list"]
        assert (batch["state"], batch["evidence"]["settlement"]["verdict"]) == ("unknown", "not_charged")
        assert "most likely did not take this batch" in batch["reason"]
        assert shell.run("settle", campaign, "--resend", "--all").status == 2
        settled = shell.run("settle", campaign, "--leave", "--all", "--json").data
        assert (settled["state"], settled["left"]) == ("finished", 10)
        assert sum("phone" in request.form for request in wire.requests) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own")
def test_the_progress_bar_ends_with_the_figures_of_the_ledger(
    shell: Shell, sandbox: Callable[..., str], ledger: Path, customers: Callable[[int], Path]
) -> None:
    """On a terminal: a bar up to the last person, then what the ledger says of people and points."""
    import pty

    sandbox("--credits", 5000, "--latency-ms", 100)
    ours, theirs = pty.openpty()
    process = shell.start("send", customers(1000), "--text", "hi", "--wait", "--yes", stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # what a terminal says when nobody holds its other end any more
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    stdout, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "1000/1000" in shown.decode()
    entries = read_ledger(ledger)
    told = {line.strip().rsplit("  ", 1)[0].strip(): line.split()[-1] for line in stdout.splitlines()[1:]}
    assert told["Accepted by SMS-Get"] == f"{sum(len(entry['phones']) for entry in entries):,}" == "1,000"
    assert told["Points used"] == f"{sum(entry['used'] for entry in entries):,}"
    assert told["Points left"] == f"{min(entry['left'] for entry in entries):,}"


def test_everybodys_outcome_is_a_file(
    shell: Shell, sandbox: Callable[..., str], customers: Callable[[int], Path], tmp_path: Path
) -> None:
    sandbox()
    campaign = shell.run("send", customers(300), "--text", "hi", "--wait", "--yes", "--json").data["campaign"]
    out = tmp_path / "outcomes.csv"
    assert shell.run("campaign", campaign, "--outcomes", out, "--json").data["outcomes"] == 300
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["phone"] for row in rows] == phones(300)
    assert {(row["outcome"], row["batch"], row["credits_quoted"]) for row in rows} == {
        ("accepted", "1", "1"), ("accepted", "2", "1"),
    }  # fmt: skip
    assert all(row["sms_id"] for row in rows)


def test_a_campaign_that_is_held_here_is_moved_and_cancelled(
    shell: Shell, sandbox: Callable[..., str], ledger: Path, customers: Callable[[int], Path]
) -> None:
    sandbox()
    done = shell.run("send", customers(5), "--text", "hi", "--at", "2099-01-01 09:00", "--yes", "--json")
    campaign = done.data["campaign"]
    moved = shell.run("reschedule", campaign, "--at", "2099-02-03 10:30", "--json").data
    assert (moved["state"], moved["send_at"]) == ("scheduled", "2099-02-03T10:30:00+08:00")
    assert shell.run("reschedule", campaign, "--at", "2001-01-01 09:00").status != 0
    assert shell.run("cancel", campaign, "--json").data["cancelled"] == 5
    refused = shell.run("reschedule", campaign, "--at", "2099-02-03 10:30")
    assert refused.status == 1
    assert "can be moved" in refused.sentence
    assert sent(ledger) == Counter()


@pytest.mark.parametrize(
    ("body", "code"), [("<html><body>Sign in</body></html>", "not_json"), ('{"a": 1}', "not_protocol")]
)
def test_an_answer_that_is_not_the_protocols(
    body: str, code: str, shell: Shell, customers: Callable[[int], Path]
) -> None:
    with Wire(answering(answer(body))) as wire:
        shell.use(wire.url)
        asked = shell.run("credit", "--json")
        assert asked.status == 1
        assert "Nothing was sent or charged" in asked.sentence
        done = shell.run("send", customers(10), "--text", "hi", "--wait", "--yes", "--json")
        assert done.status == 1
        assert (done.data["state"], done.data["unknown"]) == ("unsettled", 10)
        (batch,) = shell.run("campaign", done.data["campaign"], "--json").data["batch_list"]
        assert batch["code"] == code
        sends = [request for request in wire.requests if "phone" in request.form]
        assert len(sends) == 1, "an unknown outcome is never tried again"


def test_an_unreachable_gateway_stops_it_and_nothing_is_lost(shell: Shell, customers: Callable[[int], Path]) -> None:
    """It pauses between attempts, ever longer, before it gives up: some twenty seconds."""
    shell.use(f"http://127.0.0.1:{closed_port()}")
    asked = shell.run("credit")
    assert asked.status == 1
    assert "could not be reached" in asked.sentence
    done = shell.run("send", customers(10), "--text", "hi", "--wait", "--yes", "--json")
    assert done.status == 1
    assert "could not be reached" in done.sentence
    assert (done.data["state"], done.data["reason"], done.data["queued"]) == ("paused", "unreachable", 10)


def test_a_killed_engine_is_replaced_and_nobody_is_texted_twice(
    shell: Shell, sandbox: Callable[..., str], ledger: Path, customers: Callable[[int], Path]
) -> None:
    sandbox("--latency-ms", 800)
    waiting = shell.start("send", customers(2000), "--text", "hi", "--wait", "--yes", "--json")
    store = wait_for(lambda: shell.database.exists() and Store(shell.database), seconds=PATIENCE)
    lease = wait_for(
        lambda: store.leases.current() if ledger.exists() and read_ledger(ledger) else None, seconds=PATIENCE
    )
    os.kill(lease.pid, signal.SIGKILL)
    done = end(waiting)
    data = done.data
    assert_adds_up(data)
    assert data["state"] in ("unsettled", "finished")
    assert (done.status == 0) == (data["state"] == "finished")
    assert set(sent(ledger).values()) == {1}
    assert data["accepted"] + data["unknown"] == 2000
    assert data["accepted"] <= len(sent(ledger)) <= 2000


@pytest.mark.skipif(sys.platform == "win32", reason="a signal for one process")
def test_ctrl_c_leaves_the_campaign_going(
    shell: Shell, sandbox: Callable[..., str], ledger: Path, customers: Callable[[int], Path]
) -> None:
    sandbox("--latency-ms", 800)
    waiting = shell.start("send", customers(2000), "--text", "hi", "--wait", "--yes", "--json", start_new_session=True)
    assert wait_for(lambda: ledger.exists() and read_ledger(ledger), seconds=PATIENCE)
    os.killpg(waiting.pid, signal.SIGINT)
    done = end(waiting)
    assert done.status == 1
    assert "goes on without this window" in done.sentence
    assert done.data["state"] == "sending"
    campaign = done.data["campaign"]
    store = Store(shell.database)
    assert wait_for(lambda: store.campaigns.get(campaign).state == "finished", seconds=PATIENCE)
    assert sent(ledger) == Counter(phones(2000))


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
@pytest.mark.parametrize(("typed", "status", "texted"), [("n\n", 1, 0), ("y\n", 0, 10)])
def test_it_shows_the_price_and_asks(
    typed: str, status: int, texted: int, shell: Shell, sandbox: Callable[..., str], ledger: Path,
    customers: Callable[[int], Path],
) -> None:  # fmt: skip
    sandbox()
    ours, theirs = os.openpty()
    process = shell.start("send", customers(10), "--text", "hi", "--wait", stdin=theirs)
    os.write(ours, typed.encode())
    done = end(process)
    os.close(ours)
    os.close(theirs)
    assert done.status == status
    assert "Text 10 people?" in done.stderr
    assert done.stderr.index("Taiwan") < done.stderr.index("Text 10 people?")
    assert sum(sent(ledger).values()) == texted


def test_one_engine_at_a_time(shell: Shell) -> None:
    first = shell.start("engine", "--idle", 600)
    store = wait_for(lambda: shell.database.exists() and Store(shell.database), seconds=PATIENCE)
    assert wait_for(store.leases.current, seconds=PATIENCE)
    second = shell.run("engine")
    assert second.status == 1
    assert f"process {first.pid}" in second.stderr
    first.terminate()
    assert end(first).status == 0
    assert store.leases.current() is None


def test_a_port_that_is_taken_is_one_sentence(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = shell.run("sandbox", "--port", taken.getsockname()[1])
    assert (done.status, done.stdout) == (1, "")
    assert "used by another program" in done.sentence


def test_half_an_account_never_falls_back_to_the_sandbox(shell: Shell, customers: Callable[[int], Path]) -> None:
    shell.env["SMSGET_USERNAME"] = "acme"
    done = shell.run("send", customers(10), "--text", "hi", "--yes")
    assert (done.status, done.stdout) == (1, "")
    assert "password" in done.sentence


def test_output_that_nobody_reads_is_no_error(shell: Shell) -> None:
    """`smsget segments … | head -0`"""
    reader, writer = os.pipe()
    os.close(reader)
    process = shell.start("segments", "hi", stdout=writer)
    os.close(writer)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert stderr == ""


def test_help_and_mistakes_come_at_once(shell: Shell) -> None:
    """Heavy libraries are imported inside the commands that need them."""
    program = "import sys, smsget.cli; print(sorted({'pandas', 'uvicorn', 'keyring', 'requests'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    started = time.monotonic()
    assert shell.run("--help").status == 0
    assert time.monotonic() - started < 10
