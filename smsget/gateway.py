"""The HTTP client of SMS-Get: one form POST, one outcome.

Every call ends in exactly one of a result, `NotSent`, `Refused` or `OutcomeUnknown` (see `smsget.errors`), or, before
anything is tried, an `InputError` for a request that makes no sense. Which of `NotSent` and `OutcomeUnknown` it is gets
decided by a fact and not by the class of an exception: did anybody take bytes of the request's body?
The exception only names the reason.

Source of the endpoints, fields, limits and codes: sms-get-api.txt, sections 一 (send), 三 (two-way) and 五 (credit).
"""

from __future__ import annotations

import html
import http.client
import io
import ipaddress
import json
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote_plus, urlencode

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from smsget.errors import AccountError, BadRequest, GatewayError, NotSent, OutcomeUnknown, Refused, TextRefused

MOST_RECIPIENTS = 250
"""Numbers one request may carry (sms-get-api.txt, `phone`)."""

MOST_CREDENTIAL = 20
"""Characters a username or a password may have (sms-get-api.txt, `username`, `password`)."""

REFUSALS: dict[str, str] = {
    "001": "bad parameter",
    "002": "bad schedule parameter",
    "003": "the scheduled time has passed",
    "004": "the message is too long",
    "005": "wrong account or password",
    "006": "this IP address may not call",
    "007": "no recipients",
    "008": "more than 250 recipients",
    "009": "not enough points",
    "010": "two-way is not enabled",
}
"""Every `error_code` that says no (sms-get-api.txt, table of `error_code`). Any other code is not the protocol's."""

TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
"""The gateway's clock. A fixed offset: Taiwan keeps no summer time, and Windows brings no time zone database."""

_MOST_ANSWER = 64 * 1024  # bytes; a real answer has under 200
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# One strict pattern and no parser: what two parsers read differently (userinfo, backslashes, blanks) cannot get in.
_URL = re.compile(
    rf"(https?)://(\[[0-9a-f:.]+\]|{_LABEL}(?:\.{_LABEL})*\.?)(:[0-9]{{1,5}})?(/[a-z0-9._~/-]*)?",
    re.IGNORECASE | re.ASCII,
)
_PHONE = re.compile(r"[!-+\--~]+")  # printable ASCII without blank and comma: the comma separates numbers
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which UTF-8 cannot carry
# "|" alone separates: sms-get-api.txt lost its separators, public clients were seen to receive this form.
_ACCEPTED = re.compile(r"\s*([!-{}~]{1,64})\s*\|\s*([0-9]{1,15})\s*\|\s*([0-9]{1,15})\s*")
_JSON_ESCAPE = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\(.)")
_CREDIT = re.compile(r"\s*([^|\s][^|]{0,63})\|\s*([0-9]{1,15})\s*")


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Accepted:
    """SMS-Get took a whole request: its message id, the points used for it and the points left afterwards.

    Some of its numbers may be bad all the same; fewer points used than quoted is the only sign of that.
    """

    sms_id: str
    used: int
    left: int


@dataclass(frozen=True)
class Credit:
    """The points left on an account, as the gateway names the account."""

    account: str
    credits: int


