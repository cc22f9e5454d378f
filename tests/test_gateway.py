"""What the gateway's client sends, and what it refuses to send."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import AccountError, BadRequest, InputError, TextRefused
from smsget.gateway import Accepted, Credit, Gateway
from tests.gateways import CANARY, PHONE, SUCCESS, gateway
from tests.wire import Peer, Wire, answer, answering, said

# What goes out


def sent_form(at: datetime | None = None) -> dict[str, str]:
    with Wire(answering(SUCCESS)) as wire:
        gateway(wire.url).send([PHONE], "hello", at=at)
    return wire.requests[0].form


def test_send_posts_a_utf8_form_and_reads_the_answer():
    text = "您好 100% & more = ✓\nsecond+line"
    with Wire(answering(SUCCESS)) as wire:
        accepted = gateway(wire.url).send([PHONE, "54123456"], text)
    assert accepted == Accepted("795938", used=1, left=29864)
    [request] = wire.requests
    assert request.line == "POST /api_send.php HTTP/1.1"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert request.headers["content-length"] == str(len(request.body))
    assert request.headers["connection"] == "close"
    assert "transfer-encoding" not in request.headers
    assert "authorization" not in request.headers
    assert request.form == {
        "username": "acme",
        "password": CANARY,
        "method": "1",
        "sms_msg": text,
        "phone": f"{PHONE},54123456",
    }


def test_twoway_and_credit_have_their_own_endpoints():
    with Wire(answering(answer(said("True", "000", "12|2|98")))) as wire:
        assert gateway(wire.url).send_twoway([PHONE], "hello") == Accepted("12", 2, 98)
    assert wire.requests[0].line == "POST /api_send_twoway.php HTTP/1.1"
    with Wire(answering(answer(said(True, "000", "acme|438")))) as wire:
        assert gateway(wire.url).credit() == Credit("acme", 438)
    assert wire.requests[0].line == "POST /api_query_credit.php HTTP/1.1"
    assert wire.requests[0].form == {"username": "acme", "password": CANARY}


@pytest.mark.parametrize("ending", ["", "/", "/folder", "/folder/"])
def test_base_url_may_name_a_folder(ending: str):
    with Wire(answering(SUCCESS)) as wire:
        gateway(wire.url + ending).send([PHONE], "hello")
    assert wire.requests[0].line == f"POST {ending.rstrip('/')}/api_send.php HTTP/1.1"


NEW_YORK_WINTER = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("at", "date", "hour", "minute"),
    [
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026/11/23", "00", "00"),
        (datetime(2026, 1, 2, 1, 5, 59, tzinfo=UTC), "2026/01/02", "09", "05"),
        (datetime(2026, 12, 31, 10, 59, tzinfo=NEW_YORK_WINTER), "2026/12/31", "23", "59"),
        (datetime(2024, 2, 28, 16, 30, tzinfo=UTC), "2024/02/29", "00", "30"),
        (datetime(987, 1, 1, tzinfo=UTC), "0987/01/01", "08", "00"),
    ],
)
def test_schedule_is_written_in_taipei_time(at: datetime, date: str, hour: str, minute: str):
    form = sent_form(at)
    assert (form["method"], form["send_date"], form["hour"], form["min"]) == ("2", date, hour, minute)


def test_without_a_schedule_no_schedule_field_is_sent():
    form = sent_form()
    assert form["method"] == "1"
    assert not {"send_date", "hour", "min"} & form.keys()


def test_every_request_has_a_fresh_connection():
    """Even from a server that would keep it open: a stale connection would make an outcome unknown for nothing."""

    def keep_alive(peer: Peer) -> None:
        peer.read_request()
        peer.write(answer(said(True, "000", "1|1|1"), headers={"Connection": "keep-alive"}))
        peer.stall()

    with Wire(keep_alive) as wire:
        shared = gateway(wire.url)
        for _ in range(3):
            shared.send([PHONE], "hello")
        assert wire.connections == 3


def test_threads_share_one_gateway_without_mixing_answers():
    def echo(peer: Peer) -> None:
        text = peer.read_request().form["sms_msg"]
        peer.write(answer(said(True, "000", f"id{text}|1|{text}")))

    with Wire(echo) as wire, ThreadPoolExecutor(8) as pool:
        shared = gateway(wire.url)
        accepted = list(pool.map(lambda n: shared.send([PHONE], str(n)), range(40)))
    assert accepted == [Accepted(f"id{n}", 1, n) for n in range(40)]


# What never goes out

PHONE_250 = tuple(f"09{n:08}" for n in range(250))


def test_250_recipients_are_the_most():
    with Wire(answering(SUCCESS)) as wire:
        gateway(wire.url).send(PHONE_250, "hello")
        assert wire.requests[0].form["phone"].split(",") == list(PHONE_250)
        with pytest.raises(BadRequest) as caught:
            gateway(wire.url).send([*PHONE_250, PHONE], "hello")
        assert caught.value.code == "too_many_recipients"
        assert wire.connections == 1


@pytest.mark.parametrize(
    ("phones", "text", "at", "error", "code"),
    [
        ([], "hello", None, BadRequest, "no_recipients"),
        ([""], "hello", None, BadRequest, "bad_number"),
        (["0912345678,0923456789"], "hello", None, BadRequest, "bad_number"),
        (["0912 345678"], "hello", None, BadRequest, "bad_number"),
        (["0912345678\n"], "hello", None, BadRequest, "bad_number"),
        (["0912345678", "\u3000"], "hello", None, BadRequest, "bad_number"),
        (["０９１２３４５６７８"], "hello", None, BadRequest, "bad_number"),
        ([PHONE], "", None, TextRefused, "empty_text"),
        ([PHONE], " \n\u3000", None, TextRefused, "empty_text"),
        ([PHONE], "half a character: \ud83d", None, TextRefused, "not_carried"),
        ([PHONE], "hello", datetime(2026, 1, 1, 10, 0), BadRequest, "bad_time"),  # noqa: DTZ001 - naive on purpose
        ([PHONE], "hello", datetime.max.replace(tzinfo=UTC), BadRequest, "bad_time"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_before_any_byte(
    phones: list[str], text: str, at: datetime | None, error: type[InputError], code: str
):
    with Wire(answering(SUCCESS)) as wire:
        for send in (gateway(wire.url).send, gateway(wire.url).send_twoway):
            with pytest.raises(error) as caught:
                send(phones, text, at=at)
            assert caught.value.code == code
    assert wire.connections == 0


def test_one_string_is_not_taken_for_a_list_of_digits():
    with pytest.raises(TypeError):
        gateway("http://127.0.0.1:9").send(PHONE, "hello")


# The account


@pytest.mark.parametrize(
    "url",
    [
        "https://sms-get.com",
        "https://sms-get.com/",
        " HTTPS://SMS-Get.com:8443/folder/ ",
        "https://192.0.2.7",
        "https://[2001:db8::1]:443",
        "http://localhost:8040",
        "http://LOCALHOST",
        "http://127.0.0.1",
        "http://127.255.255.254:1",
        "http://[::1]:8040/",
    ],
)
def test_https_anywhere_and_http_to_loopback_are_accepted(url: str):
    assert gateway(url).base_url == url.strip().lower().rstrip("/")


@pytest.mark.parametrize(
    ("url", "code", "shown"),
    [
        ("http://sms-get.com/", "insecure_url", "http://sms-get.com"),
        ("http://localhost.example.com", "insecure_url", "http://localhost.example.com"),
        ("http://127.0.0.1.example.com", "insecure_url", "http://127.0.0.1.example.com"),
        ("http://128.0.0.1", "insecure_url", "http://128.0.0.1"),
        ("http://0.0.0.0:80", "insecure_url", "http://0.0.0.0:80"),
        ("http://127.1", "insecure_url", "http://127.1"),
        ("http://2130706433", "insecure_url", "http://2130706433"),
        ("http://[::2]", "insecure_url", "http://[::2]"),
        ("", "bad_url", ""),
        ("sms-get.com", "bad_url", "sms-get.com"),
        ("ftp://127.0.0.1", "bad_url", "ftp://127.0.0.1"),
        ("https://", "bad_url", "https://"),
        ("https:///folder", "bad_url", "https:///folder"),
        ("https://sms-get.com:0", "bad_url", "https://sms-get.com:0"),
        ("https://sms-get.com:65536", "bad_url", "https://sms-get.com:65536"),
        ("https://sms-get.com:port", "bad_url", "https://sms-get.com:port"),
        ("https://sms get.com", "bad_url", "https://sms get.com"),
        ("https://sms-get.com\n.example.com", "bad_url", "https://sms-get.com\n.example.com"),
        ("http://127.0.0.1\\@example.com", "bad_url", "example.com"),
        ("http://127.0.0.1@example.com", "bad_url", "example.com"),
        (f"https://acme:{CANARY}@sms-get.com", "bad_url", "sms-get.com"),
        ("https://acme:an?other#secret@sms-get.com", "bad_url", "sms-get.com"),
        (f"https://sms-get.com/api_send.php?password={CANARY}", "bad_url", "https://sms-get.com/api_send.php"),
        (f"https://sms-get.com/#{CANARY}", "bad_url", "https://sms-get.com/"),
        (CANARY, "bad_url", ""),
        (f"https://{'a' * 64}.example.com", "bad_url", f"https://{'a' * 64}.example.com"),
        ("https://sms-get.com/../x?", "bad_url", "https://sms-get.com/../x"),
    ],
)
def test_other_urls_are_refused_and_shown_without_a_login(url: str, code: str, shown: str):
    with pytest.raises(AccountError) as caught:
        gateway(url)
    assert (caught.value.code, caught.value.evidence["url"]) == (code, shown)


@pytest.mark.parametrize(
    ("username", "password", "code", "evidence"),
    [
        ("", "secret", "half_account", {"missing": "username"}),
        ("acme", "", "half_account", {"missing": "password"}),
        ("a" * 21, "secret", "too_long", {"field": "username", "most": 20}),
        ("acme", "字" * 21, "too_long", {"field": "password", "most": 20}),
        ("acme", "\udcff", "not_text", {"field": "password"}),
    ],
)
def test_half_or_impossible_accounts_are_refused(username: str, password: str, code: str, evidence: dict[str, object]):
    with pytest.raises(AccountError) as caught:
        Gateway("https://sms-get.com", username, password)
    assert (caught.value.code, caught.value.evidence) == (code, evidence)


def test_twenty_characters_are_enough():
    assert Gateway("https://sms-get.com", "帳" * 20, "密" * 20).username == "帳" * 20


# Surrogates excluded: half a character is refused before any byte (above).
@given(text=st.text(min_size=1).filter(str.strip), password=st.text(min_size=1, max_size=20))
def test_any_text_and_password_arrive_as_they_were(text: str, password: str):
    with Wire(answering(SUCCESS)) as wire:
        Gateway(wire.url, "acme", password).send([PHONE], text)
    assert (wire.requests[0].form["sms_msg"], wire.requests[0].form["password"]) == (text, password)
