"""Whole sentences for errors, notices and reasons: what happened, what it means, what to do now. Tables only.

A key is a code, `code:value` for one kind of it (its evidence `kind`, or `what:wanted`), or `code+name` for when there
is evidence of that name. Placeholders are names of evidence.
"""

from __future__ import annotations

from smsget.i18n import N_

UNREADABLE_FILE = {
    "missing": N_("This file cannot be opened. Check its name and folder, and that no other program holds it."),
    "empty": N_("This file is empty. Export it again."),
    "not_a_table": N_("This file is {kind}, not a table of people. Export the list as CSV or XLSX and use that."),
    "not_a_table:binary": N_("This file is neither text nor a workbook. Export the list as CSV or XLSX and use that."),
    "not_a_table:text": N_("This file is text, but not a table of people. Export the list as CSV or XLSX."),
    "not_a_table:long_line": N_(
        "Line {line} of this file is longer than any row of a list: millions of characters without an end. "
        "Correct that line and use the file again."
    ),
    "not_a_table:too_wide": N_(
        "This table has far more columns than a list of people. Check the export, and keep only the columns you need."
    ),
    "not_a_table:protected_workbook": N_(
        "This workbook is protected with a password. Save a copy without password and use that."
    ),
    "not_a_table:xlsb": N_("This is a binary workbook (XLSB). Save it as XLSX or CSV and use that."),
    "unknown_encoding": N_(
        "The characters of this file cannot be read for certain from line {line} on. Try one of these encodings and "
        "look at the names: {choices}. Or save the file as CSV in UTF-8 and use that."
    ),
    "unknown_encoding:none": N_(
        "The characters of this file cannot be read from line {line} on. Save it as CSV in UTF-8 and use that."
    ),
    "unknown_encoding+encoding": N_("“{encoding}” is not an encoding that can be chosen. Choose one of: {choices}."),
    "unclosed_quote": N_(
        "A quotation mark in line {line} is opened and never closed, so the rows after it cannot be told apart. "
        "Correct that line and use the file again."
    ),
    "no_phone_column": N_(
        "No column of this file looks like mobile numbers. Its columns: {columns}. "
        "Name the column with the numbers, or export the list with one."
    ),
    "no_phone_column+doubt": N_(
        "No column of this file looks like mobile numbers. Its columns: {columns}. If they look wrong, choose the "
        "encoding {doubt}; else name the column with the numbers."
    ),
    "column_missing": N_("This file has no column “{column}”. Its columns: {columns}."),
    "sheet_missing": N_("This workbook has no sheet “{sheet}”. Its sheets: {sheets}."),
    "sheet_missing:text": N_(
        "This file is a single table, not a workbook, so it has no sheet “{sheet}”. Use it without naming a sheet."
    ),
    "no_rows": N_("This file has a header but no rows. Export it again."),
    "workbook_damaged": N_("This workbook is damaged. Download or export it again."),
    "workbook_too_large": N_("This workbook is too large to be read. Split it, or save it as CSV."),
    "not_a_log": N_(
        "No delivery receipt and no reply was found in this file. Use what your callback URL has kept: "
        "lines with sms_id and content."
    ),
    "not_a_log:too_large": N_("This archive unpacks to more than can be read. Unpack it yourself and split it."),
    "not_a_log:workbook": N_("This is a workbook. Save the sheet with the callbacks as CSV and use that."),
    "not_a_log:archive": N_("This archive is damaged. Download or pack it again."),
}

TEXT_REFUSED = {
    "empty_field": N_(
        "For {recipients} of the recipients the column “{field}” is empty, and the text has no fallback. Leave these "
        "people out, or give the field a fallback."
    ),
    "empty_text": N_("The text is empty, for at least one person. Write something, or give the field a fallback."),
    "unknown_field": N_("No list has a column “{field}”. You can use: {fields}."),
    "unknown_field+suggestion": N_(
        "No list has a column “{field}”. Did you mean “{suggestion}”? You can use: {fields}."
    ),
    "broken_field": N_(
        "The double braces near “{field}” do not pair up. A field is two opening braces, a column's name, "
        "two closing braces."
    ),
    "not_carried": N_("SMS-Get does not carry these characters: {characters}. Take them out of the text."),
    "not_carried+field": N_(
        "The column “{field}” has characters that SMS-Get does not carry, for {recipients} of the recipients: "
        "{characters}. Take them out of the list, or the field out of the text."
    ),
}

