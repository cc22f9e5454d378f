"""The sandbox over real HTTP: every answer of the protocol, the ledger, the faults, the callbacks, kill -9."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, quote_plus, unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import BadRequest, StoreError
from smsget.sandbox import (
    FATES,
    FAULTS,
    SandboxConfig,
    SandboxThread,
    fate_of,
    parse_faults,
    read_ledger,
    start_in_thread,
)
from smsget.sandbox.fates import callbacks
from smsget.sandbox.ledger import TAIPEI, Entry, Ledger
from smsget.sandbox.orders import WORDS, undo_second_encoding

TW = "0912345600"
ACCOUNT = {"username": "sandbox", "password": "sandbox"}
SEND = {**ACCOUNT, "method": "1", "sms_msg": "Hello", "phone": TW}
KEYS = ["sms_id", "at", "phones", "text", "used", "left", "two_way", "send_at"]


def wait_for(condition: Callable[[], object], seconds: float = 15) -> None:
    """Come back as soon as the condition holds; fail when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.01)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., SandboxThread]]:
    """Starts sandboxes on free ports that share one ledger unless told otherwise; stops them at the end."""
    running: list[SandboxThread] = []

    def begin(**options: object) -> SandboxThread:
        sandbox = start_in_thread(SandboxConfig(**{"port": 0, "ledger": tmp_path / "ledger.jsonl", **options}))
        running.append(sandbox)
        return sandbox

    yield begin
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def sandbox(start: Callable[..., SandboxThread]) -> SandboxThread:
    return start()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxThread]:
    """One sandbox for the tables of single requests."""
    ledger = tmp_path_factory.mktemp("sandbox") / "ledger.jsonl"
    with start_in_thread(SandboxConfig(port=0, ledger=ledger)) as sandbox:
        yield sandbox


def call(sandbox: SandboxThread, endpoint: str = "api_send", **fields: str | None) -> dict[str, object]:
    """POST a send that would be fine, changed by `fields` (None leaves one out); the answer."""
    data = {name: value for name, value in {**SEND, **fields}.items() if value is not None}
    answer = requests.post(f"{sandbox.url}/{endpoint}.php", data=data, timeout=10)
    assert answer.status_code == 200
    return answer.json()


def at(minutes: float) -> dict[str, str]:
    """The schedule fields of that many minutes from now, Asia/Taipei."""
    when = datetime.now(TAIPEI) + timedelta(minutes=minutes)
    return {"method": "2", "send_date": f"{when:%Y/%m/%d}", "hour": f"{when:%H}", "min": f"{when:%M}"}


# --- the three endpoints


def test_send_answers_id_used_left_and_the_ledger_says_the_same(sandbox: SandboxThread) -> None:
    answer = call(sandbox, phone="0912345600,0912345601", sms_msg="你好")
    assert answer["stats"] is True
    assert answer["error_code"] == "000"
    sms_id, used, left = str(answer["error_msg"]).split("|")
    (line,) = read_ledger(sandbox.config.ledger)
    assert list(line) == KEYS
    assert datetime.fromisoformat(line.pop("at")).utcoffset() == timedelta(hours=8)
    assert line == {
        "sms_id": sms_id,
        "phones": ["0912345600", "0912345601"],
        "text": "你好",
        "used": int(used),
        "left": int(left),
        "two_way": False,
        "send_at": None,
    }
    assert (used, left) == ("2", "99998")


def test_credit_answers_account_and_points_left(sandbox: SandboxThread) -> None:
    call(sandbox)
    answer = requests.post(f"{sandbox.url}/api_query_credit.php", data=ACCOUNT, timeout=10).json()
    assert answer == {"stats": True, "error_code": "000", "error_msg": "sandbox|99999"}


