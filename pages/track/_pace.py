"""How fast a campaign goes, when it will be done, what it waits for. Only what was measured or confirmed is told."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import ui
from pages.track import _campaign
from smsget import launch
from smsget.campaigns import CampaignState
from smsget.store import Campaign, from_text, now
from ui import _, n_

FAST, SLOW, RARE = 1, 5, 30


def pulse(campaign: Campaign) -> int | None:
    """After how many seconds it is worth looking again; None while nothing of it changes by itself."""
    if campaign.counts["sending"] or (_campaign.is_sending(campaign) and not campaign.waits_until):
        return FAST
    if is_judged_soon(campaign):
        return SLOW
    until = campaign.waits_until if _campaign.is_sending(campaign) else None
    if campaign.state == CampaignState.SCHEDULED and campaign.account == ui.account().key:
        until = campaign.send_at
    if until is None:
        return None
    return SLOW if from_text(until) - now() < timedelta(seconds=2 * RARE) else RARE


def is_judged_soon(campaign: Campaign) -> bool:
    """Whether the engine is still finding out what became of requests without an answer."""
    ours = campaign.counts["unknown"] > 0 and campaign.account == ui.account().key
    return ours and ui.store().evidence.waiting(campaign.account)


def told(campaign: Campaign) -> str:
    """What it does at this moment and when it will be done; "" for one that is not being sent."""
    if not _campaign.is_sending(campaign):
        return ""
    if waits := waits_for(campaign):
        return f"{waits} {left(campaign, 0)}".strip()
    speed = ui.store().following.speed(campaign.id)
    if not speed.people:
        return held(campaign)
    each = max(1, round(speed.per_minute))
    sentence = n_("{n} person a minute.", "{n} people a minute.", each).format(n=ui.number(each))
    return f"{sentence} {left(campaign, speed.per_minute)}".strip()


def waits_for(campaign: Campaign) -> str:
    """Until when its sending hours, its pace or the question for the points hold it."""
    if not launch.is_alive(ui.store().leases.current()):
        return _("The program that sends is starting …")
    if campaign.waits_until:
        opens, window = from_text(campaign.waits_until), campaign.tempo.window
        if window and campaign.schedule != "gateway" and not window.open_at(now()):
            sentence = _("Waits until {time}, outside the sending hours ({window}).")
            return sentence.format(time=clock(opens), window=window)
        per_hour = campaign.tempo.pace.per_hour if campaign.tempo.pace else 0
        sentence = _("Waits until {time}: at most {n} people an hour.")
        return sentence.format(time=clock(opens), n=ui.number(per_hour))
    if is_judged_soon(campaign):
        return _("Holds still for a moment: SMS-Get is asked for the points, to find out about requests without an "
                 "answer.")  # fmt: skip
    return ""


def held(campaign: Campaign) -> str:
    """Why nothing was answered lately, as far as it is known."""
    if code := ui.store().following.held_by(campaign.id):
        return _("{reason}. It is tried again by itself, at growing intervals.").format(
            reason=ui.words().batch_reason(code)
        )
    others = ui.store().campaigns.all(states=[CampaignState.SENDING])
    ahead = [
        one for one in others if _campaign.is_sending(one) and not one.waits_until and _order(one) < _order(campaign)
    ]
    if ahead:
        return _("Waits for “{name}”, which goes first.").format(name=_campaign.title(min(ahead, key=_order)))
    if not campaign.counts["accepted"]:
        return _("The first requests are on their way.")
    return _("Nothing was answered in the last minute.")


def left(campaign: Campaign, per_minute: float) -> str:
    """How long the rest takes at this speed, or at the pace that was confirmed; "" if that cannot be told."""
    waiting, tempo = campaign.counts["queued"] + campaign.counts["sending"], campaign.tempo
    if not waiting:
        return ""
    work = timedelta(minutes=waiting / per_minute) if per_minute else timedelta()
    if tempo.pace:
        work = max(work, tempo.pace.duration(waiting))
    if not work:
        return ""
    begin = max(now(), from_text(campaign.waits_until)) if campaign.waits_until else now()
    held_here = tempo.window is not None and campaign.schedule != "gateway"
    end = tempo.window.finish(begin, work) if tempo.window and held_here else begin + work
    if end - now() > work + timedelta(minutes=2):  # with pauses in between
        return _("About {duration} of sending left, done at about {time}.").format(
            duration=length(work), time=clock(end)
        )
    return _("About {duration} left, done at about {time}.").format(duration=length(work), time=clock(end))


def clock(moment: datetime) -> str:
    """A moment in Taipei: its time if it is today, else with its day."""
    there = moment.astimezone(ui.TAIPEI)
    return f"{there:%H:%M}" if there.date() == ui.taipei_now().date() else f"{there:%Y-%m-%d %H:%M}"


def length(time: timedelta) -> str:
    """A length of time in the largest unit that is exact enough."""
    seconds = time.total_seconds()
    if seconds < 100:
        rounded = max(5, 5 * math.ceil(seconds / 5))
        return n_("{n} second", "{n} seconds", rounded).format(n=rounded)
    minutes = math.ceil(seconds / 60)
    if minutes < 100:
        return n_("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours = round(minutes / 60)
    return n_("{n} hour", "{n} hours", hours).format(n=ui.number(hours))


def _order(campaign: Campaign) -> tuple[str, int]:
    return campaign.confirmed_at or "", campaign.id
