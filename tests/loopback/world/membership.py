"""Who is in a group, and what each may do there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.loopback.rpc import TlObject
from tests.loopback.world.person import Person


@dataclass(slots=True, eq=False)
class Member:
    """Somebody in a group. https://core.telegram.org/api/rights"""

    person: Person
    joined: datetime
    inviter: Person
    creator: bool = False
    admin_rights: TlObject | None = None
    """ChatAdminRights of an admin."""
    promoted_by: Person | None = None
    restrictions: TlObject | None = None
    """ChatBannedRights of somebody who may not do everything."""

    @property
    def is_admin(self) -> bool:
        return self.creator or self.admin_rights is not None

    def may(self, right: str) -> bool:
        """Whether an admin has one of the rights of ChatAdminRights."""
        return self.creator or bool(getattr(self.admin_rights, right, False))


@dataclass(frozen=True, slots=True)
class Ban:
    """Somebody was put out of a group and may not come back."""

    person: Person
    by: Person
    date: datetime
    rights: TlObject
