"""Memory that a large picture took goes back to the system once the picture is given out."""

import ctypes
import platform

# Parameters of mallopt(3), from glibc's malloc.h.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
# Blocks of so many bytes and more are mapped each by itself, and unmapped when freed.
MAPPED_FROM = 1024 * 1024
ARENAS = 4


def give_back_what_is_freed() -> None:
    """Call once, before threads start. By itself glibc raises the threshold up to 32 MiB after the first large block
    was freed and keeps what follows in heaps of its own, as many as eight a core: after a while of large pictures the
    site held half a gigabyte that nothing used. Another C library is left as it is."""
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM)
    mallopt(M_ARENA_MAX, ARENAS)
