"""Short words for codes: states, reasons, statuses, countries. Tables only; `smsget.words.Words` looks them up."""

from __future__ import annotations

from smsget.i18n import N_

COUNTRIES = {
    "TW": N_("Taiwan"),
    "CN": N_("China"),
    "HK": N_("Hong Kong"),
    "MO": N_("Macau"),
    "JP": N_("Japan"),
    "MY": N_("Malaysia"),
    "VN": N_("Vietnam"),
    "ID": N_("Indonesia"),
    "TH": N_("Thailand"),
    "AU": N_("Australia"),
    "SG": N_("Singapore"),
    "PH": N_("Philippines"),
    "AE": N_("United Arab Emirates"),
    "KH": N_("Cambodia"),
    "US": N_("United States"),
    "KR": N_("Korea"),
}

CAMPAIGN_STATES = {
    "draft": N_("Draft"),
    "scheduled": N_("Scheduled"),
    "sending": N_("Sending"),
    "paused": N_("Paused"),
    "unsettled": N_("Needs a decision"),
    "finished": N_("Finished"),
    "cancelled": N_("Cancelled"),
}

OUTCOMES = {
    "queued": N_("Waiting"),
    "sending": N_("Being sent"),
    "accepted": N_("Accepted by SMS-Get"),
    "refused": N_("Refused, not sent"),
    "unknown": N_("Outcome unknown"),
    "left": N_("Outcome unknown, left as it is"),
    "cancelled": N_("Cancelled, not sent"),
    "stranger": N_("Not sent from here"),
    "suppressed": N_("On the suppression list, not sent"),
    "skipped": N_("Texted lately, not sent"),
}
"""What became of a batch, and of each message in it; the last three only of a message."""

SCHEDULES = {
    "now": N_("At once"),
    "here": N_("At a set time, kept on this computer until then"),
    "gateway": N_("At a set time, kept by SMS-Get until then"),
}

REFUSALS = {
    "001": N_("Wrong parameter"),
    "002": N_("Wrong scheduled time"),
    "003": N_("Scheduled time has passed"),
    "004": N_("Text too long"),
    "005": N_("Wrong account name or password"),
    "006": N_("This IP address may not send"),
    "007": N_("No recipients"),
    "008": N_("More than 250 recipients"),
    "009": N_("Not enough points"),
    "010": N_("Two-way texting not enabled"),
}
"""sms-get-api.txt, table of `error_code`."""

NOT_SENT = {
    "name_lookup": N_("The gateway's name was not found"),
    "connect": N_("The gateway could not be reached"),
    "connect_timeout": N_("The gateway could not be reached in time"),
    "tls": N_("No secure connection to the gateway"),
    "proxy": N_("The proxy let nothing through"),
    "lease_lost": N_("Another engine took over"),
    "held_back": N_("Held back; it goes out later"),
    "suppressed": N_("Everybody in it is on the suppression list"),
    "skipped": N_("Everybody in it was texted lately"),
    "left_out": N_("Everybody in it is on the suppression list or was texted lately"),
}
"""Why a batch did not leave, or not yet."""

REJECTS = {
    "letters": N_("Has letters in it"),
    "several_numbers": N_("More than one number"),
    "masked": N_("Digits are hidden"),
    "wrong_length": N_("Too many or too few digits"),
    "not_mobile": N_("Not a mobile number"),
    "country_not_served": N_("A country SMS-Get does not reach"),
    "country_not_chosen": N_("A country you did not choose"),
    "precision_lost": N_("Digits lost in the spreadsheet"),
    "not_a_number": N_("Not a phone number"),
}

REJECT_ADVICE = {
    "letters": N_("Type the number with digits only; an O in place of a 0 is the usual cause."),
    "several_numbers": N_("Keep one number in the cell, or put the others on rows of their own."),
    "masked": N_("Export the list again with full numbers: some digits were replaced, by stars for instance."),
    "wrong_length": N_("Compare with the customer's record: a digit is missing, or there is one too many."),
    "not_mobile": N_("Ask for a mobile number: landlines and service numbers cannot be texted."),
    "country_not_served": N_("Leave this person out: SMS-Get does not deliver to that country."),
    "country_not_chosen": N_("Choose that country as well if you mean to text these people."),
    "precision_lost": N_("Format the column as text in the spreadsheet, fill in the numbers again and export it."),
    "not_a_number": N_("Look the number up in the customer's record."),
}

