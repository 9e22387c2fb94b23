"""``python -m zmq.log``: watch what is published."""

from __future__ import annotations

import sys

from .watch import main

if __name__ == "__main__":
    sys.exit(main())
