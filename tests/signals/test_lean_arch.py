"""arch is imported without matplotlib, which stays as it was for everybody else."""

import subprocess
import sys

CHECK = """
import sys
from unlockstep.signals.lean_arch import import_arch

import_arch()
assert "arch" in sys.modules and "matplotlib" not in sys.modules
import matplotlib.figure
from arch import arch_model
from arch.bootstrap import StepM

import_arch()
assert sys.modules["matplotlib"] is matplotlib
"""


def test_matplotlib_is_left_out_and_can_be_imported_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
