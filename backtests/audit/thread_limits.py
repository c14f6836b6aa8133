"""One thread a library, so that a copy of a process is whole and code under audit gives the same digits each time."""

import os

from joblib import parallel_config
from threadpoolctl import threadpool_limits

VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS", "LOKY_MAX_CPU_COUNT",
)  # fmt: skip
"""Read by a library when it is loaded, or when it counts processors."""


def one_thread() -> None:
    """From here on, in this process and its copies: one thread for OpenMP and each BLAS, and joblib one after the other
    instead of in processes or threads. Libraries that are loaded later read it from the environment.
    """
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    threadpool_limits(1)
    parallel_config(backend="sequential")