BAD_REQUEST = {
    "no_recipients": N_("There is nobody to text: no usable number is left in what you chose."),
    "sample_list": N_(
        "“{list}” is a sample list of invented people, and the account is a real one: their numbers may belong to "
        "somebody. Upload a list of your own. Nothing was sent."
    ),
    "no_such_list": N_("There is no such list. It may have been deleted."),
    "no_such_campaign": N_("There is no campaign {campaign}."),
    "no_such_batch": N_("Campaign {campaign} has no batch {batch}."),
    "time_passed": N_("The time you set, {at} in Taipei, has passed. Choose a later one."),
    "bad_days": N_("Give the days as a whole number from 1 to 3650."),
    "bad_window": N_(
        "This is no sending window. It ends at another time than it starts, and is open on at least one day."
    ),
    "bad_pace": N_("The pace has to be at least 1 an hour."),
    "bad_grace": N_("A campaign may begin late by up to 30 days."),
    "not_text": N_("The text holds half a character that cannot be kept. Type it again. Nothing was changed."),
    "too_large": N_("A number is larger than anything that can be kept here. Nothing was changed."),
    "bad_choice": N_("“{value}” is none of the choices: {choices}."),
    "bad_time": N_("This is not a date and time. Write it like 2026-01-31 09:30, Taipei time."),
    "unknown_country": N_("SMS-Get does not reach “{country}”. Choose from: {countries}."),
    "two_way_taiwan_only": N_(
        "Two-way texts go to Taiwan numbers only, and the list has others: {countries}. "
        "Leave them out, or send one-way."
    ),
    "bad_number": N_("“{value}” is not a mobile number SMS-Get can reach. Write it like 0912345678 or +886912345678."),
    "other_account": N_(
        "This campaign was confirmed for the account {account}, and another one is set up now. "
        "Set that account up again to let it go on; nothing was changed."
    ),
    "name_taken": N_("There is one called “{name}” already. Choose another name."),
    "name_missing": N_("A name is missing. Give it one, so that you find it again."),
    "too_many_recipients": N_("One request carries at most {most} numbers; this one has {count}."),
    "unknown_fault": N_("There is no fault “{fault}”. Choose from: {faults}."),
    "bad_rate": N_("“{rate}” is not a usable rate. Rates are between 0 and 1, and together at most 1."),
    "port_in_use": N_("Port {port} is used by another program. Choose another port."),
}

ACCOUNT_ERROR = {
    "half_account": N_("Only half of an account is set up; this is missing: {missing}. Nothing was sent."),
    "insecure_url": N_(
        "The address {url} is not encrypted, and your password would travel in the open. Write https:// instead."
    ),
    "bad_url": N_("The gateway's address is not usable: {url}. It looks like https://sms-get.com/."),
    "too_long": N_("The {field} is too long: SMS-Get allows at most 20 characters."),
    "not_text": N_("The {field} has characters that cannot be sent. Type it again."),
    "no_keychain": N_(
        "This computer has no keychain to keep the password in. Set SMSGET_USERNAME and SMSGET_PASSWORD "
        "in the environment instead."
    ),
    "keychain_unreadable": N_(
        "The account of this dashboard is in this computer's keychain, and the keychain cannot be read. Unlock it, or "
        "enter the account anew in the settings. Until then nothing is sent."
    ),
    "secrets_unreadable": N_("The file {path} cannot be read as TOML. Correct it; until then nothing is sent."),
}

STORE_ERROR = {
    "no_folder": N_("The folder {path} cannot be made. Check that you may write there, or choose another place."),
    "no_database": N_("There is no database at {path} yet. Name another one with --db."),
    "disk_full": N_("The disk is full, so nothing more can be kept. Make room and try again; nothing was lost."),
    "disk_error": N_("The disk reports an error on {path}. Check the disk, and keep a copy of the file."),
    "read_only": N_("The database {path} may not be written to. Check its permissions."),
    "cannot_open": N_("The database {path} cannot be opened. Check its folder and its permissions."),
    "damaged": N_("The file {path} is damaged. It was left as it is; put back your latest backup."),
    "file_exists": N_("{path} exists already and was left as it is. Choose another name."),
    "in_use": N_("{path} is in use by another sandbox. Stop that one, or choose another file."),
    "not_ours": N_("{path} is not a database of this program. It was left as it is; choose another file."),
    "too_new": N_("{path} was made by a newer version of this program. It was left as it is; update the program."),
    "busy": N_("The database was busy for too long, and nothing was changed. Try again in a moment."),
}

