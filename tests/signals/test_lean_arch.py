"""arch is imported without what it does not need, which stays as it was for everybody else."""

import subprocess
import sys

CHECK = """
import sys
from unlockstep.signals.lean_arch import import_arch

import_arch()
assert "arch" in sys.modules and not {"matplotlib", "polars"} & set(sys.modules)
import matplotlib.figure
import polars
from arch import arch_model
from arch.bootstrap import StepM

import_arch()
assert sys.modules["matplotlib"] is matplotlib and sys.modules["polars"] is polars
"""


def test_what_it_does_not_need_is_left_out_and_can_be_imported_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
