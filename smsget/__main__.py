"""`python -m smsget`: see `smsget.cli`."""

from __future__ import annotations

from smsget.cli import main

if __name__ == "__main__":
    main(prog_name="python -m smsget")
