"""Many customers, groups and staff against the loopback Telegram while faults strike.

`scripts/soak.sh --help` tells how to run it, docs/faults.md what is injected and how, and what the
judge holds. `scenario` plays one seed through: `people` write, `faults` strike, `relay_host` keeps
the relay running as a service manager would, `ledger` notes what must come of each message, `judge`
compares it with the world; `report` counts.
"""
