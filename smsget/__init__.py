"""Text customers through SMS-Get: nobody twice, nobody forgotten, every point accounted for."""

__version__ = "0.1.0"
