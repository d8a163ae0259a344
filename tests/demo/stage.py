"""Where the demo plays: a Telegram on loopback, people and groups, and a config for a daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.demo.chronicle import Chronicle
from tests.demo.failure import DemoFailure
from tests.demo.participant import API_HASH, API_ID, Participant, Server
from tests.demo.seen import GroupSeen
from tests.loopback.api.auth import LOGIN_CODE
from tests.loopback.server import LoopbackTelegram

BOT = "support_bot"
CUSTOMERS = "Customer Support"
STAFF = "Staff"

_CUSTOMER_PHONE = "+10000000001"
_STAFF_PHONE = "+10000000002"
_ADMIN_PHONE = "+10000000003"

_UNPACED = """
[limits]
per_chat_per_second = 1000
per_group_per_minute = 100_000
per_second = 1000
"""


class Stage:
    """A Telegram with one staff group and one customer group, not enrolled yet."""

    def __init__(self, telegram: LoopbackTelegram) -> None:
        self._telegram = telegram
        world = telegram.world
        self._admin = world.add_user("Ada", username="ada_admin", phone=_ADMIN_PHONE)
        self._bot = world.add_bot("Support", username=BOT, privacy=False)
        alice = world.add_user("Alice", username="alice", phone=_CUSTOMER_PHONE)
        bob = world.add_user("Bob", username="bob_staff", phone=_STAFF_PHONE)
        self._staff = world.add_supergroup(STAFF, creator=self._admin, members=[bob, self._bot])
        world.add_supergroup(CUSTOMERS, creator=self._admin, members=[alice, self._bot])

    @property
    def address(self) -> str:
        return f"{self._telegram.host}:{self._telegram.port}"

    @property
    def bot_id(self) -> int:
        return self._bot.id

    def write_config(self, folder: Path, *, paced: bool) -> Path:
        """What the daemon needs to run here; its session and database go to the folder too."""
        path = folder / "config.toml"
        path.touch(mode=0o600)
        path.write_text(
            f"""\
[telegram]
bot_token = "{self._bot.token}"
api_id = {API_ID}
api_hash = "{API_HASH}"
session = "relay.session"

[telegram.server]
host = "{self._telegram.host}"
port = {self._telegram.port}
dc_id = {self._telegram.dc_id}
public_key = "{self._telegram.public_key_path.name}"

[relay]
staff_group = {self._staff.marked_id}
admins = [{self._admin.id}]
database = "tickets.db"

[log]
format = "json"
{"" if paced else _UNPACED}""",
            encoding="utf-8",
        )
        return path

    @asynccontextmanager
    async def cast(self, chronicle: Chronicle) -> AsyncIterator[Cast]:
        """The people, signed in. The chronicle gets each group as its own person sees it: the
        customer the customers' group, the staff member the staff's."""
        server = Server(
            self._telegram.host,
            self._telegram.port,
            self._telegram.dc_id,
            self._telegram.public_key_path.read_text("ascii"),
        )
        async with (
            Participant(server, _CUSTOMER_PHONE, LOGIN_CODE, chronicle.add) as customer,
            Participant(server, _STAFF_PHONE, LOGIN_CODE, chronicle.add) as staff,
            Participant(server, _ADMIN_PHONE, LOGIN_CODE) as admin,
        ):
            yield Cast(customer, staff, admin)


class Cast:
    """Who plays, and the two groups as the one sees them who is shown."""

    def __init__(self, customer: Participant, staff: Participant, admin: Participant) -> None:
        self.customer = customer
        self.staff = staff
        self.admin = admin
        self.customers_group: GroupSeen = customer.group(CUSTOMERS)
        self.staff_group: GroupSeen = staff.group(STAFF)

    @property
    def groups(self) -> tuple[GroupSeen, GroupSeen]:
        return self.customers_group, self.staff_group


@asynccontextmanager
async def a_stage(folder: Path) -> AsyncIterator[Stage]:
    """Raises `DemoFailure` at its end if somebody asked this Telegram for what it does not know."""
    telegram = LoopbackTelegram(directory=folder)
    async with telegram:
        yield Stage(telegram)
        if telegram.problems:
            raise DemoFailure("the loopback Telegram complains: " + "; ".join(telegram.problems))
