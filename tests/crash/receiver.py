"""A process that receives callbacks as the engine does, to be killed: `python -m tests.crash.receiver DB PORT`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from smsget.callbacks import callback_app, parse_kept
from smsget.errors import StoreError
from smsget.receipts import parse_callback
from smsget.serving import serving
from smsget.store import Store

SECRET = "s3cr3t"


def main() -> None:
    store = Store(Path(sys.argv[1]))
    with serving(callback_app(SECRET, store.receipts.keep_callback), int(sys.argv[2])):
        print("up", flush=True)
        while True:
            try:
                waiting = store.receipts.waiting_callbacks()
                store.receipts.apply_callbacks(
                    [(each, parse_callback(parse_kept(body, query))) for each, body, query in waiting]
                )
            except StoreError:
                pass
            time.sleep(0.05)


if __name__ == "__main__":
    main()
