"""The callback receiver over real HTTP: kept before answered, guarded by a secret, bounded; and what is read later."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from smsget.callbacks import SIZE_LIMIT, callback_app, parse_body, parse_kept, send_test
from smsget.receipts import TEST_BODY, Receipt, parse_callback
from smsget.serving import serving

SECRET = "s3cr3t-of-this-test"
FIELDS = {"sms_id": "1783822", "content": "0987000339|$0040B0FA7|2016-09-13 05:07:55|DELIVRD"}
REPLY = {"content": "0919000456|1634110261249|2021-10-13 15:30:01|24%E6%B8%AC%E8%A9%A6%2C+%2B"}


class Keeper:
    """Keeps in memory what a real one would commit to disk; raises while it is told to."""

    def __init__(self):
        self.kept = []
        self.fails = None
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def __call__(self, body, query):
        self.entered.set()
        assert self.gate.wait(20)
        if self.fails is not None:
            raise self.fails
        self.kept.append((body, query))


@pytest.fixture
def keeper():
    return Keeper()


@pytest.fixture
def url(keeper):
    with serving(callback_app(SECRET, keeper, body_timeout=0.5), 0) as base:
        yield f"{base}/callback/{SECRET}"


def is_ok(answer):
    return answer.status_code == 200 and answer.text == "ok" and answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("fields", [FIELDS, REPLY])
def test_post_is_kept_as_it_came_and_parsed_later(url, keeper, fields):
    assert is_ok(requests.post(url, data=fields, timeout=20))
    [(body, query)] = keeper.kept
    assert body == urlencode(fields).encode()
    assert query == ""
    assert parse_kept(body, query) == parse_body(body) == fields


def test_get_with_the_fields_in_the_query_string_is_kept(url, keeper):
    assert is_ok(requests.get(url, params=FIELDS, timeout=20))
    [(body, query)] = keeper.kept
    assert body == b""
    assert parse_kept(body, query) == FIELDS


def test_post_with_an_id_in_the_query_string_is_kept_whole(url, keeper):
    assert is_ok(requests.post(f"{url}?sms_id=1783822", data={"content": FIELDS["content"]}, timeout=20))
    assert parse_kept(*keeper.kept[0]) == FIELDS


def test_address_with_a_slash_at_the_end_is_not_redirected(url, keeper):
    assert is_ok(requests.post(f"{url}/", data=FIELDS, timeout=20, allow_redirects=False))
    assert len(keeper.kept) == 1


def test_body_of_any_bytes_is_kept_unread(url, keeper):
    body = bytes(range(256)) * 100
    assert is_ok(requests.post(url, data=body, timeout=20))
    assert keeper.kept == [(body, "")]


def test_ok_is_answered_only_after_it_was_kept(url, keeper):
    """While `keep` is still writing, no byte of an answer comes."""
    keeper.gate.clear()
    address = urlsplit(url)
    body = urlencode(FIELDS)
    with socket.create_connection((address.hostname, address.port), timeout=20) as caller:
        head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        caller.sendall(f"{head}{body}".encode())
        assert keeper.entered.wait(20)
        caller.settimeout(0.2)
        with pytest.raises(TimeoutError):
            caller.recv(1)
        assert keeper.kept == []
        keeper.gate.set()
        caller.settimeout(20)
        answer = b"".join(iter(lambda: caller.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\nok")
    assert len(keeper.kept) == 1


def test_when_keeping_fails_ok_is_not_said_and_a_second_try_succeeds(url, keeper, caplog):
    keeper.fails = OSError("disk full while keeping 0987000339")
    answer = requests.post(url, data=FIELDS, timeout=20)
    assert answer.status_code == 503
    assert "ok" not in answer.text.lower()
    assert answer.headers["retry-after"]
    assert "OSError" in caplog.text
    assert "0987000339" not in caplog.text
    keeper.fails = None
    assert is_ok(requests.post(url, data=FIELDS, timeout=20))
    assert len(keeper.kept) == 1


@pytest.mark.parametrize(
    "path",
    [f"/callback/{SECRET}x", "/callback/", "/callback", "/", f"/{SECRET}", "/callback/%F0%9F%98%80", "/callback/%ff"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_secret_nothing_is_there(url, keeper, path, method):
    answer = requests.request(method, url.removesuffix(f"/callback/{SECRET}") + path, params=FIELDS, timeout=20)
    assert answer.status_code == 404
    assert "ok" not in answer.text.lower()
    assert keeper.kept == []


def test_secret_may_hold_any_character(keeper):
    secret = "päß wörd+%"
    with serving(callback_app(secret, keeper), 0) as base:
        assert is_ok(requests.post(f"{base}/callback/{quote(secret)}", data=FIELDS, timeout=20))


def test_receiver_without_a_secret_is_refused(keeper):
    with pytest.raises(ValueError, match="secret"):
        callback_app("", keeper)


def test_largest_body_is_kept_and_one_byte_more_refused(url, keeper):
    assert is_ok(requests.post(url, data=b"x" * SIZE_LIMIT, timeout=20))
    answer = requests.post(url, data=b"x" * (SIZE_LIMIT + 1), timeout=20)
    assert answer.status_code == 413
    assert "ok" not in answer.text.lower()
    assert [len(body) for body, _ in keeper.kept] == [SIZE_LIMIT]


def test_body_that_does_not_say_its_length_is_refused_too(url, keeper):
    """A chunked body is counted as it comes."""
    answer = requests.post(url, data=(b"x" * 65536 for _ in range(SIZE_LIMIT // 65536 + 1)), timeout=20)
    assert answer.status_code == 413
    assert keeper.kept == []


def test_announced_giant_is_refused_before_it_is_sent(url, keeper):
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as caller:
        caller.sendall(f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {10**12}\r\n\r\n".encode())
        assert caller.recv(4096).startswith(b"HTTP/1.1 413")
    assert keeper.kept == []


def test_half_a_body_is_not_kept(url, keeper):
    """One caller stops half-way and waits, one hangs up; neither is kept, and the receiver goes on."""
    address = urlsplit(url)
    head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nsms_id=1".encode()
    with socket.create_connection((address.hostname, address.port), timeout=20) as caller:
        caller.sendall(head)
        assert caller.recv(4096).startswith(b"HTTP/1.1 408")
    with socket.create_connection((address.hostname, address.port), timeout=20) as caller:
        caller.sendall(head)
    assert is_ok(requests.post(url, data=FIELDS, timeout=20))
    assert parse_body(keeper.kept[0][0]) == FIELDS
    assert len(keeper.kept) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_empty_call_is_answered_and_not_kept(url, keeper, method):
    """People open the address in a browser to see whether it is there."""
    answer = requests.request(method, url, timeout=20)
    assert answer.status_code == 200
    assert answer.text == ("" if method == "HEAD" else "ok")
    assert keeper.kept == []


def test_only_get_and_post_are_taken(url, keeper):
    assert requests.head(url, params=FIELDS, timeout=20).status_code == 200
    for method in ("PUT", "DELETE", "PATCH"):
        assert requests.request(method, url, data=FIELDS, timeout=20).status_code == 405
    assert keeper.kept == []


def test_burst_loses_nothing(url, keeper):
    bodies = [urlencode({"sms_id": str(n), "content": FIELDS["content"]}).encode() for n in range(200)]
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda body: requests.post(url, data=body, timeout=20), bodies))
    assert all(map(is_ok, answers))
    assert sorted(body for body, _ in keeper.kept) == sorted(bodies)


# --- what is read later ---------------------------------------------------------------------------------------------


def multipart(fields):
    return (
        requests.Request("POST", "http://x", files={name: (None, text) for name, text in fields.items()}).prepare().body
    )


@pytest.mark.parametrize("fields", [FIELDS, REPLY, {"sms_id": "1", "content": "測試"}, {"content": ""}])
@pytest.mark.parametrize(
    "write",
    [
        lambda fields: urlencode(fields).encode(),
        lambda fields: json.dumps(fields).encode(),
        lambda fields: json.dumps(fields, indent=1, ensure_ascii=False).encode(),
        multipart,
    ],
    ids=["urlencoded", "json", "json spread", "multipart"],
)
def test_kept_body_is_read_in_each_form(write, fields):
    assert parse_body(write(fields)) == fields


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b"\n", {}),
        (b"{}", {}),
        (b'{"sms_id": 1, "x": null, "content": "a\\ud83d"}', {"sms_id": "1", "content": "a\N{REPLACEMENT CHARACTER}"}),
        (b'{"sms_id": ', {}),
        (b"[1]", {"[1]": ""}),
        (b"--", {}),
        (b"--x\r\nContent-Disposition: form-data", {}),
        ("content=測試".encode("cp950"), {"content": "測試"}),
        (b"content=\xff\xff", {"content": "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"}),
    ],
)
def test_odd_bodies(body, fields):
    assert parse_body(body) == fields


def test_kept_receipt_becomes_a_receipt():
    [item] = parse_callback(parse_kept(urlencode(FIELDS).encode()))
    assert isinstance(item, Receipt)
    assert (item.sms_id, item.phone, item.status) == ("1783822", "0987000339", "delivered")


openings = st.sampled_from(
    [b"", b"{", b'{"a": "', b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n']
)


@given(openings, st.binary(max_size=200), st.text(max_size=50))
def test_any_kept_bytes_are_read_without_an_exception(opening, rest, query):
    fields = parse_kept(opening + rest, query)
    assert parse_callback(fields)
    for text in fields.values():
        text.encode()


# --- a test of the way -------------------------------------------------------------------------------------------


def test_a_test_goes_the_way_of_a_callback(url, keeper):
    tried = send_test(url)
    assert (tried.ok, tried.status) == (True, 200)
    ((body, query),) = keeper.kept
    assert body.startswith(TEST_BODY)
    assert query == ""
    (item,) = parse_callback(parse_kept(body, query))
    assert item.why == "no_content"


def test_a_test_says_what_stands_in_the_way(url, keeper):
    assert (send_test(url + "x").code, send_test(url + "x").status) == ("refused", 404)
    keeper.fails = OSError("disk full")
    assert (send_test(url).code, send_test(url).status) == ("refused", 503)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert send_test(f"http://127.0.0.1:{closed.getsockname()[1]}/callback/x").code == "unreachable"
    assert [send_test(one).code for one in ("", "file:///etc/passwd", "https://")] == [
        "bad_url",
        "bad_url",
        "unreachable",
    ]


def test_a_test_is_not_content_with_some_other_server():
    async def hello(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"<html>hello</html>"})

    with serving(hello, 0) as base:
        assert send_test(base).code == "no_ok"
