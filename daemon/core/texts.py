"""Every text that people in the groups read, by its name.

The words stand in the catalogues, `daemon/locales/*.toml`, one for each language; the operator
replaces any of them in the configuration. A new text takes a field here, a line in each catalogue
and one in config.toml; `tests/unit/test_texts.py` prints what is missing, ready to paste.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """Templates. A field's docstring begins with what is filled in, in braces; a replacement may
    use the same names and no others."""

    wrapper_header: str
    """{ticket} {group} {user}: above a question, in the staff group. Ends with a line break."""
    continuation_header: str
    """{ticket} {user}: above what a customer goes on with, in the staff group."""
    answer_header: str
    """{ticket} {user}: above an answer, in the customer group."""
    reply_sent: str
    """To the staff: an answer has arrived."""
    parts_left_out: str
    """{count}: to the staff, with `reply_sent`, about parts of an album that they deleted before it
    was sent."""
    send_failed: str
    """{reason}: to the staff, under what could not be sent."""
    customer_has_text: str
    """To the staff, below `send_failed`, where only the media of an answer could not be sent."""
    not_shown_to_customer: str
    """{kind}: to a customer, below a text, in place of media that could not be sent."""
    how_to_retry: str
    """To the staff, below `send_failed` and `not_shown`."""
    cannot_write: str
    """{error}: the reason in `send_failed` where the bot lacks the right; `error` is Telegram's
    name for it."""
    not_there: str
    """{error}: likewise, where the bot is not in the group, or there is none."""
    not_taken: str
    """{error}: likewise, where Telegram refuses the message itself."""
    retried: str
    """To the staff, after /retry."""
    retry_waits: str
    """To the staff, where /retry finds the message waiting."""
    retry_arrived: str
    """To the staff, where /retry finds nothing left to be sent."""
    retry_usage: str
    """To the staff, where /retry does not say which message it means."""
    closed: str
    """{ticket}: to the staff, after /close."""
    reopened: str
    """{ticket}: to the staff, after /reopen."""
    already_closed: str
    """{ticket}: to the staff, where /close finds nothing to do."""
    already_open: str
    """{ticket}: to the staff, where /reopen finds nothing to do."""
    closed_for_customer: str
    """To a customer who goes on with a closed ticket."""
    closed_for_staff: str
    """{ticket}: to the staff, under an answer to a closed ticket."""
    reply_to_a_ticket: str
    """{command}: to the staff, where a command does not say which ticket it means."""
    command_not_sent: str
    """{command}: to the staff, under a reply that looks like a command but is none."""
    ask_usage: str
    """To a customer who sends /ask with nothing behind it."""
    staff_group_is_not_a_customer: str
    """To an admin who sends /addgroup in the staff group."""
    media_not_sent: str
    """{kind}: to the staff, under an answer with media that no bot can send."""
    media_not_copied: str
    """{kind} {link}: in place of a customer's media that cannot be copied."""
    media_not_copied_unlinked: str
    """{kind}: likewise, where the original has no link."""
    media_too_large: str
    """{kind} {cap} {link}: in place of a customer's file that could only be downloaded and uploaded
    again, and is too large for that."""
    media_too_large_unlinked: str
    """{kind} {cap}: likewise, where the original has no link."""
    media_gone: str
    """{kind}: in place of a customer's media whose message was deleted too soon."""
    too_large: str
    """{cap}: the reason in `send_failed` for a file that could only be downloaded and uploaded
    again."""
    source_deleted: str
    """The reason in `send_failed` where the staff's own message is gone."""
    media_several: str
    """{kind} {count}: in a ticket, for several media of an album that are called the same."""
    kind_photo: str
    """What tickets and notices call a photo."""
    kind_video: str
    """Likewise a video."""
    kind_animation: str
    """Likewise a video without sound that plays by itself."""
    kind_document: str
    """Likewise a document."""
    kind_audio: str
    """Likewise music."""
    kind_voice: str
    """Likewise a voice message."""
    kind_video_note: str
    """Likewise a round video."""
    kind_sticker: str
    """Likewise a sticker."""
    kind_contact: str
    """Likewise a contact."""
    kind_location: str
    """Likewise a location."""
    kind_live_location: str
    """Likewise a live location."""
    kind_venue: str
    """Likewise a location with a name and an address."""
    kind_poll: str
    """Likewise a poll."""
    kind_quiz: str
    """Likewise a poll with a right answer."""
    kind_dice: str
    """Likewise a dice."""
    kind_game: str
    """Likewise a game."""
    kind_story: str
    """Likewise a story."""
    kind_invoice: str
    """Likewise an invoice."""
    kind_self_destructing: str
    """Likewise a photo, video or voice message to be seen once."""
    kind_paid_media: str
    """Likewise media to be paid for."""
    kind_giveaway: str
    """Likewise a giveaway."""
    kind_checklist: str
    """Likewise a checklist."""
    kind_unsupported: str
    """Likewise any other kind of message."""
    not_shown: str
    """{reason} {link}: to the staff, about a message of a customer that cannot be shown here."""
    not_shown_unlinked: str
    """{reason}: likewise, where the original has no link."""
    id_unknown: str
    """{ticket}: to the staff, about a message that is there, but replies to it are not known."""
    backlog_begun: str
    """{count} {age} {left}: to the staff, where messages wait for long; times in minutes."""
    backlog_over: str
    """To the staff, where they do so no more."""
    somebody: str
    """In notices to admins, who did something where Telegram does not tell."""
    bot_in_other_group: str
    """{group} {actor} {bot}: to the admins, where the bot is in a group that is none of ours."""
    bot_added: str
    """{group} {actor}: to the admins, where the bot is in one of our groups again."""
    bot_removed: str
    """{group} {actor}: to the admins, where the bot was put out of a group."""
    bot_removed_from_staff_group: str
    """{group} {actor}: likewise, out of the staff group."""
    bot_muted: str
    """{group} {actor}: to the admins, where the bot may not write any more."""
    bot_unmuted: str
    """{group} {actor}: to the admins, where the bot may write again."""
    bot_promoted: str
    """{group} {actor}: to the admins, where the bot became an admin of a group."""
    bot_demoted: str
    """{group} {actor}: to the admins, where the bot is no admin of a group any more."""
    new_in_staff_group: str
    """{group} {people} {actor}: to the admins, where somebody came into the staff group."""
    staff_group_public: str
    """{group} {username}: to the admins, where the staff group has a username."""
    staff_group_linked: str
    """{group} {channel}: to the admins, where the staff group is a channel's discussion group."""
    notice_for_admins: str
    """{notice} {bot}: to the staff, in place of a notice that cannot reach an admin in private."""
    dead_letter: str
    """{number} {link}: to the staff, about a message that made the relay fail."""
    dead_letter_unlinked: str
    """{number}: likewise, where the message has no link."""
    help_customer: str
    """{bot}: /start and /help in a customer group."""
    help_staff: str
    """/start and /help in the staff group."""
    help_admin: str
    """Below the help, to an admin, outside of customer groups."""
    help_private: str
    """{bot}: to anybody who writes to the bot in private."""
    help_elsewhere: str
    """/start and /help in a group that is no customer group."""
    ticket_usage: str
    """{command}: to somebody who sends /t without a number or without a text."""
    not_a_ticket_number: str
    """{given} {command}: to somebody whose /t has no number."""
    no_such_ticket: str
    """{ticket}: to somebody whose /t names no ticket, or one of another group."""
    not_in_a_group: str
    """{command}: to somebody who sends a group's command in private."""
    anonymous_admin: str
    """{command}: to an anonymous admin of a group who sends an admin's command."""
    not_a_customer_group: str
    """To an admin who sends /removegroup where there is nothing to remove."""
    group_removed: str
    """{group} {open}: to the staff, after /removegroup."""
    groups_header: str
    """{count}: above the list of the customer groups."""
    groups_line: str
    """{group} {open} {id}: one line of that list."""
    groups_none: str
    """In place of that list."""
    not_on_staff_list: str
    """To somebody in the staff group who may not answer."""
    context_header: str
    """{user}: above the message that a question replies to, in the staff group."""
    menu_ask: str
    """In the menu of commands, beside /ask."""
    menu_t: str
    """In the menu of commands, beside /t."""
    menu_help: str
    """In the menu of commands, beside /help."""
    menu_close: str
    """In the menu of commands, beside /close."""
    menu_reopen: str
    """In the menu of commands, beside /reopen."""
    menu_retry: str
    """In the menu of commands, beside /retry."""
    menu_listgroups: str
    """In the menu of commands, beside /listgroups."""
    menu_removegroup: str
    """In the menu of commands, beside /removegroup."""
    restored: str
    """{since} {until}: to the staff, at the first start after the database was restored from a
    backup. Ends with a line break."""
    restored_held_back: str
    """{count}: behind it, where messages were waiting to be sent when the backup was made."""
    restored_missed: str
    """{count}: above the messages that were written between the backup and the restore. Ends with
    a line break."""
    restored_line: str
    """{group} {user} {time} {link}: one of those messages. Ends with a line break."""
    restored_line_unlinked: str
    """{group} {user} {time}: likewise, of a message that has no link."""
    restored_more: str
    """{count}: below them, where there are more than can be listed."""
