"""auth.*: https://core.telegram.org/api/auth"""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import account
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.view import View

LOGIN_CODE = "12345"
"""The code that every user is sent."""


@handles(functions.auth.ImportBotAuthorizationRequest)
async def import_bot_authorization(context: Context, request: TlObject) -> TlObject:
    bot = context.world.bot_by_token(request.bot_auth_token)
    if bot is None:
        raise refusal("ACCESS_TOKEN_INVALID")
    return _logged_in(context, bot)


@handles(functions.auth.SendCodeRequest)
async def send_code(context: Context, request: TlObject) -> TlObject:
    if context.world.user_by_phone(request.phone_number) is None:
        raise refusal("PHONE_NUMBER_UNOCCUPIED")
    return types.auth.SentCode(
        types.auth.SentCodeTypeApp(len(LOGIN_CODE)), _code_hash(request.phone_number)
    )


@handles(functions.auth.SignInRequest)
async def sign_in(context: Context, request: TlObject) -> TlObject:
    user = context.world.user_by_phone(request.phone_number)
    if user is None:
        raise refusal("PHONE_NUMBER_UNOCCUPIED")
    if request.phone_code_hash != _code_hash(request.phone_number):
        raise refusal("PHONE_CODE_EXPIRED")
    if request.phone_code != LOGIN_CODE:
        raise refusal("PHONE_CODE_INVALID")
    return _logged_in(context, user)


@handles(functions.auth.ExportAuthorizationRequest)
async def export_authorization(context: Context, request: TlObject) -> TlObject:
    """https://core.telegram.org/method/auth.exportAuthorization"""
    person = account(context)
    if request.dc_id == context.caller.dc_id:
        raise refusal("DC_ID_INVALID")
    token = context.world.random.randbytes(64)
    context.world.exported[token] = person.id
    return types.auth.ExportedAuthorization(person.id, token)


@handles(functions.auth.ImportAuthorizationRequest)
async def import_authorization(context: Context, request: TlObject) -> TlObject:
    """https://core.telegram.org/method/auth.importAuthorization"""
    person_id = context.world.exported.pop(request.bytes, None)
    if person_id is None or person_id != request.id:
        raise refusal("AUTH_BYTES_INVALID")
    return _logged_in(context, context.world.people[person_id])


@handles(functions.auth.LogOutRequest)
async def log_out(context: Context, request: TlObject) -> TlObject:
    context.caller.log_out()
    return types.auth.LoggedOut()


def _logged_in(context: Context, person: Person) -> TlObject:
    context.caller.log_in(person.id)
    return types.auth.Authorization(View(context.world, person).portraits.user(person))


def _code_hash(phone: str) -> str:
    return f"code-for-{phone.lstrip('+')}"
