"""Every answer means exactly one of a result, a refusal and an unknown outcome; whatever else comes is unknown."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import GatewayError, OutcomeUnknown, Refused
from smsget.gateway import REFUSALS, Accepted, Gateway
from tests.gateways import CANARY, PHONE, SAID, SUCCESS, brief, gateway, head, outcome
from tests.wire import Peer, Wire, answer, answering, said


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (said(True, "000", "795938|1|29864"), Accepted("795938", 1, 29864)),
        (said("True", "000", "795938|1|29864"), Accepted("795938", 1, 29864)),
        (said("true", "000", "795938|1|29864"), Accepted("795938", 1, 29864)),
        (said("TRUE", "000", " 795938 | 1 | 29864 \n"), Accepted("795938", 1, 29864)),
        (said(True, "000", "0|0|0"), Accepted("0", 0, 0)),
        (said(True, "000", "59c4e123|007|0"), Accepted("59c4e123", 7, 0)),
        ("\ufeff" + said(True, "000", "1|2|3"), Accepted("1", 2, 3)),
        ("\n\n  " + said(True, "000", "1|2|3") + "\r\n", Accepted("1", 2, 3)),
        ('{"extra": [1, {"stats": false}], ' + said(True, "000", "1|2|3")[1:], Accepted("1", 2, 3)),
    ],
)
def test_success(body: str, accepted: Accepted):
    with Wire(answering(answer(body))) as wire:
        assert gateway(wire.url).send([PHONE], "hello") == accepted


@pytest.mark.parametrize("code", sorted(REFUSALS))
@pytest.mark.parametrize("stats", [False, "False", "false"])
def test_every_code_of_the_protocol_is_a_refusal(code: str, stats: object):
    with Wire(answering(answer(said(stats, code, "帳號密碼錯誤")))) as wire:
        error = outcome(wire.url)
    assert brief(error) == (Refused, code)
    assert error.evidence == {"message": "帳號密碼錯誤"}
    assert wire.connections == 1


@pytest.mark.parametrize("message", [None, 7, ["x"], ""])
def test_a_refusal_needs_no_explanation(message: object):
    with Wire(answering(answer(said(False, "009", message)))) as wire:
        assert brief(outcome(wire.url)) == (Refused, "009")


NOT_JSON = {
    "empty": "",
    "blank": "   ",
    "html": "<html><body>502 Bad Gateway</body></html>",
    "words": "OK",
    "cut": said(True, "000", "795938|1|29864")[:-3],
    "two_objects": said(True, "000", "1|1|1") * 2,
    "php_notice_in_front": "<b>Warning</b>: x in y.php" + said(True, "000", "1|1|1"),
    "single_quotes": "{'stats': True}",
    "deep": "[" * 60_000,
    "deep_object": '{"a":' * 10_000,
    "huge_integer": '{"stats": true, "error_code": "000", "error_msg": ' + "9" * 20_000 + "}",
    "not_utf8": '{"stats": false, "error_code": "005", "error_msg": "帳號"}'.encode("big5"),
    "utf16": said(True, "000", "1|1|1").encode("utf-16"),
    "two_boms": "\ufeff\ufeff" + said(True, "000", "1|1|1"),
    "nul": b"\0" * 100,
}
NOT_PROTOCOL = {
    "null": "null",
    "number": "7",
    "string": '"000"',
    "array": "[" + said(True, "000", "1|1|1") + "]",
    "empty_object": "{}",
    "no_stats": '{"error_code": "000", "error_msg": "1|1|1"}',
    "no_code": '{"stats": true, "error_msg": "1|1|1"}',
    "no_message": '{"stats": true, "error_code": "000"}',
    "message_null": said(True, "000", None),
    "message_list": said(True, "000", ["1", "1", "1"]),
    "message_number": said(True, "000", 795938),
    "true_with_refusal": said(True, "005", "1|1|1"),
    "false_with_success": said(False, "000", "1|1|1"),
    "unknown_code": said(False, "011", "no"),
    "code_999": said(False, "999", "no"),
    "code_number": said(False, 5, "no"),
    "code_zero": said(True, 0, "1|1|1"),
    "code_short": said(False, "5", "no"),
    "code_blank": said(False, " 005", "no"),
    "code_full_width": said(False, "００５", "no"),
    "code_list": said(False, ["005"], "no"),
    "code_object": said(False, {"005": 1}, "no"),
    "stats_one": said(1, "000", "1|1|1"),
    "stats_zero": said(0, "005", "no"),
    "stats_null": said(None, "000", "1|1|1"),
    "stats_yes": said("yes", "000", "1|1|1"),
    "stats_blank": said(" True", "000", "1|1|1"),
    "stats_list": said([True], "000", "1|1|1"),
    "code_twice": '{"stats": true, "error_code": "005", "error_code": "000", "error_msg": "1|1|1"}',
    "stats_twice": '{"stats": false, "stats": true, "error_code": "000", "error_msg": "1|1|1"}',
    "message_twice": '{"stats": true, "error_code": "000", "error_msg": "1|1|1", "error_msg": "2|1|1"}',
    "nan": '{"stats": NaN, "error_code": "000", "error_msg": "1|1|1"}',
}
BAD_MESSAGES = ["1", "1|1", "1|1|1|1", "|1|1", "1||1", "1|1|", "x|-1|5", "x|1|-5", "x|one|5", "x|1.0|5", "x|1|1e3"]
BAD_MESSAGES += ["x|1,000|5", "1,1,29864", "795938129864", "x｜1｜5", "x|１|5", "x|1|+5", "x|0x1|5", "編號|1|5"]
BAD_MESSAGES += ["", "1 1 29864", "a b|1|5", "x|1|" + "9" * 5000, "y" * 65 + "|1|1"]
NOT_PROTOCOL |= {f"message {message[:20]!r}": said(True, "000", message) for message in BAD_MESSAGES}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_an_answer_that_is_no_json_leaves_the_outcome_unknown(body: str | bytes):
    with Wire(answering(answer(body))) as wire:
        assert brief(outcome(wire.url)) == (OutcomeUnknown, "not_json")


@pytest.mark.parametrize("body", NOT_PROTOCOL.values(), ids=NOT_PROTOCOL)
def test_json_that_is_not_the_protocols_leaves_the_outcome_unknown(body: str):
    with Wire(answering(answer(body))) as wire:
        assert brief(outcome(wire.url)) == (OutcomeUnknown, "not_protocol")


@pytest.mark.parametrize(
    "message", ["", "acme", "438", "acme|", "|438", " |438", "acme|-1", "acme|1.5", "acme|4|38", "acme 438"]
)
def test_a_credit_that_cannot_be_read_is_unknown(message: str):
    with Wire(answering(answer(said(True, "000", message)))) as wire, pytest.raises(OutcomeUnknown) as caught:
        gateway(wire.url).credit()
    assert caught.value.code == "not_protocol"


STATUSES = (103, 201, 202, 204, 206, 400, 401, 403, 404, 407, 408, 413, 418, 429, 500, 502, 503, 504, 599, 999)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", [said(True, "000", "1|1|1"), said(False, "005", "no")], ids=["success", "refusal"])
def test_only_200_counts_whatever_the_body_says(status: int, body: str):
    """And nothing is tried a second time, whatever Retry-After asks for."""
    with Wire(answering(answer(body, f"{status} Reason", {"Retry-After": "0"}))) as wire:
        error = outcome(wire.url)
    assert brief(error) == (OutcomeUnknown, "http_status")
    assert error.evidence == {"status": status}
    assert wire.connections == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
def test_redirects_are_not_followed(status: int):
    with Wire(answering(SUCCESS)) as elsewhere:
        headers = {
            "Location": f"{elsewhere.url}/api_send.php?password={quote(CANARY)}",
            "Refresh": f"0; {elsewhere.url}",
        }
        with Wire(answering(answer("", f"{status} Moved", headers))) as wire:
            error = outcome(wire.url)
    assert brief(error) == (OutcomeUnknown, "redirect")
    assert error.evidence == {"status": status}
    assert (wire.connections, elsewhere.connections) == (1, 0)


def test_a_redirect_with_an_endless_body_holds_nobody():
    def endless(peer: Peer) -> None:
        peer.read_request()
        peer.write(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1000000\r\n\r\n")
        peer.stall()

    with Wire(endless) as wire:
        assert brief(outcome(wire.url, read_timeout=60)) == (OutcomeUnknown, "redirect")


def test_continue_before_the_answer_is_passed_over():
    with Wire(answering(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + SUCCESS)) as wire:
        assert gateway(wire.url).send([PHONE], "hello").sms_id == "795938"


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("gzip", gzip.compress(SAID)),
        ("x-gzip", gzip.compress(SAID)),
        ("deflate", zlib.compress(SAID)),
        ("identity", SAID),
    ],
)
def test_a_compressed_answer_is_read_although_none_was_asked_for(coding: str, content: bytes):
    with Wire(answering(answer(content, headers={"Content-Encoding": coding}))) as wire:
        assert gateway(wire.url).send([PHONE], "hello") == Accepted("1", 2, 3)
    assert wire.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("coding", "content", "code"),
    [
        ("gzip", SAID, "not_protocol"),
        ("gzip", gzip.compress(SAID)[:-20], "not_json"),
        ("gzip", gzip.compress(b" " * 50_000_000), "not_protocol"),
        ("x-unheard-of", gzip.compress(SAID), "not_json"),
    ],
)
def test_a_compressed_answer_that_cannot_be_read_is_unknown(coding: str, content: bytes, code: str):
    with Wire(answering(answer(content, headers={"Content-Encoding": coding}))) as wire:
        assert brief(outcome(wire.url)) == (OutcomeUnknown, code)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + end


@pytest.mark.parametrize(
    "data",
    [
        chunked(SAID),
        chunked(SAID[:7], SAID[7:]),
        head("Connection: close") + SAID,  # its end is the connection's end
        head(f"Content-Length: {len(SAID)}") + SAID + b"more than was announced",
        head("Content-Length: soon") + SAID,
        b"HTTP/1.0 200 OK\r\n\r\n" + SAID,
        head(f"Content-Length: {len(SAID)}", "no colon in this field") + SAID,
    ],
    ids=["chunked", "chunks", "to_the_end", "too_much", "length_no_number", "http_1.0", "bad_header"],
)
def test_unusual_framing_of_a_whole_answer_is_understood(data: bytes):
    with Wire(answering(data)) as wire:
        assert gateway(wire.url).send([PHONE], "hello") == Accepted("1", 2, 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "connection_lost"),
        (b"HTTP/1.1 20", "not_protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "not_json"),
        (head("Content-Length: 500") + SAID, "connection_lost"),
        (head(f"Content-Length: {len(SAID) - 2}") + SAID, "not_json"),
        (head("Content-Length: 5, 6") + SAID, "not_protocol"),
        (head("Content-Length: 0"), "not_json"),
        (chunked(SAID, end=b""), "connection_lost"),
        (chunked(SAID, end=b"zz\r\n"), "connection_lost"),
        (chunked(SAID)[:-20], "connection_lost"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_protocol"),
        (b"220 mail.example.com ESMTP\r\n", "not_protocol"),
        (SAID, "not_protocol"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "not_protocol"),
        (b"HTTP/9.9 200 OK\r\n\r\n" + SAID, "not_protocol"),
        (b"HTTP/1.1 200 " + b"x" * 70_000, "not_protocol"),
        (head(*(f"X-{n}: y" for n in range(200))), "not_protocol"),
        (head("X-Long: " + "y" * 70_000), "not_protocol"),
        (answer(" " * 70_000 + SAID.decode()), "not_protocol"),
        (head() + b" " * 5_000_000, "not_protocol"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else value,
)
def test_a_broken_answer_leaves_the_outcome_unknown(data: bytes, code: str):
    with Wire(answering(data)) as wire:
        assert brief(outcome(wire.url)) == (OutcomeUnknown, code)
    assert wire.connections == 1


# Whatever comes back

PIECES = [
    b"HTTP/1.1 ",
    b"200 OK",
    b"302 Found",
    b"Content-Length: ",
    b"9",
    b": ",
    b"{",
    b'"stats"',
    b"\0",
    b"\xff",
    SAID,
]
PIECES += [b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"\r\n", b"\r\n\r\n", b"0\r\n\r\n"]


@pytest.fixture(scope="module")
def parrot() -> Iterator[tuple[Gateway, Callable[[bytes], None]]]:
    """A gateway whose server answers what it was told to."""
    told: dict[str, bytes] = {}

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(told["answer"])

    with Wire(script) as wire:
        yield gateway(wire.url), lambda data: told.update(answer=data)


def settle(account: Gateway) -> Accepted | GatewayError:
    """The one outcome; any exception of another kind fails the test."""
    try:
        return account.send([PHONE], "hello")
    except GatewayError as error:
        return error


@given(data=st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join)))
def test_any_bytes_at_all_end_in_exactly_one_outcome(parrot, data: bytes):
    account, tell = parrot
    tell(data)
    result = settle(account)
    assert isinstance(result, OutcomeUnknown) or (isinstance(result, Accepted) and SAID in data)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["000", "005", "True", "1|2|3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    stats=JSON | st.booleans(),
    code=JSON | st.sampled_from(["000", *REFUSALS]),
    message=JSON.filter(lambda value: not isinstance(value, str)) | st.sampled_from(["1|2|3", "1|2"]),
)
def test_any_json_ends_in_the_one_outcome_that_its_three_fields_say(
    parrot, stats: object, code: object, message: object
):
    account, tell = parrot
    tell(answer(said(stats, code, message)))
    result = settle(account)
    word = str(stats).lower() if isinstance(stats, bool | str) else ""
    expected: type = OutcomeUnknown
    if word == "true" and code == "000" and message == "1|2|3":
        expected = Accepted
    elif word == "false" and isinstance(code, str) and code in REFUSALS:
        expected = Refused
    assert type(result) is expected
