"""How often Python looks for garbage, in a process that serves."""

import gc
from typing import Final

YOUNG: Final = 20_000
"""Objects that come up before the youngest are looked at. Events and registers make many, and hardly any cycles.

The look holds the event loop: at what waits to be recorded, too, which may be several times as many.
"""


def collect_seldom() -> None:
    """Spare what is there now, which stays, and look at the rest less often than Python would by itself.

    Called once a service is up. With Python's own thresholds a tenth of the time of recording goes into looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 50)
