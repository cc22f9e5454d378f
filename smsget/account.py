"""Which SMS-Get account is used, and where its password is kept: never in our database.

Looked for in this order: the environment (`SMSGET_USERNAME`, `SMSGET_PASSWORD`, `SMSGET_URL`), the `[smsget]` table
of `.streamlit/secrets.toml` (`username`, `password`, `url`), the operating system's keychain. With none of them the
account is the sandbox, and no text leaves this computer.
"""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smsget.errors import AccountError, BadRequest

if TYPE_CHECKING:
    from smsget.gateway import Gateway

DEFAULT_URL = "https://sms-get.com/"
SANDBOX_NAME = "sandbox"
KEYCHAIN_SERVICE = "SMS-Get dashboard"


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `source` is `environment`, `secrets`, `keychain` or `sandbox`.

    The sandbox's `base_url` is empty: only the running engine knows its port (`Lease.info['sandbox_url']`).
    """

    username: str
    password: str = field(repr=False)
    base_url: str
    source: str

    @property
    def is_sandbox(self) -> bool:
        """Whether no text leaves this computer."""
        return self.source == SANDBOX_NAME

    @property
    def key(self) -> str:
        """What campaigns and credit readings remember the account by: `acme@sms-get.com`. Holds no secret.

        A campaign is only ever sent by the account with the key it was confirmed for. A gateway on this computer is
        the same one on whatever port it was started.
        """
        if self.is_sandbox:
            return SANDBOX_NAME
        try:
            parts = urlsplit(self.base_url)
            host, port = parts.hostname or "", parts.port
        except ValueError:  # such a URL is refused when a client is made for it
            host, port = "", None
        usual = port in (None, 443) or host == "localhost" or host.startswith("127.")
        return f"{self.username}@{host}" if usual else f"{self.username}@{host}:{port}"

    def check_owns(self, confirmed_for: str) -> None:
        """Refuse to let a campaign go on that was confirmed for another account: it would wait for ever.

        `confirmed_for` is that account's key. Raises `BadRequest('other_account')`.
        """
        if confirmed_for != self.key:
            raise BadRequest("other_account", account=confirmed_for)

    def gateway(self, *, sandbox_url: str = "") -> Gateway:
        """A client for this account. Raises `AccountError` for a URL or a login that cannot be used."""
        from smsget.gateway import Gateway  # brings in requests, which the first page does without

        return Gateway(sandbox_url if self.is_sandbox else self.base_url, self.username, self.password)


SANDBOX = Account(SANDBOX_NAME, SANDBOX_NAME, "", SANDBOX_NAME)
"""The account of the sandbox that the engine serves."""


def find_account(database: Path, *, environ: Mapping[str, str] = os.environ) -> Account:
    """The account to use with this database; `SANDBOX` if none is configured anywhere.

    Raises `AccountError` for one that cannot be used; `half_account` when a place holds only half of one: silently
    going on with the sandbox would let a person believe that texts went out.
    """
    names = {"username": "SMSGET_USERNAME", "password": "SMSGET_PASSWORD", "url": "SMSGET_URL"}
    given = {key: environ[name] for key, name in names.items() if environ.get(name)}
    return (
        _account(given, "environment")
        or _account(secrets_table("smsget", environ), "secrets")
        or _account(_from_keychain(database), "keychain")
        or SANDBOX
    )


def secrets_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where secrets.toml is: where Streamlit was told to look (`STREAMLIT_SECRETS_FILES`), else its usual place."""
    return Path(environ.get("STREAMLIT_SECRETS_FILES") or Path(__file__).parents[1] / ".streamlit" / "secrets.toml")


def keep_in_keychain(database: Path, username: str, password: str, url: str = DEFAULT_URL) -> None:
    """Keep an account for this database in the operating system's keychain.

    Raises `AccountError('no_keychain')` where there is none (a bare Linux server): use the environment there.
    """
    import keyring
    import keyring.errors

    value = json.dumps({"username": username, "password": password, "url": url})
    try:
        keyring.set_password(KEYCHAIN_SERVICE, str(database), value)
        kept = keyring.get_password(KEYCHAIN_SERVICE, str(database)) == value
    except keyring.errors.KeyringError:
        kept = False
    if not kept:
        raise AccountError("no_keychain")
    _marker(database).touch()


def forget_in_keychain(database: Path) -> None:
    """Remove this database's account from the keychain, if it is there."""
    import keyring
    import keyring.errors

    with contextlib.suppress(keyring.errors.KeyringError):
        keyring.delete_password(KEYCHAIN_SERVICE, str(database))
    _marker(database).unlink(missing_ok=True)


def _marker(database: Path) -> Path:
    """An empty file that says: the account of this database is in the keychain.

    Without it the keychain is not asked, which spares a slow import at every start; with it, a keychain that is locked
    is an error and not the sandbox.
    """
    return database.with_suffix(".keychain")


def _account(given: Mapping[str, str], source: str) -> Account | None:
    if not given:
        return None
    if missing := [name for name in ("username", "password") if not given.get(name)]:
        raise AccountError("half_account", missing=missing, source=source)
    found = Account(given["username"], given["password"], given.get("url") or DEFAULT_URL, source)
    found.gateway()  # an address or a name that cannot be used is told now, not after a campaign was confirmed for it
    return found


def secrets_table(name: str, environ: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """One table of secrets.toml, empty if there is none. Raises `AccountError('secrets_unreadable')`."""
    path = secrets_path(environ)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        # from None: the decoder's message may quote the line with the password
        raise AccountError("secrets_unreadable", path=str(path), kind=type(error).__name__) from None
    if not isinstance(table, dict):
        raise AccountError("secrets_unreadable", path=str(path), kind=type(table).__name__)
    return {key: str(value) for key, value in table.items() if value}


def _from_keychain(database: Path) -> Mapping[str, str]:
    if not _marker(database).exists():
        return {}
    import keyring
    import keyring.errors

    try:
        value = keyring.get_password(KEYCHAIN_SERVICE, str(database))
        kept = json.loads(value) if value else None
    except (keyring.errors.KeyringError, ValueError):
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(each, str) for each in kept.values()):
        # from nowhere: the decoder's message quotes what it could not read
        raise AccountError("keychain_unreadable") from None
    return kept