STATE_ERROR = {
    "dearer": N_(
        "It has become more since this review was opened: {recipients} people and {credits} points. Nothing was "
        "confirmed; look at it again."
    ),
    "not_as_seen": N_(
        "It is not what was shown any more, for a list, the suppression list or a rate has changed: by now it is "
        "{recipients} people and {credits} points. Nothing was confirmed; look at it again."
    ),
    "rate_unknown": N_(
        "The price is not known any more for: {countries}. Nothing was confirmed; enter a rate, or look at it again."
    ),
    "list_gone": N_("Deleted since this was written: {lists}. Nothing was confirmed; look at who gets it now."),
    "changed_elsewhere": N_(
        "This draft was changed in another window since it was shown here. Nothing was confirmed or overwritten."
    ),
    "illegal_move": N_("That is not possible any more: it is “{state}” by now. Nothing was changed."),
    "illegal_move:campaign:draft": N_(
        "This campaign was confirmed and can no longer be changed; it is “{state}”. Nothing was changed."
    ),
    "illegal_move:campaign:paused": N_(
        "Only a campaign that is sending or scheduled can be paused; this one is “{state}”. Nothing was changed."
    ),
    "illegal_move:campaign:sending": N_(
        "Only a paused campaign can go on; this one is “{state}”. Nothing was changed."
    ),
    "illegal_move:campaign:scheduled": N_(
        "Only a campaign that this computer holds until its time, and that has not begun, can be moved; this one is "
        "“{state}”. Nothing was changed."
    ),
    "illegal_move:campaign:cancelled": N_(
        "This campaign is “{state}” and cannot be cancelled any more. Nothing was changed."
    ),
    "illegal_move:batch:queued": N_(
        "Only a batch with an unknown outcome can be decided on; this one is “{state}”. Nothing was changed."
    ),
    "illegal_move:batch:left": N_(
        "Only a batch with an unknown outcome can be decided on; this one is “{state}”. Nothing was changed."
    ),
}

NOT_SENT = {
    "name_lookup": N_(
        "SMS-Get was not found on the network, and nothing was sent. Check the internet connection and the gateway's "
        "address."
    ),
    "connect": N_(
        "SMS-Get could not be reached, and nothing was sent. Check the internet connection and the gateway's address, "
        "then try again."
    ),
    "connect_timeout": N_(
        "SMS-Get could not be reached in time, and nothing was sent. Check the internet connection, then try again."
    ),
    "tls": N_(
        "No secure connection to SMS-Get came about, and nothing was sent. Check the gateway's address and this "
        "computer's date."
    ),
    "proxy": N_("The network's proxy let nothing through, and nothing was sent. Check the proxy's settings."),
    "lease_lost": N_("Another engine took over before anything was sent. It goes on with this."),
    "held_back": N_("It was held back before anything was sent."),
}

REFUSED = {
    "001": N_("SMS-Get found a parameter wrong and sent nothing. Check the text and the numbers."),
    "002": N_("SMS-Get found the scheduled time wrong and sent nothing. Choose another time."),
    "003": N_("SMS-Get sent nothing because the scheduled time has passed. Choose a later time."),
    "004": N_("SMS-Get found the text too long and sent nothing. Shorten it."),
    "005": N_("SMS-Get does not know this account name and password, and sent nothing. Check both in the settings."),
    "006": N_(
        "SMS-Get does not accept requests from this computer's IP address, and sent nothing. "
        "Allow the address on SMS-Get's website."
    ),
    "007": N_("SMS-Get found no recipient it could use and sent nothing. Check the numbers."),
    "008": N_("SMS-Get sent nothing because there were more than 250 recipients in one request."),
    "009": N_("The account has not enough points, and SMS-Get sent nothing. Buy points on SMS-Get's website."),
    "010": N_("Two-way texting is not enabled for this account, and SMS-Get sent nothing. Ask SMS-Get to enable it."),
}

UNKNOWN = {
    "read_timeout": N_("SMS-Get did not answer in time."),
    "connection_lost": N_("The connection to SMS-Get broke before its answer came."),
    "http_status": N_("SMS-Get answered with an error of its web server."),
    "http_status+status": N_("SMS-Get answered with an error of its web server ({status})."),
    "redirect": N_("SMS-Get's address sent us on to another one, where we do not follow with a password."),
    "not_json": N_("The answer was a web page or the like, not one of SMS-Get's gateway."),
    "not_protocol": N_("SMS-Get answered in a way that its documentation does not know."),
    "owner_died": N_("The program that was sending ended before the answer came."),
    "internal": N_("This program made a mistake while it was sending."),
}
"""Why the outcome of a request is unknown."""

