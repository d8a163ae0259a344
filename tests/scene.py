"""The scene of most tests: one staff group, one customer group, the people in them, the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from daemon.app import App
from daemon.config import Config, LimitsConfig, load
from daemon.relay.clock import Clock
from daemon.telegram.session import Login, SessionFile
from tests.loopback.server import LoopbackTelegram
from tests.loopback.world import Chat, Group, Person, PrivateChat, StoredMessage, World

API_ID = 12345
API_HASH = "d41d8cd98f00b204e9800998ecf8427e"

UNPACED = {
    "per_chat_per_second": 1000,
    "per_group_per_minute": 100_000,
    "per_second": 1000,
    "backlog_notice_s": 86_400,
    "merge_after_s": 86_400,
    "merge_from_messages": 1_000_000,
}
"""Limits so wide that no test waits for them, is told of waiting, or gets less for it."""

PACED: dict[str, Any] = {
    key: value for key, value in asdict(LimitsConfig()).items() if key.startswith("per_")
}
"""The limits on messages as they come."""


class Scene:
    """People and groups on a loopback Telegram, and a relay for them."""

    def __init__(self, telegram: LoopbackTelegram, folder: Path) -> None:
        self.telegram = telegram
        self.folder = folder
        self.language = "en"
        self.settings = ""
        """Further lines of the configuration's table [relay]."""
        self.limits: dict[str, Any] = {}
        """Limits other than `UNPACED`."""
        self.texts = ""
        """Lines of the configuration's table [texts]."""
        self.logged_in = True
        """Whether a relay in this process finds the session of an earlier start, which saves it a
        tenth of a second for a key; one in a process of its own logs in."""
        world = self.world = telegram.world
        self.bot = world.add_bot("Support", username="support_bot", privacy=False)
        self.admin = world.add_user("Ada", username="ada_admin")
        self.admins = [self.admin]
        self.bob = world.add_user("Bob", username="bob_staff")
        self.carol = world.add_user("Carol", username="carol_staff")
        self.alice = world.add_user("Alice", username="alice")
        self.nick = world.add_user("Nick", last_name="Nameless")
        self.staff: Group = world.add_supergroup(
            "Staff", members=[self.bob, self.carol, self.admin, self.bot]
        )
        self.acme = self.add_customer_group("Customer Support")

    def add_customer_group(self, title: str, *members: Person) -> Group:
        """A group with the bot, the admin and customers in it; not enrolled yet."""
        everybody = [self.alice, self.nick, *members, self.admin, self.bot]
        return self.world.add_supergroup(title, members=everybody)

    def config_file(self, **limits: Any) -> Path:
        """A configuration for this scene, written to the scene's folder."""
        values = "\n".join(
            f"{key} = {value}" for key, value in (UNPACED | self.limits | limits).items()
        )
        path = self.folder / "config.toml"
        path.write_text(
            f"""
            [telegram]
            bot_token = "{self.bot.token}"
            api_id = {API_ID}
            api_hash = "{API_HASH}"
            session = "relay.session"

            [telegram.server]
            host = "{self.telegram.host}"
            port = {self.telegram.port}
            dc_id = {self.telegram.dc_id}
            public_key = "{self.telegram.public_key_path}"

            [relay]
            staff_group = {self.staff.marked_id}
            admins = {[admin.id for admin in self.admins]}
            language = "{self.language}"
            database = "tickets.db"
            {self.settings}

            [limits]
            {values}

            [texts]
            {self.texts}
            """,
            encoding="utf-8",
        )
        path.chmod(0o600)
        return path

    def config(self, **limits: Any) -> Config:
        return load(self.config_file(**limits), {})

    @asynccontextmanager
    async def relay(self, clock: Clock | None = None, **limits: Any) -> AsyncIterator[App]:
        """A relay that runs in this process, from ready to stopped."""
        config = self.config(**limits)
        if self.logged_in and not config.telegram.session.exists():
            self._leave_login(config.telegram.session)
        app = App(config, clock, reread=lambda: load(config.file, {}))
        running = asyncio.create_task(app.run())
        ready = asyncio.create_task(app.ready.wait())
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if running.done():
            running.result()
        try:
            yield app
        finally:
            app.stop()
            await running

    def _leave_login(self, session: Path) -> None:
        telegram = self.telegram
        key = telegram.issue_key(self.bot.id)
        SessionFile(session).write(Login(1, telegram.dc_id, telegram.host, telegram.port, key))

    async def enrol(self, group: Group) -> None:
        """Make a group a customer group, and wait until it is one."""
        group.say(self.admin, "/addgroup")
        probe = group.say(self.alice, "/ask")
        await group.wait_for(lambda m: m.reply_to is probe)

    def talk_in_private(self, person: Person) -> PrivateChat:
        """The chat of a person with the bot, begun by the person, as only a person can."""
        chat = self.world.private(person, self.bot)
        chat.say(person, "/start")
        return chat

    # What people wait for

    async def staff_sees(self, text: str, **more: Any) -> StoredMessage:
        """The bot's message in the staff group that contains the text."""
        return await self.bot_says(self.staff, text, **more)

    async def bot_says(
        self, group: Chat, text: str, after: StoredMessage | None = None
    ) -> StoredMessage:
        return await group.wait_for(lambda m: m.sender is self.bot and text in m.text, after=after)

    async def answer_to(self, message: StoredMessage) -> StoredMessage:
        """The bot's first reply to the message."""
        return await message.chat.wait_for(lambda m: m.sender is self.bot and m.reply_to is message)

    def bot_messages(self, group: Chat) -> list[StoredMessage]:
        return [m for m in group.messages if m.sender is self.bot]


@asynccontextmanager
async def a_scene(
    folder: Path, world: World | None = None, *, extra_dcs: Sequence[int] = ()
) -> AsyncIterator[Scene]:
    """`extra_dcs`: data centres beside the one that the relay is connected to."""
    async with LoopbackTelegram(world, directory=folder, extra_dcs=extra_dcs) as telegram:
        yield Scene(telegram, folder)


async def eventually(condition: Callable[[], bool], within_s: float = 10) -> None:
    """Return once the condition holds; of what another process does nothing tells us."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