REFUSED: list[tuple[str, dict[str, str | None]]] = [
    ("001", {"username": None}),
    ("001", {"password": None}),
    ("005", {"username": "somebody"}),
    ("005", {"password": "Sandbox"}),
    ("005", {"password": ""}),
    ("001", {"method": None}),
    ("001", {"method": "3"}),
    ("001", {"sms_msg": ""}),
    ("001", {"sms_msg": None}),
    ("007", {"phone": "0912-345-678"}),
    ("007", {"phone": "+886912345678"}),
    ("007", {"phone": "0912345678、0912345679"}),
    ("007", {"phone": "０９１２３４５６７８"}),
    ("007", {"phone": None}),
    ("007", {"phone": " , ,"}),
    ("007", {"phone": "0"}),
    ("007", {"phone": "0223456789"}),
    ("008", {"phone": ",".join([TW] * 251)}),
    ("002", {"method": "2"}),
    ("002", {**at(60), "send_date": "2026-11-22"}),
    ("002", {**at(60), "send_date": "2026/02/30"}),
    ("002", {**at(60), "hour": "24"}),
    ("002", {**at(60), "min": "sixty"}),
    ("002", {**at(60), "min": ""}),
    ("003", at(-1)),
    ("003", {**at(60), "send_date": "2020/01/31"}),
    ("004", {"sms_msg": "x" * 1531}),
    ("004", {"sms_msg": "你" * 671}),
    # several at once: the order that orders.py documents
    ("005", {"password": "wrong", "phone": None, "sms_msg": None}),
    ("001", {"phone": None, "sms_msg": None}),
    ("008", {**at(-1), "phone": ",".join([TW] * 251)}),
]


@pytest.mark.parametrize(("code", "fields"), REFUSED)
def test_refused(shared: SandboxThread, code: str, fields: dict[str, str | None]) -> None:
    booked = read_ledger(shared.config.ledger)
    answer = call(shared, **fields)
    assert answer == {"stats": False, "error_code": code, "error_msg": WORDS[code]}
    assert read_ledger(shared.config.ledger) == booked


ACCEPTED: list[tuple[int, dict[str, str]]] = [
    (250, {"phone": ",".join([TW] * 250)}),  # the most; a repeated number is texted and charged again
    (2, {"phone": "0912345600, 0912345601,"}),  # as the document writes a list
    (1, {"phone": "0912345600,0223456789,123"}),  # bad ones are left out, and only the points show it
    (4, {"phone": "0912345600,54123456,13512345678"}),  # TW 1, HK 1, CN 2
    (3, {"phone": "85366123456"}),  # not published: ours
    (8, {"phone": "0912345600,85366123456", "sms_msg": "你" * 71}),
    (10, {"sms_msg": "x" * 1530}),
    (2, {"sms_msg": "{" * 81}),
]


@pytest.mark.parametrize(("points", "fields"), ACCEPTED)
def test_points_used(shared: SandboxThread, points: int, fields: dict[str, str]) -> None:
    answer = call(shared, **fields)
    assert str(answer["error_msg"]).split("|")[1] == str(points)


def test_bad_numbers_are_not_in_the_ledger(sandbox: SandboxThread) -> None:
    call(sandbox, phone="0912345600,0223456789,123")
    assert read_ledger(sandbox.config.ledger)[0]["phones"] == ["0912345600"]


def test_scheduled_with_and_without_leading_zeros(sandbox: SandboxThread) -> None:
    """Public clients send `2027/1/5` and minute `7`, and SMS-Get takes them."""
    assert call(sandbox, method="2", send_date="2099/01/05", hour="09", min="07")["stats"] is True
    assert call(sandbox, method="2", send_date="2099/1/5", hour="9", min="7")["stats"] is True
    assert [line["send_at"] for line in read_ledger(sandbox.config.ledger)] == ["2099-01-05T09:07+08:00"] * 2


def test_method_1_ignores_schedule_fields(sandbox: SandboxThread) -> None:
    assert call(sandbox, send_date="", hour="", min="")["stats"] is True


@pytest.mark.parametrize(
    "bad", ["0912-345-678", "abc", "+886912345679", "０９１２３４５６７８", "0912345679、0912345680"]
)
@pytest.mark.parametrize("endpoint", ["api_send", "api_send_twoway"])
def test_one_bad_number_is_left_out_and_costs_no_other(sandbox: SandboxThread, endpoint: str, bad: str) -> None:
    """With several recipients the answer is success even when some are bad: fewer points show it."""
    answer = call(sandbox, endpoint, phone=f"{TW},{bad},0912345601")
    (line,) = read_ledger(sandbox.config.ledger)
    assert (answer["error_code"], line["phones"]) == ("000", [TW, "0912345601"])
    assert line["used"] == (4 if line["two_way"] else 2)