REPAIRS = {
    "separators": N_("Spaces, dashes or brackets removed"),
    "full_width": N_("Full-width digits made ordinary"),
    "other_digits": N_("Digits of another script made ordinary"),
    "apostrophe": N_("Leading apostrophe removed"),
    "quotes": N_("Quotation marks removed"),
    "invisible": N_("Invisible characters removed"),
    "prefix_text": N_("Words before the number removed"),
    "lost_zero": N_("Lost leading 0 put back"),
    "float": N_("Decimal point of a spreadsheet removed"),
    "exponent": N_("Written out from scientific notation"),
    "country_code": N_("Country code put into SMS-Get's form"),
}

STATUSES = {
    "delivered": N_("Delivered"),
    "failed": N_("Not delivered"),
    "pending": N_("On its way"),
    "other": N_("Other status"),
    "none": N_("No receipt yet"),
}

STATUS_WORDS = {
    "SCHEDULED": N_("Scheduled by the carrier"),
    "ENROUTE": N_("On its way"),
    "ACCEPTD": N_("Accepted by the carrier"),
    "UNKNOWN": N_("Not known yet"),
    "DELIVRD": N_("Delivered"),
    "DELIVERED": N_("Delivered"),
    "UNDELIV": N_("Could not be delivered"),
    "EXPIRED": N_("Expired before the phone was reached"),
    "DELETED": N_("Deleted by the carrier"),
    "REJECTD": N_("Rejected by the carrier"),
    "SYNTAXE": N_("Syntax error"),
    "MOBERROR": N_("Bad number"),
    "MSGERROR": N_("Bad message"),
    "OTHERROR": N_("Other error"),
    "REJERROR": N_("Blocked word in the text"),
    "REJMOBIL": N_("Subscriber refuses advertising"),
}

UNREADABLE = {
    "fields": N_("Not the four fields of a receipt or reply"),
    "bad_number": N_("No mobile number in it"),
    "bad_time": N_("Not a possible date and time"),
    "no_content": N_("Nothing in it"),
    "no_callback": N_("No receipt or reply in it"),
    "broken_json": N_("JSON that does not close"),
    "broken_quotes": N_("Quotation marks that do not close"),
    "line_too_long": N_("A line of more than 8 MB"),
    "archive_damaged": N_("The archive is damaged from here on"),
}

LOG_FORMATS = {
    "table": N_("Table (CSV or TSV)"),
    "urlencoded": N_("Form bodies, one per line"),
    "json_lines": N_("JSON, one object per line"),
    "json_array": N_("JSON document"),
    "access_log": N_("Web server's access log"),
    "application_log": N_("Application's log"),
    "content_lines": N_("Bare contents without message id"),
    "mixed": N_("Several formats in one file"),
}

SUPPRESSION_REASONS = {
    "": N_("No reason given"),
    "refusal": N_("Asked for no more texts"),
    "advertising_refused": N_("Refuses advertising, as the carrier reports"),
}

SUPPRESSION_SOURCES = {
    "person": N_("By hand"),
    "reply": N_("A reply"),
    "receipt": N_("A delivery receipt"),
    "import": N_("A file"),
}
"""How a number came onto the suppression list; whatever else stands there is shown as it is."""

FAILURES = {
    "bad_number": N_("Bad number: the carrier knows no such phone"),
    "undelivered": N_("Not delivered in three campaigns or more"),
}
"""Why a number on a saved list is offered for removal."""

# What a file turned out to be, for "This file is {kind}, not …".
FILE_KINDS = {
    "pdf": N_("a PDF document"),
    "image": N_("a picture"),
    "media": N_("a sound or a film"),
    "word": N_("a text document"),
    "slides": N_("a presentation"),
    "archive": N_("a packed archive"),
    "program": N_("a program"),
    "database": N_("a database"),
    "web_page": N_("a web page"),
    "xml": N_("an XML document"),
    "json": N_("a JSON document"),
    "contacts": N_("a contact card"),
    "workbook": N_("a workbook"),
    "binary": N_("not text"),
}

FIELDS = {
    "username": N_("account name"),
    "password": N_("password"),
    "url": N_("address"),
}
"""Parts of an account, as they stand in the middle of a sentence."""

# Translators: what stands between the things of a list, with its space.
LIST_SEPARATOR = N_(", ")

INVISIBLE = {
    " ": N_("space"),
    "\t": N_("tab"),
    "\n": N_("line break"),
    "\r": N_("line break"),
    "\xa0": N_("no-break space"),
    "\u3000": N_("full-width space"),
    "\ufeff": N_("zero-width space"),
    "\u200b": N_("zero-width space"),
}
"""Characters that cannot be seen, by name; any other of their kind is told by `INVISIBLE_OTHERWISE`."""
INVISIBLE_OTHERWISE = N_("invisible character {code}")
