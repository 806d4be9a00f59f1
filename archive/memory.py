"""Returns the memory of large pictures to the system once they have been sent."""

import ctypes
import platform

# Parameters of mallopt(3), from glibc's malloc.h.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
# Blocks of at least this many bytes are mapped separately, and unmapped when freed.
MAPPED_FROM = 1024 * 1024
ARENAS = 4


def return_freed_memory() -> None:
    """Set glibc's allocator so that freed memory is returned. Call once, before threads start. Other C libraries are
    left unchanged.

    By default glibc raises the threshold up to 32 MiB after the first large block is freed, and keeps later blocks in
    heaps of its own, up to eight per core: after some time of large pictures the site held half a gigabyte of unused
    memory.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM)
    mallopt(M_ARENA_MAX, ARENAS)