class Gateway:
    """One SMS-Get account behind one base URL. Holds no connection, so any number of threads may share it.

    `base_url` is `https://host[:port][/folder]`; plain http is for loopback only (localhost, 127.0.0.0/8, ::1).
    `connect_timeout` (seconds) bounds the TCP connection to each address of the host, and again the TLS handshake;
    `read_timeout` (seconds) bounds the whole answer to its last byte, however slowly it trickles in.
    A proxy that the system or the environment names is used, but never for loopback; so is `REQUESTS_CA_BUNDLE`.
    Raises `AccountError`: `bad_url`, `insecure_url` (`url`), `half_account` (`missing`), `too_long` (`field`),
    `not_text` (`field`: holds something UTF-8 cannot carry).
    """

    __slots__ = ("_connect_timeout", "_host", "_loopback", "_password", "_read_timeout", "base_url", "username")

    def __init__(
        self, base_url: str, username: str, password: str, *, connect_timeout: float = 5, read_timeout: float = 60
    ) -> None:
        self.base_url, self._host, self._loopback = _read_base_url(base_url, password)
        for field, value in (("username", username), ("password", password)):
            if not value:
                raise AccountError("half_account", missing=field)
            if len(value) > MOST_CREDENTIAL:
                raise AccountError("too_long", field=field, most=MOST_CREDENTIAL)
            if _SURROGATE.search(value):
                raise AccountError("not_text", field=field)
        self.username = username
        self._password = password
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout

    def __repr__(self) -> str:
        return f"Gateway({self.base_url!r}, username={self.username!r})"

    def send(
        self, phones: Sequence[str], text: str, *, at: datetime | None = None, may_leave: Callable[[], bool] = _always
    ) -> Accepted:
        """Send one text to 1-250 numbers in wire form, now or `at` an aware time (the gateway knows whole minutes).

        `may_leave` is asked when the connection stands, right before the first byte: false makes it `NotSent`
        (`held_back`). A computer that slept in between does not wake up and send what others have judged.
        Raises `NotSent`, `Refused` or `OutcomeUnknown`; before any of it, `BadRequest` (`no_recipients`,
        `too_many_recipients`, `bad_number`, `bad_time`) or `TextRefused` (`empty_text`, `not_carried`).
        Source: sms-get-api.txt, section 一.
        """
        return self._send("api_send.php", phones, text, at, may_leave)

    def send_twoway(
        self, phones: Sequence[str], text: str, *, at: datetime | None = None, may_leave: Callable[[], bool] = _always
    ) -> Accepted:
        """Like `send`, and the receiver can answer. Taiwan numbers only (sms-get-api.txt, section 三)."""
        return self._send("api_send_twoway.php", phones, text, at, may_leave)

    def credit(self) -> Credit:
        """Ask for the points left (sms-get-api.txt, section 五).

        Raises as `send` does; as nothing is sent or charged, trying again is safe even after `OutcomeUnknown`.
        """
        account, credits_left = self._ask("api_query_credit.php", {}, _CREDIT)
        return Credit(account.strip(), int(credits_left))

    def _send(
        self, endpoint: str, phones: Sequence[str], text: str, at: datetime | None, may_leave: Callable[[], bool]
    ) -> Accepted:
        sms_id, used, left = self._ask(endpoint, _message_form(phones, text, at), _ACCEPTED, may_leave)
        return Accepted(sms_id, int(used), int(left))

    def _ask(
        self,
        endpoint: str,
        form: Mapping[str, str],
        success: re.Pattern[str],
        may_leave: Callable[[], bool] = _always,
    ) -> Sequence[str]:
        """The parts of the success message, or the one error that the outcome is.

        An error is raised here and nowhere deeper, where no local variable and no exception being handled holds the
        password: neither a chain of exceptions nor a traceback that prints locals can show it.
        """
        verdict = self._verdict(endpoint, form, success, may_leave)
        if isinstance(verdict, GatewayError):
            raise verdict
        return verdict

    def _verdict(
        self, endpoint: str, form: Mapping[str, str], success: re.Pattern[str], may_leave: Callable[[], bool]
    ) -> Sequence[str] | NotSent | Refused | OutcomeUnknown:
        body = _Body({"username": self.username, "password": self._password, **form}, may_leave)
        came = self._exchange(f"{self.base_url}/{endpoint}", body)
        # Even an answer is no proof of sending: a server may answer and hang up while only the headers are out.
        if not body.taken:
            came = "held_back" if body.held_back else came
            return NotSent(came if isinstance(came, str) else "connect", host=self._host)
        if isinstance(came, str):
            return OutcomeUnknown(came)
        status, content = came
        if status != http.HTTPStatus.OK:
            return OutcomeUnknown("redirect" if status // 100 == 3 else "http_status", status=status)
        # Of a number its end: 0912… may come back as 886912….
        tails = (phone[-8:] for phone in form.get("phone", "").split(","))
        private = (self._password, form.get("sms_msg", "")[:20], *tails)
        said = _read_answer(content)
        if isinstance(said, str):
            return OutcomeUnknown(said, excerpt=_excerpt(content.decode(errors="replace"), private))
        if said.code in REFUSALS:
            return Refused(said.code, message=_excerpt(said.message, private))
        match = success.fullmatch(said.message)
        return match.groups() if match else OutcomeUnknown("not_protocol", excerpt=_excerpt(said.message, private))

    def _exchange(self, url: str, body: _Body) -> tuple[int, bytes] | str:
        """One request on a connection of its own: (status, content of a 200), or the code of what went wrong.

        A failure is returned, not raised: an exception of requests holds the request, and whatever is raised while it
        is handled keeps it as its context. The adapter is used without a session, because a session adds logins from
        ~/.netrc, and reads the body of a redirect, however long, even when told not to follow.
        """
        adapter = _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        try:
            response = adapter.send(
                requests.Request("POST", url, headers=_headers(len(body)), data=body).prepare(),
                stream=True,
                timeout=(self._connect_timeout, self._read_timeout),
                verify=os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True,
                proxies={} if self._loopback else requests.utils.get_environ_proxies(url),
            )
            with closing(response):
                return response.status_code, _content(response) if response.status_code == http.HTTPStatus.OK else b""
        except Exception as error:  # whatever it is, the outcome is one of ours; `body.taken` says which
            return _reason(error, _WHY_UNKNOWN if body.taken else _WHY_NOT_SENT)
        finally:
            body.forget()
            adapter.close()


def _headers(length: int) -> dict[str, str]:
    return {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "Content-Length": str(length),
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "smsget",
        # A kept connection that the server drops just as it is used again would make the outcome unknown for nothing.
        "Connection": "close",
    }


def _read_base_url(base_url: str, password: str) -> tuple[str, str, bool]:
    """(base URL without a slash at its end, host, whether that is this computer)."""
    match = _URL.fullmatch(base_url.strip())
    # What people paste here may hold a login (`https://me:secret@host`, `…?username=…&password=…`): show none of that.
    shown = re.split(r"[?#]", base_url.rpartition("@")[2])[0][:200]
    if match is None or not _is_port(match[3]):
        raise AccountError("bad_url", url="" if password and password in shown else shown)
    scheme, host, port, folder = (part or "" for part in match.groups())
    loopback = _is_loopback(host)
    if scheme.lower() != "https" and not loopback:
        raise AccountError("insecure_url", url=f"{scheme}://{host}{port}")
    return f"{scheme.lower()}://{host.lower()}{port}{folder.rstrip('/')}", host.lower(), loopback


def _is_port(part: str | None) -> bool:
    return part is None or 1 <= int(part[1:]) <= 65535


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _message_form(phones: Sequence[str], text: str, at: datetime | None) -> dict[str, str]:
    """The fields of a message, or the reason why there is none."""
    if isinstance(phones, str):
        raise TypeError("phones is a sequence of numbers; a single string would be read as one number per digit")
    if not phones:
        raise BadRequest("no_recipients")
    if len(phones) > MOST_RECIPIENTS:
        raise BadRequest("too_many_recipients", count=len(phones), most=MOST_RECIPIENTS)
    for phone in phones:
        if not _PHONE.fullmatch(phone):
            raise BadRequest("bad_number", value=phone)
    if not text.strip():
        raise TextRefused("empty_text")
    if halves := sorted(set(_SURROGATE.findall(text))):
        raise TextRefused("not_carried", characters=halves)
    form = {"sms_msg": text, "phone": ",".join(phones)}
    return form | ({"method": "1"} if at is None else _schedule(at))


def _schedule(at: datetime) -> dict[str, str]:
    if at.utcoffset() is None:
        raise BadRequest("bad_time", value=at.isoformat())
    try:
        local = at.astimezone(TAIPEI)
    except OverflowError:  # the last hours of the year 9999
        raise BadRequest("bad_time", value=at.isoformat()) from None
    date = f"{local.year:04}/{local.month:02}/{local.day:02}"
    return {"method": "2", "send_date": date, "hour": f"{local.hour:02}", "min": f"{local.minute:02}"}


class _Body:
    """The form on its way out. `taken` turns true before the first byte of it can leave this computer.

    An object and not bytes, because nothing else can tell for certain whether the body was sent: urllib3 swallows some
    errors, wraps others, and the same class may come before the body and after it. It is opaque to `repr`, and
    forgets its bytes afterwards, so that nothing that still holds the request holds the password.
    """

    def __init__(self, form: Mapping[str, str], may_leave: Callable[[], bool]) -> None:
        self._bytes = urlencode(form).encode("ascii")
        self._may_leave = may_leave
        self.taken = False
        self.held_back = False

    def __len__(self) -> int:
        return len(self._bytes)

    def __iter__(self) -> Iterator[bytes]:  # a generator: asking for the iterator is not yet taking from it
        if not self._may_leave():
            self.held_back = True
            raise InterruptedError("held back")
        self.taken = True
        yield self._bytes

    def forget(self) -> None:
        self._bytes = b""


class _Adapter(HTTPAdapter):
    """An adapter whose answers have a time limit as a whole, and not one for each piece."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool for a request, its connections reading through `_TimedResponse`."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        # debuglevel: whoever switches on http.client's printing for another part of the program prints no password.
        ours = {"response_class": _TimedResponse, "debuglevel": 0}
        pool.ConnectionCls = type("TimedConnection", (pool.ConnectionCls,), ours)
        return pool


class _TimedResponse(http.client.HTTPResponse):
    """An answer read through `_TimedReader`, its status line and headers included."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(sock, self.fp.detach()))


class _TimedReader(io.RawIOBase):
    """A socket that can be read for as long as its timeout says, all reads together.

    A socket's own timeout starts anew with every byte, so a server that drips would hold a sender for hours.
    """

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw
        self._until = time.monotonic() + (sock.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long as a whole")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _content(response: requests.Response) -> bytes:
    """The decoded body, cut off soon after it has grown larger than any answer is."""
    content = b""
    for piece in response.iter_content(8192):
        content += piece
        if len(content) > _MOST_ANSWER:
            break
    return content


_Why = Sequence[tuple[str, tuple[type[BaseException], ...]]]
# Ordered: the first entry that any exception of the chain belongs to names the reason.
_WHY_NOT_SENT: _Why = (
    ("proxy", (urllib3.exceptions.ProxyError, urllib3.exceptions.ProxySchemeUnknown)),
    ("proxy", (requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema)),
    ("name_lookup", (urllib3.exceptions.NameResolutionError, urllib3.exceptions.LocationParseError, UnicodeError)),
    ("tls", (urllib3.exceptions.SSLError, ssl.SSLError)),
    ("connect", (urllib3.exceptions.NewConnectionError,)),
    ("connect_timeout", (urllib3.exceptions.TimeoutError, TimeoutError)),
    ("connect", (BaseException,)),
)
_WHY_UNKNOWN: _Why = (
    ("read_timeout", (urllib3.exceptions.TimeoutError, TimeoutError)),
    ("connection_lost", (ConnectionError, http.client.IncompleteRead, ssl.SSLError)),
    ("not_protocol", (http.client.HTTPException, urllib3.exceptions.InvalidHeader, urllib3.exceptions.DecodeError)),
    ("connection_lost", (BaseException,)),
)


def _reason(error: BaseException, table: _Why) -> str:
    chain = list(_chain(error))
    return next(code for code, kinds in table if any(isinstance(link, kinds) for link in chain))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and every one behind it; requests and urllib3 keep them as arguments, `.reason` and context."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop()
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [*link.args, getattr(link, "reason", None), link.__cause__, link.__context__]


@dataclass(frozen=True)
class _Answer:
    code: str
    message: str


def _read_answer(content: bytes) -> _Answer | str:
    """An answer of the protocol (code `000` or one of `REFUSALS`), or the code of why it is none."""
    if len(content) > _MOST_ANSWER:
        return "not_protocol"
    try:
        answer = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_twins)
    except (ValueError, RecursionError):
        return "not_json"
    if not isinstance(answer, dict):
        return "not_protocol"
    stats, code, message = (answer.get(key) for key in ("stats", "error_code", "error_msg"))
    # A boolean on the wire, the words "True" and "False" in sms-get-api.txt.
    success = {"true": True, "false": False}.get(str(stats).lower()) if isinstance(stats, bool | str) else None
    if success is True and code == "000" and isinstance(message, str):
        return _Answer(code, message)
    if success is False and isinstance(code, str) and code in REFUSALS:
        return _Answer(code, message if isinstance(message, str) else "")
    return "not_protocol"


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, or an empty one if a key comes twice: which of the two is meant, nobody can say."""
    answer = dict(pairs)
    return answer if len(answer) == len(pairs) else {}


def _excerpt(answer: str, private: Sequence[str]) -> str:
    """The start of an answer in one line; nothing at all if it repeats any of `private`, as debug pages do."""
    readings = (answer, _JSON_ESCAPE.sub(_unescaped, answer), unquote_plus(answer), html.unescape(answer))
    if any(secret in reading for secret in private if secret for reading in readings):
        return ""
    return " ".join(answer.split())[:200]


def _unescaped(escape: re.Match[str]) -> str:
    if not escape[1]:
        return escape[2]
    units = bytes.fromhex(escape[1].replace("\\u", ""))
    return units.decode("utf-16-be", errors="replace")
