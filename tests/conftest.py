"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

# No deadline per example: two busy cores make honest tests slow now and then. A failure prints what
# repeats it.
settings.register_profile("ticket-relay", deadline=None, print_blob=True)
settings.load_profile("ticket-relay")
