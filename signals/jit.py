"""numba's compiler, once there is a place for what it compiles."""

from unlockstep.compiler_cache import find_compiler_cache

find_compiler_cache()

from numba import njit  # noqa: E402 - not before

__all__ = ["njit"]
