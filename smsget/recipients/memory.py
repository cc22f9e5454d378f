"""Memory that a large file needed for a moment, back to the system."""

from __future__ import annotations

import pyarrow as pa


def give_back() -> None:
    """Return what is free: allocators keep it, a dashboard runs for weeks, and the next file may be another person's.

    Takes some milliseconds; after a file of 200 MB it is some 300 MB.
    """
    for pool in (pa.default_memory_pool(), pa.system_memory_pool()):
        pool.release_unused()
