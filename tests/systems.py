"""What the system at hand can do, for tests that need more than Python promises everywhere."""

import os

import pytest

POSIX = os.name == "posix"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

needs_posix = pytest.mark.skipif(not POSIX, reason="needs signals, limits, devices or rights of POSIX")
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
