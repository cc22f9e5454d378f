"""The tree of errors. Each carries its evidence as attributes and a `code`; only a face (a page, the command
line) turns codes into words, with `smsget.words.Words`.

    SMSGetError
    ├── InputError                what a person gave cannot be used; nothing was changed
    │   ├── UnreadableFile        a recipient file (or callback log) that holds no usable table
    │   ├── TextRefused           a text that must not go out as it stands
    │   └── BadRequest            a choice that makes no sense: no list, a past time, an unknown id …
    ├── AccountError              no usable account: missing half, plain http to a remote host, no keychain
    ├── StoreError                the database
    │   ├── NotOurDatabase        the file is not an SMS-Get dashboard database; it was not touched
    │   ├── DatabaseTooNew        made by a newer version of this program; it was not touched
    │   └── DatabaseBusy          somebody else held the write lock too long, or the disk refused
    ├── StateError                the campaign or batch is not in a state that allows this; nothing was changed
    └── GatewayError              one request to SMS-Get, exactly one of
        ├── NotSent               no byte of the request left: trying again is safe
        ├── Refused               SMS-Get said no: nothing was sent, trying again is safe but useless as it stands
        └── OutcomeUnknown        it may or may not have been sent: trying again may text people twice
"""

from __future__ import annotations

from typing import Any


class SMSGetError(Exception):
    """Base of every error this program raises on purpose.

    `code` is a stable word for programs; `evidence` holds what the sentence needs (a file name, a line, a column).
    Never put a password, a message text or a full phone number list into `evidence`.
    """

    def __init__(self, code: str, **evidence: Any) -> None:
        super().__init__(code)
        self.code = code
        self.evidence = evidence

    def __str__(self) -> str:
        known = ", ".join(f"{name}={value!r}" for name, value in self.evidence.items())
        return f"{self.code} ({known})" if known else self.code


class InputError(SMSGetError):
    """What a person gave cannot be used. Nothing was changed; give something else and try again."""


class UnreadableFile(InputError):
    """A file with no usable table in it.

    Codes: `missing`, `empty`, `not_a_table` (`kind`: pdf, image, …), `unknown_encoding`, `unclosed_quote` (`line`),
    `no_phone_column` (`columns`), `column_missing` (`column`, `columns`), `no_rows`, `workbook_damaged`,
    `sheet_missing` (`sheet`, `sheets`),
    `workbook_too_large`, `not_a_log`. What a sheet of a workbook lacks comes with all their names (`sheets`).
    """


class TextRefused(InputError):
    """A text that must not go out as it stands.

    Codes: `empty_text`, `unknown_field` (`field`, `suggestion`, `fields`), `broken_field` (`field`),
    `not_carried` (`characters`: the distinct characters SMS-Get does not carry, such as emoji).
    """


class BadRequest(InputError):
    """A choice that makes no sense.

    Codes: `no_recipients`, `no_such_list`, `no_such_campaign`, `no_such_batch`, `time_passed`, `bad_time`,
    `bad_days` (`days`), `unknown_country` (`country`), `two_way_taiwan_only` (`countries`), `bad_number` (`value`),
    `name_missing`, `name_taken` (`name`), `too_many_recipients` (`count`, `most`), `port_in_use` (`port`),
    `unknown_fault`, `bad_rate` (the sandbox's), `not_text` (half a character that UTF-8 has no way to say), `too_large`
    (a number), `bad_choice` (`value`, `choices`).
    """


class AccountError(SMSGetError):
    """No usable account.

    Codes: `half_account` (`missing`: which of username/password), `insecure_url` (`url`), `bad_url` (`url`),
    `too_long` (`field`; source: at most 20 characters, sms-get-api.txt, "一、傳送簡訊"), `not_text` (`field`),
    `no_keychain`, `keychain_unreadable`, `secrets_unreadable` (`path`).
    """


class StoreError(SMSGetError):
    """The database cannot be used as asked. Codes: `no_folder` (`path`), `disk_full`, `read_only`, `damaged`."""


class NotOurDatabase(StoreError):
    """The file is something else (`path`). It was not touched."""


class DatabaseTooNew(StoreError):
    """A newer version of this program made the file (`path`, `unknown`: migrations not known here). Not touched."""


class DatabaseBusy(StoreError):
    """The write lock was held by somebody else for too long. Nothing was written; trying again is safe."""


class StateError(SMSGetError):
    """The thing is not in a state that allows this (`what`, `state`, `wanted`). Nothing was changed."""


class GatewayError(SMSGetError):
    """One request to SMS-Get did not end in success. Always exactly one of the three classes below."""


class NotSent(GatewayError):
    """No byte of the request's body left this computer. Trying again is safe.

    Codes: `name_lookup`, `connect`, `connect_timeout`, `tls`, `proxy`, `held_back` (by whoever asked for it).
    """


class Refused(GatewayError):
    """SMS-Get answered with an error code (`001` … `010`), so nothing was sent. Trying again is safe, and useless
    until somebody changed what the code names. Source: sms-get-api.txt, table of `error_code`.
    """


class OutcomeUnknown(GatewayError):
    """The request left and no answer of the protocol came back: it may or may not have been carried out.
    Trying again may text people twice, so nothing in this program ever does so by itself.

    Codes: `read_timeout`, `connection_lost`, `http_status` (`status`), `redirect` (`status`), `not_json`,
    `not_protocol`, `owner_died` (the process that sent it is gone). `excerpt` may hold the start of the answer.
    """
