"""Which account is used, and that its password is kept nowhere but where it belongs."""

from __future__ import annotations

import os
from pathlib import Path

import keyring
import keyring.backend
import pytest

from smsget.account import SANDBOX, Account, find_account, forget_in_keychain, keep_in_keychain
from smsget.errors import AccountError
from smsget.store import Store

PASSWORD = "canary-7731"
ENVIRONMENT = {"SMSGET_USERNAME": "acme", "SMSGET_PASSWORD": PASSWORD}


class Keychain(keyring.backend.KeyringBackend):
    """A keychain in memory."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture
def keychain() -> Keychain:
    before = keyring.get_keyring()
    made = Keychain()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_without_any_account_it_is_the_sandbox(database: Path) -> None:
    assert find_account(database) == SANDBOX
    assert SANDBOX.is_sandbox
    assert SANDBOX.key == "sandbox"


def test_the_environment_comes_first(database: Path, keychain: Keychain) -> None:
    keep_in_keychain(database, "other", "pw")
    found = find_account(database, environ=ENVIRONMENT)
    assert (found.username, found.password, found.base_url, found.source) == (
        "acme", PASSWORD, "https://sms-get.com/", "environment",
    )  # fmt: skip
    assert found.key == "acme@sms-get.com"


@pytest.mark.parametrize("name", ["SMSGET_USERNAME", "SMSGET_PASSWORD", "SMSGET_URL"])
def test_half_an_account_is_not_quietly_the_sandbox(database: Path, name: str) -> None:
    with pytest.raises(AccountError) as caught:
        find_account(database, environ={name: PASSWORD})
    assert caught.value.code == "half_account"
    assert PASSWORD not in str(caught.value)


def test_secrets_toml(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(f'[smsget]\nusername = "acme"\npassword = "{PASSWORD}"\nurl = "http://127.0.0.1:8040"\n')
    found = find_account(database, environ={"STREAMLIT_SECRETS_FILES": str(file)})
    assert (found.username, found.base_url, found.source) == ("acme", "http://127.0.0.1:8040", "secrets")


@pytest.mark.parametrize("text", [f'[smsget]\npassword = "{PASSWORD}\n', "\x00", "smsget = 3"])
def test_unreadable_secrets_say_so_without_quoting_them(database: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(text)
    with pytest.raises(AccountError) as caught:
        find_account(database, environ={"STREAMLIT_SECRETS_FILES": str(file)})
    assert caught.value.code == "secrets_unreadable"
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_keychain_entry_belongs_to_one_database(database: Path, keychain: Keychain, tmp_path: Path) -> None:
    keep_in_keychain(database, "acme", PASSWORD)
    assert find_account(database, environ={}).password == PASSWORD
    assert find_account(tmp_path / "scratch.db", environ={}) == SANDBOX, "a scratch database never texts real people"
    forget_in_keychain(database)
    forget_in_keychain(database)
    assert find_account(database, environ={}) == SANDBOX


@pytest.mark.parametrize("trouble", ["locked", "{", "[1]", '{"username": 5}', ""])
def test_a_keychain_that_cannot_be_read_is_not_quietly_the_sandbox(
    database: Path, keychain: Keychain, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in_keychain(database, "acme", PASSWORD)
    if trouble == "locked":

        def locked(*_: str) -> str:
            raise keyring.errors.KeyringLocked

        monkeypatch.setattr(keychain, "get_password", locked)
    else:
        keychain.kept = dict.fromkeys(keychain.kept, trouble)
    with pytest.raises(AccountError, match="keychain_unreadable"):
        find_account(database, environ={})


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://sms-get.com/", "acme@sms-get.com"),
        ("https://SMS-Get.com:443/folder", "acme@sms-get.com"),
        ("https://me:s3cret@sms-get.com/", "acme@sms-get.com"),
        ("https://example.com:8443", "acme@example.com:8443"),
        ("http://127.0.0.1:8040/", "acme@127.0.0.1"),
        ("http://[", "acme@"),
    ],
)
def test_the_key_of_an_account_holds_no_secret(url: str, key: str) -> None:
    assert Account("acme", PASSWORD, url, "environment").key == key


def test_without_a_keychain_it_says_so(database: Path) -> None:
    with pytest.raises(AccountError, match="no_keychain"):
        keep_in_keychain(database, "acme", PASSWORD)


def test_the_password_is_in_no_repr_and_never_in_the_database(database: Path, keychain: Keychain) -> None:
    account = Account("acme", PASSWORD, "https://sms-get.com/", "keychain")
    assert PASSWORD not in repr(account) + str(account) + account.key
    store = Store(database)
    keep_in_keychain(database, "acme", PASSWORD)
    store.credits.keep(account.key, 5)
    written = b"".join(path.read_bytes() for path in database.parent.glob("smsget.db*"))
    assert PASSWORD.encode() not in written


@pytest.mark.parametrize(
    ("url", "code"), [("http://example.com/", "insecure_url"), ("ftp://x", "bad_url"), ("https://", "bad_url")]
)
def test_an_address_that_cannot_be_used_is_told_at_once(database: Path, url: str, code: str) -> None:
    with pytest.raises(AccountError, match=code):
        find_account(database, environ={**ENVIRONMENT, "SMSGET_URL": url})


def test_plain_http_to_another_computer_is_refused() -> None:
    with pytest.raises(AccountError, match="insecure_url"):
        Account("acme", PASSWORD, "http://sms-get.com/", "environment").gateway()


def test_the_tests_themselves_cannot_reach_a_real_account() -> None:
    assert os.environ["STREAMLIT_SECRETS_FILES"] == os.devnull
    assert not any(name.startswith("SMSGET_") and name != "SMSGET_DB" for name in os.environ)