VERDICTS = {
    "not_charged": N_(
        "The points did not change ({left} before and after), so SMS-Get most likely did not take this batch. "
        "Send again?"
    ),
    "charged": N_("Exactly the {gap} points of its quote were taken, so SMS-Get took this batch."),
    "no_reading_before": N_(
        "The points before it are not known, so they tell nothing. Look into SMS-Get's own records before you decide."
    ),
    "no_reading_after": N_("SMS-Get did not say how many points are left, so nothing can be told yet."),
    "moving": N_(
        "The points kept changing while nothing was sent from here: something else uses the account. Look into "
        "SMS-Get's own records before you decide."
    ),
    "topped_up": N_(
        "Points were added in between, so the difference tells nothing. Look into SMS-Get's own records before you "
        "decide."
    ),
    "several": N_(
        "{gap} points are gone, and {silent} batches had no answer at that time: some of them were taken. Look into "
        "SMS-Get's own records before you decide."
    ),
    "shared": N_(
        "{gap} points are gone, but something else uses the account, too, and may have taken them. Look into SMS-Get's "
        "own records before you decide."
    ),
    "unknown_rate": N_(
        "{gap} points are gone. The price of this batch is not known, so whether they are for it cannot be told."
    ),
    "partial": N_(
        "{gap} points are gone; {quoted} were quoted. SMS-Get may have taken this batch and found some numbers bad, or "
        "something else used the account."
    ),
    "other_use": N_(
        "{gap} points are gone; {quoted} were quoted. Something else used the account, and whether this batch was "
        "taken as well cannot be told."
    ),
    "scheduled": N_(
        "The points did not change, but SMS-Get may take those of a scheduled text only when it goes out. Look into "
        "SMS-Get's own records before you decide."
    ),
    "later_change": N_(
        "The points did not change at first, but {gap} went later that nothing else explains. Look into SMS-Get's own "
        "records before you decide."
    ),
    "conflict": N_(
        "The points say that SMS-Get did not take this batch, and delivery receipts came for exactly its people. Look "
        "into SMS-Get's own records before you decide."
    ),
}
"""What the points say of a batch without an answer (`evidence['settlement']['why']`)."""

SOME_RECEIPTS = N_("Delivery receipts came for {people} of its {of} people under the message id {sms_id}.")
NOT_ASKED_YET = N_("SMS-Get is asked for the points in a moment; they may tell what became of it.")

CHARGES = {
    "one_segment": N_("SMS-Get counted 1 part where we counted {ours}; your rate table may be out of date."),
    "segments_for_one": N_("SMS-Get counted {counted} parts where we counted 1; your rate table may be out of date."),
    "other_segments": N_(
        "SMS-Get counted {counted} parts where we counted {ours}; your rate table may be out of date."
    ),
    "fewer": N_("SMS-Get took fewer points than quoted ({points} fewer): it may have found some numbers bad."),
    "more": N_("SMS-Get took more points than quoted ({points} more); your rate table may be out of date."),
}
"""Why a batch was charged otherwise than quoted (`campaigns.charged_otherwise`)."""

WITH_LOCAL_ADDRESS = N_(
    "This computer's address in its own network is {address}. If that is a private one, SMS-Get sees the address of "
    "your internet connection instead; whoever runs your network knows it."
)

WHAT_UNKNOWN_MEANS = N_(
    "It is unknown whether the texts went out. To text nobody twice they are not sent again by themselves."
)
WHAT_A_FAILED_QUESTION_MEANS = N_("Nothing was sent or charged. Check the gateway's address, or try again later.")

HELD_BY_ANOTHER = {
    "held": N_("Another engine is at work on this database already. There is nothing to do."),
    "held+host": N_(
        "Another engine is at work on this database already (process {pid} on {host}). There is nothing to do."
    ),
}

BY_CLASS = {
    "UnreadableFile": UNREADABLE_FILE,
    "TextRefused": TEXT_REFUSED,
    "BadRequest": BAD_REQUEST,
    "AccountError": ACCOUNT_ERROR,
    "StoreError": STORE_ERROR,
    "StateError": STATE_ERROR,
    "NotSent": NOT_SENT,
    "Refused": REFUSED,
    "OutcomeUnknown": UNKNOWN,
    "HeldByAnother": HELD_BY_ANOTHER,
}
"""Error class, by name -> its sentences. By name, so that this module need not import what raises them."""

