"""What strikes, by name. Each fault waits for a moment of its own, strikes, and takes itself back:
afterwards nothing but its consequences is left.

docs/faults.md says how each of them is injected, and what of it is simulated.
"""

from tests.soak.faults import daemon, line, telegram
from tests.soak.faults.registry import FAULTS, IN_PROCESS, WITH_A_PROCESS

__all__ = ["FAULTS", "IN_PROCESS", "WITH_A_PROCESS", "daemon", "line", "telegram"]
