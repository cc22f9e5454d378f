"""Serve a Starlette application on loopback, on a thread of this process."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from smsget.errors import BadRequest

HOST = "127.0.0.1"
"""Loopback only: from outside it is reached through a reverse proxy that exposes one path."""


@contextlib.contextmanager
def serving(app: ASGIApp, port: int, *, any_port: bool = False) -> Iterator[str]:
    """Serve `app` for the length of the block; gives its base URL, without a slash at the end.

    `any_port` takes a free port where `port` is in use; otherwise that raises `BadRequest('port_in_use')`.
    No access log is kept: a path may hold a secret.
    """
    with contextlib.closing(_bind(port, any_port)) as listener:
        config = uvicorn.Config(
            app, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=5,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="serving", daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _bind(port: int, any_port: bool) -> socket.socket:
    for each in (port, 0) if any_port else (port,):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, each))
            listener.listen(128)  # from now on callers wait instead of being refused, though the server is not up yet
        except OSError:
            listener.close()
        else:
            return listener
    raise BadRequest("port_in_use", port=port)
