"""A campaign: its states, its text with merge fields, its price, its review, and its batches of at most 250 people.

Rules only: no clock, database or network.

    states.py      what a campaign and a batch may become
    merging.py     recipients, merge fields, and everybody's values in columns
    measuring.py   how many segments a merged text takes, without counting its constant part again for everybody
    quotes.py      rates, and what a quote and a plan consist of
    pricing.py     quote and plan: the one place where recipients and a text become a price and batches
    typography.py  the characters that make a text dear or that carriers dislike, and what to write in their place
    links.py       the links and phone numbers in a text
    reviewing.py   what a person should know before confirming
    charging.py    what it may mean that a request was charged otherwise than quoted
    sendwindow.py  when texts may go out, and how fast
"""

from __future__ import annotations

from smsget.campaigns.charging import charged_otherwise
from smsget.campaigns.links import Mention, mentions, unregistered
from smsget.campaigns.merging import Audience, MergeText, Recipient, clean_value, with_fallback
from smsget.campaigns.notices import Notice, evidence_of, overruled
from smsget.campaigns.pricing import LONG_TEXT_SEGMENTS, MAX_RECIPIENTS, Empty, plan, quote
from smsget.campaigns.quotes import (
    DEFAULT_RATES,
    CountryQuote,
    LongText,
    MissingValue,
    Plan,
    PlannedBatch,
    Quote,
    Rates,
)
from smsget.campaigns.reviewing import Facts, ReviewRules, SentBefore, review_campaign
from smsget.campaigns.sendwindow import Pace, SendWindow
from smsget.campaigns.states import (
    ACCOUNT_CODES,
    BATCH_MOVES,
    CAMPAIGN_MOVES,
    BatchState,
    CampaignState,
    check_move,
    state_after,
)
from smsget.campaigns.typography import Replacement, replace_all, replacements, review

__all__ = [
    "ACCOUNT_CODES",
    "BATCH_MOVES",
    "CAMPAIGN_MOVES",
    "DEFAULT_RATES",
    "LONG_TEXT_SEGMENTS",
    "MAX_RECIPIENTS",
    "Audience",
    "BatchState",
    "CampaignState",
    "CountryQuote",
    "Empty",
    "Facts",
    "LongText",
    "Mention",
    "MergeText",
    "MissingValue",
    "Notice",
    "Pace",
    "Plan",
    "PlannedBatch",
    "Quote",
    "Rates",
    "Recipient",
    "Replacement",
    "ReviewRules",
    "SendWindow",
    "SentBefore",
    "charged_otherwise",
    "check_move",
    "clean_value",
    "evidence_of",
    "mentions",
    "overruled",
    "plan",
    "quote",
    "replace_all",
    "replacements",
    "review",
    "review_campaign",
    "state_after",
    "unregistered",
    "with_fallback",
]
