"""The callbacks in the settings: whether and where SMS-Get's delivery reports and replies are received."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from urllib.parse import urlsplit

import streamlit as st

import ui
from pages.account import _engine
from smsget.launch import is_alive
from ui import _

PORTS = range(1024, 65536)


def show_callbacks() -> None:
    """Whether and where SMS-Get's delivery reports and replies are received."""
    from smsget.engine import CALLBACK_PORT

    settings = ui.store().settings
    st.text(_("SMS-Get reports what became of each text, and passes replies on, by calling an address of yours."))
    with st.form("settings_callbacks"):
        on = st.toggle(_("Receive these calls here"), settings.get("callbacks", False), key="settings_callbacks_on")
        # without limits of its own: a field with some keeps a number beyond them to itself, and says nothing
        port = st.number_input(_("Port"), value=settings.get("callback_port", CALLBACK_PORT), key="settings_port")
        code = st.text_input(
            _("Two-way code"), settings.get("two_way_code", ""), max_chars=10, key="settings_two_way_code",
            help=_("The digits from SMS-Get that customers put before a reply. The inbox leaves them out."),
        )  # fmt: skip
        saved = st.form_submit_button(_("Save"), key="settings_callbacks_save", type="primary")
    if saved and _engine.within(_("Port"), port, PORTS):
        _engine.keep(callbacks=on, callback_port=int(port), two_way_code=ui.typed(code))
    if ui.is_sandbox():
        st.caption(_("With the sandbox, reports always arrive by themselves."))
    show_callback_address()


def show_callback_address() -> None:
    """The address that takes the calls, whether it is up, and how SMS-Get reaches it."""
    lease = ui.store().leases.current()
    info = lease.info if lease is not None and is_alive(lease) else {}
    if info.get("callback_error"):
        st.error(_("The receiver is not running, and no call comes in: its port is used by another program. Choose "
                   "another port, or end that program."))  # fmt: skip
    if taken := info.get("callback_port_taken"):
        st.warning(_("Port {port} is used by another program; another one was taken instead.").format(port=taken))
    if url := info.get("callback_url"):
        st.text(_("Calls are received at this address:"))
        st.code(url, language=None, wrap_lines=True)
        st.caption(
            _("Only this computer can reach it. Let a reverse proxy or a tunnel with https pass calls on to it, and "
              "enter its public address with the same path on SMS-Get's website: API settings, CallBack URL and "
              "two-way CallBack URL. Treat the address like a password.")
        )  # fmt: skip
        show_public(url)
        show_guide(url)
    elif not info.get("callback_error") and (ui.is_sandbox() or ui.store().settings.get("callbacks", False)):
        st.caption(_("The receiver is starting. Reload the page in a moment to see its address."))
    show_last_calls()
    question = _("Calls to the old address are refused from then on. Enter the new one on SMS-Get's website.")
    if ui.agreed(_("Make a new address"), question, _("Make it"), "settings_secret", icon=":material/autorenew:"):
        _engine.keep(callback_secret=secrets.token_urlsafe(24))


def show_last_calls() -> None:
    """When each kind of call last came, told apart by what it brought."""
    receipts = ui.store().receipts
    if receipts.last_called() is None:
        st.text(_("No call has come yet."))
        return
    kinds = {"receipts": _("Last delivery reports"), "replies": _("Last replies"), "test": _("Last test")}
    told = [(label, receipts.last_called(kind)) for kind, label in kinds.items()]
    for label, at in told:
        st.text(_("{what}: {time}").format(what=label, time=ui.taipei(at, seconds=True) if at else _("never so far")))


def show_public(local: str) -> None:
    """The address from outside: what to enter at SMS-Get, and a test that takes the same way."""
    settings, path = ui.store().settings, urlsplit(local).path
    host = st.text_input(
        _("Public address of your proxy or tunnel"),
        settings.get("callback_public", ""),
        placeholder="https://sms.example.com",
        key="settings_public",
        help=_("Only its beginning; the path is added here."),
    )
    # whoever pastes all of it means the same
    base = ui.typed(host).removesuffix(path).rstrip("/")
    if base != settings.get("callback_public", ""):
        settings.set("callback_public", base)
    public = f"{base}{path}" if base else ""
    if public:
        st.text(_("Enter this at SMS-Get twice: as CallBack URL (delivery reports) and as two-way CallBack URL "
                  "(replies)."))  # fmt: skip
        st.code(public, language=None, wrap_lines=True)
        if not public.startswith("https://"):
            st.warning(_("Without https, others on the way can read the numbers and the path."),
                       icon=":material/lock_open:")  # fmt: skip
    else:
        st.caption(_("Without a public address the test only shows that the receiver itself works."))
    if st.button(_("Send itself a test"), key="settings_callback_test", icon=":material/network_check:"):
        try_out(public or local)


def try_out(url: str) -> None:
    """Call the address as SMS-Get does, and say what came of it."""
    from smsget.callbacks import send_test

    with st.spinner(_("Calling …")):
        tried = send_test(url)
    if tried.ok:
        works = _("It works: the test came in, was kept, and was answered as SMS-Get expects, in {seconds} s.")
        st.success(works.format(seconds=f"{tried.seconds:.1f}"), icon=":material/check_circle:")
        return
    told = {
        "bad_url": _("This is no address: it must begin with https://."),
        "unreachable": _("The address cannot be reached. Look at its name, the certificate and the firewall, and "
                         "whether the proxy or tunnel runs."),
        "no_ok": _("Some other server answered. The name leads to another site, or the proxy does not pass this path "
                   "on."),
    }  # fmt: skip
    refused = _("The call was refused with {status}. Look at the proxy: its rules, and whether it leaves the path "
                "unchanged.")  # fmt: skip
    if tried.status == HTTPStatus.NOT_FOUND:
        refused = _("The call was refused with {status}. Look at the path: the proxy must pass it on unchanged, and "
                    "add nothing in front of it.")  # fmt: skip
    st.error(told.get(tried.code, refused).format(status=tried.status), icon=":material/error:")


def show_guide(local: str) -> None:
    """The shortest way to let calls in from outside; docs/callbacks.md has more."""
    parts = urlsplit(local)
    origin = f"{parts.scheme}://{parts.netloc}"
    with st.expander(_("How calls get here from outside"), icon=":material/help:", key="settings_callback_guide"):
        st.markdown(_("Let something that the internet can reach pass on this one path with https, and nothing else: "
                      "the dashboard itself has no business on the internet. With **nginx**:"))  # fmt: skip
        st.code(f"location /callback/ {{\n    access_log off;\n    client_max_body_size 1m;\n"
                f"    proxy_pass {origin};\n}}\nlocation / {{ return 404; }}", language="nginx")  # fmt: skip
        st.markdown(_("With **Caddy**, which fetches the certificate by itself:"))
        st.code(f"sms.example.com {{\n    handle /callback/* {{\n        reverse_proxy {parts.netloc}\n    }}\n"
                "    respond 404\n}", language=None)  # fmt: skip
        st.markdown(_("Or with a tunnel such as **cloudflared**, path `^/callback/`, to this service:"))
        st.code(origin, language=None)
        st.markdown(_("Whatever receives the calls today may stay: load its logs on the page of delivery reports. "
                      "`docs/callbacks.md` says how to export them, and all of the above at length."))  # fmt: skip
        st.page_link("pages/track/reports.py", label=_("Load callback logs"), icon=":material/upload_file:")
