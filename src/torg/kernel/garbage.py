"""How often a process looks for garbage that refers to itself."""

import gc


def collect_seldom() -> None:
    """Leave what a process is made of alone, which stays until its end, and look through the rest seldom: a request and
    a batch of events leave few cycles behind. Called once, when everything is loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