# For a code that is not in the tables: the class alone still says what it means.
BY_CLASS_ALONE = {
    "InputError": N_("What was given cannot be used ({code}). Nothing was changed."),
    "AccountError": N_("The account cannot be used ({code}). Check it in the settings."),
    "StoreError": N_("The database cannot be used ({code}). Nothing was changed."),
    "StateError": N_("That is not possible any more ({code}). Nothing was changed."),
    "NotSent": N_("SMS-Get could not be reached ({code}), and nothing was sent. Try again later."),
    "Refused": N_("SMS-Get said no (code {code}) and sent nothing."),
    "OutcomeUnknown": N_("SMS-Get gave no usable answer ({code})."),
    "SMSGetError": N_("Something went wrong ({code}). Nothing was sent because of it."),
}

PAUSE_REASONS = {
    "person": N_("Somebody paused it. Resume it when you like."),
    "unreachable": N_(
        "SMS-Get could not be reached several times in a row. Nothing is lost; check the internet connection, then "
        "resume."
    ),
    "three_unknown": N_(
        "Three requests in a row got no usable answer. Decide on those batches, and resume when SMS-Get answers again."
    ),
    "disk_full": N_("The disk is almost full, so nothing more was sent. Make room, then resume; nothing is lost."),
    "refused": N_("SMS-Get refused some batches; nothing of them was sent. See their reasons, then resume."),
    "other_account": N_(
        "It was confirmed for another account than the one in use now. Set that account up again, then resume."
    ),
    "late": N_(
        "Its time had long passed before it could be sent: no computer was on, or its sending hours were over. "
        "Its text may be out of date. Resume to send it all the same, as soon as its hours allow, or cancel it."
    ),
    "restored": N_(
        "This database is a restored copy. Resume only if the original did not go on sending: otherwise people get it "
        "twice."
    ),
}
THEN_RESUME = N_("Nothing is lost: what is left waits for you to resume.")
PAUSED_OTHERWISE = N_("It stopped ({reason}). Nothing is lost: what is left waits for you to resume.")

NOTICES = {
    "empty_field": N_(
        "For {recipients} of the recipients the column “{field}” is empty, and the text has no fallback: "
        "they get a gap there."
    ),
    "undecided_field": N_(
        "For {recipients} of the recipients the column “{field}” is empty. Leave these people out, or write a fallback "
        "behind a bar in the field."
    ),
    "left_out": N_("People left out because these columns are empty for them: {recipients} ({fields})."),
    "unicode": N_(
        "These characters make the whole text count as Chinese, 70 characters a part in place of 160: {characters}. "
        "Without them it may be cheaper."
    ),
    "long_text": N_("The longest text takes {segments} parts. Every part is charged."),
    "unknown_rate": N_(
        "The price is not known for: {countries}. These people are not in the total; enter a rate in the settings."
    ),
    "not_enough_points": N_(
        "The account has {left} points and this takes {credits}; {missing} are missing. When the points run out the "
        "campaign pauses, and nothing is lost."
    ),
    # the practice of Taiwanese carriers
    "no_brand_set": N_(
        "Carriers deliver only texts that name the registered company or brand. Enter yours in the settings, so that "
        "it can be looked for."
    ),
    "brand_missing": N_(
        "The text names none of your registered names ({brands}). Carriers may not deliver it; begin it with one of "
        "them."
    ),
    "brand_late": N_(
        "Your registered name ({brands}) is not in the first sentence, where carriers want it. Begin the text with it."
    ),
    "full_width": N_("Carriers want Latin letters and digits half-width. These are full-width: {characters}."),
    "unregistered_link": N_(
        "These links are not in your list of registered ones, and carriers do not deliver texts with others: {links}."
    ),
    "unregistered_phone": N_(
        "These phone numbers are not in your list of registered ones, and carriers do not deliver texts with others: "
        "{phones}."
    ),
    "no_refusal": N_(
        "The text does not say how to refuse further texts without paying for it. The first one to a person has to "
        "(Personal Data Act, article 20)."
    ),
    "government_look_alike": N_(
        "“{found}” looks like a text from the government's short code 111. Carriers block such texts; write it "
        "differently."
    ),
    "outside_window": N_(
        "It would begin at {at} in Taipei, outside your sending hours ({window}). They open at {opens}."
    ),
    "beyond_window": N_(
        "It would still be sending at {ends} in Taipei, after your sending hours ({window}). Kept within them it is "
        "done at {finish}; days it goes out on: {days}."
    ),
    "old_list": N_("The list “{list}” is {days} days old. People may have changed their number or refused since."),
    "same_text_before": N_("The same text went to this list before: campaign {campaign}, “{name}”, confirmed at {at}."),
}