@pytest.mark.parametrize("endpoint", ["api_send", "api_send_twoway", "api_query_credit"])
def test_head_is_no_way_to_send(sandbox: SandboxThread, endpoint: str) -> None:
    answer = requests.head(f"{sandbox.url}/{endpoint}.php", params=SEND, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert read_ledger(sandbox.config.ledger) == []


def test_two_way(sandbox: SandboxThread, start: Callable[..., SandboxThread], tmp_path: Path) -> None:
    assert str(call(sandbox, "api_send_twoway")["error_msg"]).split("|")[1] == "2"
    assert call(sandbox, "api_send_twoway", phone=f"{TW},54123456")["error_code"] == "001"
    assert [line["two_way"] for line in read_ledger(sandbox.config.ledger)] == [True]
    without = start(two_way=False, ledger=tmp_path / "other.jsonl")
    assert call(without, "api_send_twoway")["error_code"] == "010"
    assert call(without)["error_code"] == "000"


def test_not_enough_points_and_a_top_up_that_survives(start: Callable[..., SandboxThread]) -> None:
    sandbox = start(credits=3)
    assert call(sandbox, phone=",".join([TW] * 4))["error_code"] == "009"
    assert str(call(sandbox, phone=f"{TW},{TW}")["error_msg"]).endswith("|2|1")
    assert call(sandbox, phone=f"{TW},{TW}")["error_code"] == "009"
    assert sandbox.add_credits(10) == 11
    sandbox.stop()
    assert str(call(start(credits=3), phone=TW)["error_msg"]).endswith("|1|10")


def test_refused_address(start: Callable[..., SandboxThread]) -> None:
    sandbox = start(refused_addresses=frozenset({"127.0.0.1"}))
    assert call(sandbox)["error_code"] == "006"
    assert call(sandbox, "api_query_credit")["error_code"] == "006"
    assert call(sandbox, password="wrong")["error_code"] == "005"


# --- the shapes in which public clients call

TRICKY = "Hi 你好 a+b&c=d 100%25 #1 {x}\nç"
SHAPES: dict[str, Callable[[str, dict[str, str]], requests.Response]] = {
    "GET, as C# and PHP's file_get_contents": lambda url, data: requests.get(url, params=data, timeout=10),
    "POST, all in the query string, empty body, as axios": lambda url, data: requests.post(
        url, params=data, headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=10
    ),
    "POST urlencoded": lambda url, data: requests.post(url, data=data, timeout=10),
    "POST urlencoded with charset": lambda url, data: requests.post(
        url,
        data="&".join(f"{name}={quote(value, safe='')}" for name, value in data.items()),
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        timeout=10,
    ),
    "POST without saying what": lambda url, data: requests.post(
        url, data="&".join(f"{name}={quote_plus(value)}" for name, value in data.items()).encode(), timeout=10
    ),
    "POST multipart, as PHP's curl sends an array": lambda url, data: requests.post(
        url, files={name: (None, value) for name, value in data.items()}, timeout=10
    ),
    "POST half query string, half body": lambda url, data: requests.post(
        url, params=ACCOUNT, data={name: value for name, value in data.items() if name not in ACCOUNT}, timeout=10
    ),
}


def raw(port: int, request: bytes) -> bytes:
    """Send bytes over a plain socket; everything that came back until the other side closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        try:
            while part := connection.recv(65_536):
                received += part
        except ConnectionResetError:
            pass
        return received


def test_http_1_0_as_old_php_speaks_it(shared: SandboxThread) -> None:
    query = "&".join(f"{name}={value}" for name, value in SEND.items())
    answer = raw(shared.port, f"GET //api_send.php?{query} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error_code"] == "000"


def test_a_client_that_waits_for_100_continue(shared: SandboxThread) -> None:
    """curl and .NET ask before they send a long body."""
    body = "&".join(f"{name}={value}" for name, value in SEND.items()).encode()
    head = f"POST /api_send.php HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("slash", ["/", "//"])
def test_every_shape_of_a_public_client(shared: SandboxThread, shape: str, slash: str) -> None:
    booked = read_ledger(shared.config.ledger)
    answer = SHAPES[shape](f"{shared.url}{slash}api_send.php", {**SEND, "sms_msg": TRICKY})
    assert answer.status_code == 200
    assert answer.json()["error_code"] == "000"
    (new,) = read_ledger(shared.config.ledger)[len(booked) :]
    assert (new["text"], new["phones"]) == (TRICKY, [TW])


@pytest.mark.parametrize(
    "shape", ["GET, as C# and PHP's file_get_contents", "POST multipart, as PHP's curl sends an array"]
)
def test_a_text_that_a_php_client_encoded_twice(sandbox: SandboxThread, shape: str) -> None:
    SHAPES[shape](f"{sandbox.url}/api_send.php", {**SEND, "sms_msg": quote_plus("測試 a+b 100%")})
    assert read_ledger(sandbox.config.ledger)[0]["text"] == "測試 a+b 100%"


@pytest.mark.parametrize(
    "text",
    ["100%25", "a+b", "50%", "https://a.tw/%E6%B8%AC", "%E6%B8%AC 中", "%B4%FA", "Thanks%21+bye", "100%", "%zz"],
)
def test_texts_that_only_look_encoded_stay_as_they_are(text: str) -> None:
    assert undo_second_encoding(text) == text


@given(st.text(min_size=1))
def test_the_second_encoding_is_undone_exactly_when_it_hides_more_than_ascii(text: str) -> None:
    encoded = quote_plus(text, safe="")
    assert undo_second_encoding(encoded) == (encoded if text.isascii() else text)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            b"username=sandbox&password=sandbox&method=1&phone=0912345600&sms_msg=%B4%FA",
            "application/x-www-form-urlencoded",
        ),
        ("sms_msg=測".encode("cp950"), "application/x-www-form-urlencoded"),
        (b'{"username":"sandbox"}', "application/json"),
        (b"no boundary here", "multipart/form-data"),
        (b"--x\r\ngarbage", "multipart/form-data; boundary=x"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
def test_a_garbled_body_is_a_bad_parameter(shared: SandboxThread, body: bytes, kind: str) -> None:
    answer = requests.post(f"{shared.url}/api_send.php", data=body, headers={"Content-Type": kind}, timeout=10)
    assert answer.json()["error_code"] == "001"


# --- ledger


def test_a_restart_goes_on_where_the_last_process_ended(start: Callable[..., SandboxThread]) -> None:
    first = start(credits=100)
    ids = [str(call(first)["error_msg"]).split("|")[0] for _ in range(3)]
    first.stop()
    sms_id, _, left = str(call(start(credits=100))["error_msg"]).split("|")
    assert left == "96"
    assert int(sms_id) > max(map(int, ids))
    assert len(set(ids)) == 3


def entry(sms_id: str = "1", phones: tuple[str, ...] = (TW,), **changes: object) -> Entry:
    now = datetime(2026, 11, 22, 10, 30, 59, 987_000, tzinfo=TAIPEI)
    fields = {"at": now, "text": "x", "used": 1, "left": 9, "two_way": False, "send_at": None}
    return Entry(sms_id=sms_id, phones=phones, **{**fields, **changes})


@pytest.mark.parametrize("cut", range(1, len(entry().line()) + 1))
def test_a_torn_last_line_is_repaired_at_start(tmp_path: Path, cut: int) -> None:
    """Wherever the write stopped, the ledger is whole again and an entry counts if it was complete."""
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(entry("7").line() + entry("8").line()[:-cut])
    complete = cut == 1
    assert [line["sms_id"] for line in read_ledger(path)] == (["7", "8"] if complete else ["7"])
    ledger = Ledger(path, tmp_path / "state", 10)
    assert ledger.left == (8 if complete else 9)
    assert ledger.charge([TW], "x", 1, two_way=False, send_at=None)
    ledger.commit()
    ledger.close()
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == (3 if complete else 2)


def test_a_torn_state_file_is_repaired_too(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_bytes(b'{"credits": 5}\n{"ack": "1/')
    ledger = Ledger(tmp_path / "ledger.jsonl", state, 10)
    ledger.side.acknowledge("2/0")
    ledger.close()
    again = Ledger(tmp_path / "ledger.jsonl", state, 10)
    assert again.left == 15
    assert again.side.acknowledged == {"2/0"}
    again.close()


@pytest.mark.parametrize("line", [b"not json\n", b"[1]\n", b"{}\n"])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(entry().line() + line)
    with pytest.raises(StoreError, match="damaged") as caught:
        start_in_thread(SandboxConfig(port=0, ledger=path))
    assert caught.value.evidence["line"] == 2
    assert path.read_bytes().endswith(line)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no advisory locks")
def test_one_ledger_one_sandbox(sandbox: SandboxThread) -> None:
    with pytest.raises(StoreError, match="in_use"):
        start_in_thread(SandboxConfig(port=0, ledger=sandbox.config.ledger))


def test_a_port_that_is_taken(sandbox: SandboxThread, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="port_in_use"):
        start_in_thread(SandboxConfig(port=sandbox.port, ledger=tmp_path / "other.jsonl"))


def test_a_disk_that_refuses_ends_in_500_and_books_nothing(
    sandbox: SandboxThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("smsget.sandbox.ledger.os.fsync", no_space)
    assert requests.post(f"{sandbox.url}/api_send.php", data=SEND, timeout=10).status_code == 500


def test_many_at_once_are_each_charged_once(sandbox: SandboxThread) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: str(call(sandbox)["error_msg"]).split("|"), range(200)))
    lines = read_ledger(sandbox.config.ledger)
    assert [[line["sms_id"], str(line["used"]), str(line["left"])] for line in lines] == sorted(answers)
    assert {line["left"] for line in lines} == set(range(99_800, 100_000))


SERVE = """
import sys
from pathlib import Path
from smsget.sandbox import SandboxConfig, serve
serve(SandboxConfig(port=0, ledger=Path(sys.argv[1])), ready=lambda url: print(url, flush=True))
"""


def start_process(ledger: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(ledger)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as output:
        return process, output.readline().strip()


def test_kill_9_in_the_middle_loses_no_answered_request(tmp_path: Path) -> None:
    """Whatever was answered is in the ledger exactly once, before and after a restart, and ids never repeat."""
    ledger, answered = tmp_path / "ledger.jsonl", Counter[str]()
    for _ in range(3):
        process, url = start_process(ledger)
        before = len(answered)

        def hammer(url: str = url) -> None:
            try:
                while True:
                    answer = requests.post(
                        f"{url}/api_send.php", data={**SEND, "phone": ",".join([TW] * 50)}, timeout=10
                    )
                    answered[answer.json()["error_msg"].split("|")[0]] += 1
            except requests.RequestException:
                pass

        threads = [threading.Thread(target=hammer) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_for(lambda before=before: len(answered) > before + 40)
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
        with ledger.open("ab") as file:  # what a write cut short leaves behind
            file.write(b'{"sms_id": "99999999999999", "at"')
    process, url = start_process(ledger)
    lines = read_ledger(ledger)
    booked = Counter(line["sms_id"] for line in lines)
    credit = requests.post(f"{url}/api_query_credit.php", data=ACCOUNT, timeout=10).json()["error_msg"]
    process.terminate()
    assert process.wait(10) == 0
    assert set(answered.values()) == set(booked.values()) == {1}
    assert set(answered) <= set(booked)
    assert credit == f"sandbox|{100_000 - sum(line['used'] for line in lines)}"


# --- faults


def raw_post(sandbox: SandboxThread, **fields: str) -> bytes:
    """A send over a plain socket; everything that came back until the other side closed."""
    body = "&".join(f"{name}={value}" for name, value in {**SEND, **fields}.items()).encode()
    head = (
        f"POST /api_send.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    return raw(sandbox.port, head + body)


@pytest.mark.parametrize(("fault", "booked"), [("drop_before_accept", 0), ("drop_after_accept", 1)])
def test_dropped_connections(start: Callable[..., SandboxThread], fault: str, booked: int) -> None:
    sandbox = start(faults={fault: 1})
    assert raw_post(sandbox) == b""
    assert len(read_ledger(sandbox.config.ledger)) == booked
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{sandbox.url}/api_send.php", data=SEND, timeout=10)


def test_drop_after_accept_is_about_accepted_sends_only(start: Callable[..., SandboxThread]) -> None:
    sandbox = start(faults={"drop_after_accept": 1})
    assert call(sandbox, phone="")["error_code"] == "007"
    assert call(sandbox, "api_query_credit")["error_msg"] == "sandbox|100000"
    raw_post(sandbox)
    assert call(sandbox, "api_query_credit")["error_msg"] == "sandbox|99999"


@pytest.mark.parametrize(("fault", "status", "booked"), [("error_500", 500, 0), ("garbage", 200, 1)])
def test_wrong_answers(start: Callable[..., SandboxThread], fault: str, status: int, booked: int) -> None:
    sandbox = start(faults={fault: 1})
    answer = requests.post(f"{sandbox.url}/api_send.php", data=SEND, timeout=10)
    assert answer.status_code == status
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()
    assert len(read_ledger(sandbox.config.ledger)) == booked


def test_slow_charges_at_once_and_answers_too_late(start: Callable[..., SandboxThread]) -> None:
    sandbox = start(faults={"slow": 1}, slow_s=60)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{sandbox.url}/api_send.php", data=SEND, timeout=0.3)
    assert len(read_ledger(sandbox.config.ledger)) == 1
    begin = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - begin < 5, "a slow answer must not keep the sandbox up"


def test_refuse_connection_at_rate_1_never_listens(start: Callable[..., SandboxThread]) -> None:
    sandbox = start(faults={"refuse_connection": 1}, refuse_s=0.05)
    for _ in range(20):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", sandbox.port), timeout=5)


def test_refuse_connection_refuses_for_real(start: Callable[..., SandboxThread]) -> None:
    """Every attempt either is refused by the system, before a byte left, or is served and booked. Never a reset."""
    sandbox = start(faults={"refuse_connection": 0.3}, refuse_s=0.02, seed=1)

    def attempt(_: int) -> str:
        try:
            return "served" if b'"000"' in raw_post(sandbox) else "cut"
        except ConnectionRefusedError:
            time.sleep(0.005)
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        outcomes = Counter(pool.map(attempt, range(300)))
    assert set(outcomes) == {"served", "refused"}
    assert min(outcomes.values()) > 20
    assert len(read_ledger(sandbox.config.ledger)) == outcomes["served"]


def test_fault_rates_hold_and_repeat_with_the_seed(start: Callable[..., SandboxThread], tmp_path: Path) -> None:
    def statuses(name: str) -> list[int]:
        sandbox = start(faults={"error_500": 0.3}, seed=7, ledger=tmp_path / name)
        with requests.Session() as session:
            return [
                session.post(f"{sandbox.url}/api_query_credit.php", data=ACCOUNT, timeout=10).status_code
                for _ in range(200)
            ]

    first = statuses("a")
    assert first == statuses("b")
    assert 30 < first.count(500) < 90


@pytest.mark.parametrize(
    ("faults", "code"),
    [({"earthquake": 0.1}, "unknown_fault"), ({"slow": 1.5}, "bad_rate"), ({"slow": 0.6, "garbage": 0.6}, "bad_rate")],
)
def test_faults_that_make_no_sense(faults: dict[str, float], code: str) -> None:
    with pytest.raises(BadRequest, match=code):
        SandboxConfig(faults=faults)


def test_fault_options_of_the_command_line() -> None:
    assert parse_faults(["slow=0.5", "garbage=.25"]) == {"slow": 0.5, "garbage": 0.25}
    for options, code in [(["earthquake=1"], "unknown_fault"), (["slow"], "bad_rate"), (["slow=often"], "bad_rate")]:
        with pytest.raises(BadRequest, match=code):
            parse_faults(options)


def test_latency_is_spent_concurrently(start: Callable[..., SandboxThread]) -> None:
    sandbox = start(latency_ms=300)
    begin = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: call(sandbox), range(10)))
    assert 0.3 <= time.monotonic() - begin < 1.5


# --- fates and callbacks


class Receiver:
    """A callback URL: keeps every form posted to it, answers `reply()`."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.reply: Callable[[], tuple[int, bytes]] = lambda: (200, b"ok")
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
                receiver.forms.append({name: value[0] for name, value in parse_qs(body).items()})
                status, answer = receiver.reply()
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/callback/secret?x=1"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def receipts(self) -> list[tuple[str, str]]:
        """(phone, status word) of every receipt so far, in the order they came."""
        forms = [form for form in list(self.forms) if "sms_id" in form]
        return [(line.split("|")[0], line.split("|")[3]) for form in forms for line in form["content"].split(",")]

    def replies(self) -> dict[str, str]:
        """Phone -> text of the replies so far."""
        found = [form["content"].split("|") for form in list(self.forms) if "sms_id" not in form]
        return {phone: unquote(text) for phone, _, _, text in found}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


ALL_ENDINGS = ",".join(f"09123456{ending:02}" for ending in range(100))


def test_every_ending_meets_its_fate(start: Callable[..., SandboxThread], receiver: Receiver) -> None:
    sandbox = start(callback_url=receiver.url, callback_delay_s=0.05)
    sms_id = str(call(sandbox, "api_send_twoway", phone=ALL_ENDINGS)["error_msg"]).split("|")[0]
    wait_for(lambda: sandbox.pending_callbacks == 0)
    words: dict[str, list[str]] = {}
    for phone, word in receiver.receipts():
        words.setdefault(phone[-2:], []).append(word)
    expected = {f"{n:02}": [report.word for report in fate_of(f"{n:02}").reports] for n in range(100)}
    assert words == {ending: reports for ending, reports in expected.items() if reports}
    assert words["00"] == ["DELIVRD"]
    assert words["92"] == ["DELIVRD", "DELIVRD"]
    assert words["93"] == ["DELIVRD", "ENROUTE"]
    assert "90" not in words
    assert {form["sms_id"] for form in receiver.forms if "sms_id" in form} == {sms_id}
    assert receiver.replies() == {
        f"09123456{ending}": "24" + fate.reply for ending, fate in FATES.items() if fate.reply
    }
    assert {"24退訂", "24STOP", "24取消"} <= set(receiver.replies().values())


def test_fates_cover_the_vocabulary_of_the_protocol() -> None:
    words = {report.word for fate in FATES.values() for report in fate.reports}
    pending = {"SCHEDULED", "ENROUTE", "ACCEPTD", "UNKNOWN"}
    failed = {"UNDELIV", "EXPIRED", "DELETED", "REJECTD", "SYNTAXE", "MOBERROR", "MSGERROR", "OTHERROR"}
    assert words >= pending | failed | {"REJERROR", "REJMOBIL", "DELIVRD", "DELIVERED"}
    assert all(fate.note for fate in FATES.values())
    assert all(FAULTS.values())


def test_one_way_messages_are_not_replied_to(start: Callable[..., SandboxThread], receiver: Receiver) -> None:
    sandbox = start(callback_url=receiver.url, callback_delay_s=0)
    call(sandbox, phone="0912345697,0912345600")
    wait_for(lambda: sandbox.pending_callbacks == 0)
    assert receiver.receipts() == [("0912345697", "DELIVRD"), ("0912345600", "DELIVRD")]
    assert receiver.replies() == {}


def test_the_wire_form_of_callbacks() -> None:
    when = datetime(2026, 11, 22, 23, 59, 58, tzinfo=TAIPEI)
    receipt, reply = callbacks(entry("795938", ("0912345695",), at=when, two_way=True), 2, "24")
    phone, carrier_id, at_, word = receipt.fields["content"].split("|")
    assert (receipt.fields["sms_id"], phone, at_, word) == ("795938", "0912345695", "2026-11-23 00:00:00", "DELIVRD")
    assert carrier_id.startswith("$")
    assert set(reply.fields) == {"content"}
    phone, reply_id, at_, text = reply.fields["content"].split("|")
    assert (phone, len(reply_id), at_) == ("0912345695", 13, "2026-11-23 00:00:01")
    assert text.isascii()
    assert not set(text) & set("|, &+")
    assert unquote(text) == "24請問, 週六100%有營業嗎? A|B"


@given(st.lists(st.integers(0, 99), max_size=30), st.booleans())
def test_the_callbacks_of_an_entry_are_always_the_same(endings: list[int], two_way: bool) -> None:
    """What a restarted sandbox owes is told apart by the place in this list."""
    request = entry("5", tuple(f"09123456{ending:02}" for ending in endings), two_way=two_way)
    assert callbacks(request, 5, "24") == callbacks(Entry.read(json.loads(request.line())), 5, "24")
    dues = [post.due for post in callbacks(request, 5, "24")]
    assert dues == sorted(dues)


def test_receipts_of_a_scheduled_message_follow_its_time() -> None:
    send_at = datetime(2099, 1, 5, 9, 7, tzinfo=TAIPEI)
    (post,) = callbacks(entry(send_at=send_at), 60, "24")
    assert post.due == send_at + timedelta(seconds=60)
    assert "|2099-01-05 09:08:00|" in post.fields["content"]


@pytest.mark.parametrize("refusal", [(500, b"ok"), (200, b"thanks"), (404, b"")])
def test_a_callback_is_posted_until_somebody_says_ok(
    start: Callable[..., SandboxThread], receiver: Receiver, refusal: tuple[int, bytes]
) -> None:
    receiver.reply = lambda: refusal if len(receiver.forms) < 3 else (200, b"<p>OK</p>")
    sandbox = start(callback_url=receiver.url, callback_delay_s=0, callback_retry_s=0.01)
    call(sandbox)
    wait_for(lambda: sandbox.pending_callbacks == 0)
    assert len(receiver.forms) == 3
    assert len({form["content"] for form in receiver.forms}) == 1


def test_what_is_due_far_from_now_keeps_nobody_waiting_and_comes_at_a_later_start(
    start: Callable[..., SandboxThread], receiver: Receiver
) -> None:
    receiver.reply = lambda: (200, b"ok")
    sandbox = start(callback_url=receiver.url, callback_delay_s=300)
    call(sandbox)
    call(sandbox, **at(60 * 24))
    assert sandbox.pending_callbacks == 0
    sandbox.stop()
    sandbox = start(callback_url=receiver.url, callback_delay_s=30)
    assert sandbox.pending_callbacks == 1
    sandbox.stop()
    sandbox = start(callback_url=receiver.url, callback_delay_s=0)
    wait_for(lambda: receiver.receipts() == [(TW, "DELIVRD")])


def test_unacknowledged_callbacks_survive_a_restart_and_others_are_not_repeated(
    start: Callable[..., SandboxThread], receiver: Receiver
) -> None:
    receiver.reply = lambda: (200, b"ok") if len(receiver.forms) == 1 else (503, b"")
    options = {"callback_url": receiver.url, "callback_delay_s": 0.01, "callback_retry_s": 0.001}
    sandbox = start(**options)
    call(sandbox, phone="0912345676")  # SCHEDULED, then DELIVRD
    wait_for(lambda: sandbox.pending_callbacks == 0)
    sandbox.stop()
    assert {word for _, word in receiver.receipts()} == {"SCHEDULED", "DELIVRD"}
    receiver.forms.clear()
    receiver.reply = lambda: (200, b"ok")
    sandbox = start(**options)
    wait_for(lambda: sandbox.pending_callbacks == 0)
    sandbox.stop()
    assert receiver.receipts() == [("0912345676", "DELIVRD")]
    sandbox = start(**options)
    assert sandbox.pending_callbacks == 0


def test_a_receiver_that_hangs_does_not_hold_up_answers(
    start: Callable[..., SandboxThread], receiver: Receiver
) -> None:
    release = threading.Event()
    receiver.reply = lambda: (release.wait(20), (200, b"ok"))[1]
    sandbox = start(callback_url=receiver.url, callback_delay_s=0)
    try:
        for _ in range(8):
            call(sandbox)
        wait_for(lambda: len(receiver.forms) == 4)
        begin = time.monotonic()
        call(sandbox)
        assert time.monotonic() - begin < 1
    finally:
        release.set()
    wait_for(lambda: sandbox.pending_callbacks == 0)
    assert len(receiver.receipts()) == 9


def test_no_password_in_what_a_person_sees() -> None:
    assert "s3cret" not in repr(SandboxConfig(password="s3cret"))
