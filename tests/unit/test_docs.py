"""The guides keep up with the program, and with each other in both languages."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.config.catalogue import catalogue
from daemon.core.commands import Name
from daemon.exit_codes import ExitCode
from daemon.relay import events

ROOT = Path(__file__).parents[2]
LANGUAGES = {"en": ".md", "zh": ".zh.md"}
GUIDES = ["README", "docs/customer-guide", "docs/staff-guide", "docs/operator-guide"]
PAGES = [f"{guide}{suffix}" for guide in GUIDES for suffix in LANGUAGES.values()]
ALL_PAGES = sorted(
    str(page.relative_to(ROOT)) for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
)

INTERNALS = re.compile(
    r"(?i)\b(telethon|mtproto|sqlite|database|daemon|outbox|inbox|random_id|pts|rpc|systemd)\b|数据库"
)
"""What means nothing to those who ask and those who answer."""

_FENCED = re.compile(r"(?ms)^ *```(\w*)\n(.*?)^ *```$")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]+`")
_EMOJI = "🎫💬✅❌⚠️ℹ️📌"


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def prose(page: str) -> str:
    """Without the blocks of code."""
    return _FENCED.sub("", read(page))


def headings(page: str) -> list[tuple[int, str]]:
    """Level and words of each."""
    return [(len(m[1]), m[2]) for m in re.finditer(r"(?m)^(#+) (.+)$", prose(page))]


def anchor(heading: str) -> str:
    """What GitHub makes of a heading: https://github.com/gjtorikian/html-pipeline"""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(page: str) -> Iterator[tuple[str, str]]:
    """File and anchor of each link that leads to no other site; either may be empty."""
    for target in _LINK.findall(prose(page)):
        if not re.match(r"\w+:", target):
            file, _, name = target.partition("#")
            yield file, name


@pytest.mark.parametrize("guide", GUIDES)
def test_both_languages_have_the_same_headings(guide: str) -> None:
    english, chinese = (headings(guide + suffix) for suffix in LANGUAGES.values())
    assert [level for level, _ in english] == [level for level, _ in chinese], "\n".join(
        f"{'#' * level} {words}" for level, words in [*english, *chinese]
    )


@pytest.mark.parametrize("guide", GUIDES)
def test_both_languages_have_the_same_tables_and_blocks(guide: str) -> None:
    english, chinese = (read(guide + suffix) for suffix in LANGUAGES.values())
    for mark in (r"(?m)^\|", r"(?m)^ *```\w+$", r"(?m)^ *[-*] ", r"(?m)^ *\d+\. "):
        assert len(re.findall(mark, english)) == len(re.findall(mark, chinese)), mark


@pytest.mark.parametrize("guide", GUIDES)
def test_blocks_that_are_run_and_log_lines_are_the_same_in_both_languages(guide: str) -> None:
    block = re.compile(r"(?ms)^ *<!-- run: .*? -->\n *```.*?```|^```json\n.*?```")
    english, chinese = (block.findall(read(guide + suffix)) for suffix in LANGUAGES.values())
    assert english == chinese


@pytest.mark.parametrize("guide", GUIDES)
def test_commands_to_type_are_the_same_in_both_languages(guide: str) -> None:
    english, chinese = (
        [
            line
            for kind, block in _FENCED.findall(read(guide + suffix))
            for line in block.splitlines()
            if kind == "console" and line.lstrip().startswith("$ ")
        ]
        for suffix in LANGUAGES.values()
    )
    assert [line.partition("#")[0].rstrip() for line in english] == [
        line.partition("#")[0].rstrip() for line in chinese
    ]


@pytest.mark.parametrize("page", ALL_PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for file, name in links(page):
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), f"{page}: {file}"
        if name:
            anchors = [anchor(words) for _, words in headings(str(target.relative_to(ROOT)))]
            assert name in anchors, f"{page}: {file}#{name} is none of {anchors}"


@pytest.mark.parametrize("guide", GUIDES)
def test_each_page_leads_to_its_other_language(guide: str) -> None:
    english, chinese = (Path(guide + suffix) for suffix in LANGUAGES.values())
    assert (chinese.name, "") in links(str(english))
    assert (english.name, "") in links(str(chinese))


@pytest.mark.parametrize("command", Name)
@pytest.mark.parametrize("suffix", LANGUAGES.values())
def test_each_command_is_in_a_guide_and_in_the_readme(suffix: str, command: Name) -> None:
    in_code = re.compile(rf"`[^`\n]*/{command}\b[^`\n]*`")
    guides = [guide + suffix for guide in GUIDES[1:]]
    assert any(in_code.search(prose(page)) for page in guides), f"{guides}: `/{command}`"
    assert in_code.search(prose("README" + suffix)), f"README{suffix}: `/{command}`"


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_command_that_there_is_not(page: str) -> None:
    of_botfather, folders, slip = {"newbot", "mybots"}, {"home", "root"}, {"clsoe"}
    known = {*map(str, Name)} | of_botfather | folders | slip
    for code in _CODE.findall(prose(page)):
        for command in re.findall(r"(?:(?<=`)|(?<= ))/([a-z]+)(?=[\s`@])", code):
            assert command in known, f"{page}: {code}"


def config_keys() -> list[str]:
    """Every key of the shipped configuration but the texts, with its table."""
    opened = re.sub(r"(?m)^# (?=[a-z_]+ = |\[)", "", read("config.toml"))
    tables = tomllib.loads(opened)
    del tables["texts"]
    server = tables["telegram"].pop("server")
    tables["telegram.server"] = server
    return [f"{table}.{key}" for table, values in tables.items() for key in values]


@pytest.mark.parametrize("key", config_keys())
@pytest.mark.parametrize("suffix", LANGUAGES.values())
def test_each_config_key_is_in_the_operator_guide(suffix: str, key: str) -> None:
    """In a row of its own, below the heading of its table."""
    table, _, name = key.rpartition(".")
    guide = read(f"docs/operator-guide{suffix}")
    below = guide.partition(f"### `[{table}]`\n")[2].partition("\n#")[0]
    assert f"\n| `{name}` |" in below, f"### `[{table}]`: | `{name}` | …"


@pytest.mark.parametrize("suffix", LANGUAGES.values())
def test_each_exit_code_is_in_the_operator_guide(suffix: str) -> None:
    rows = re.findall(r"(?m)^\| (\d+) \|", read(f"docs/operator-guide{suffix}"))
    assert [int(row) for row in rows] == sorted(ExitCode)


@pytest.mark.parametrize("suffix", LANGUAGES.values())
def test_each_log_event_is_in_the_operator_guide_and_no_other(suffix: str) -> None:
    guide = read(f"docs/operator-guide{suffix}")
    known = {value for name, value in vars(events).items() if name.isupper()}
    assert set(re.findall(r"(?m)^\| `([a-z_]+\.[a-z_]+)` \|", guide)) == known
    for kind, block in _FENCED.findall(guide):
        if kind == "json":
            assert {json.loads(line)["event"] for line in block.splitlines()} <= known


@pytest.mark.parametrize("page", [page for page in PAGES if "customer" in page or "staff" in page])
def test_guides_for_people_tell_no_internals(page: str) -> None:
    assert not INTERNALS.findall(read(page))


@pytest.mark.parametrize("page", PAGES)
def test_what_the_bot_says_is_what_its_catalogue_says(page: str) -> None:
    """Lines of `text` blocks and pieces of code that begin with one of its emoji."""
    language = "zh" if page.endswith(LANGUAGES["zh"]) else "en"
    lines = {line for text in catalogue(language).values() for line in text.splitlines()}
    patterns = [
        re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(line.replace("{{", "{").strip())))
        for line in lines
        if re.search(r"\w", re.sub(r"\{\w+\}", "", line))  # else it is like any other
    ]
    said = [code.strip("`") for code in _CODE.findall(prose(page))]
    for kind, block in _FENCED.findall(read(page)):
        if kind == "text":
            said += block.splitlines()
    for line in said:
        if line[:1] in _EMOJI and " " in line:
            assert any(pattern.fullmatch(line.strip()) for pattern in patterns), (
                f"{page}: no text of the {language} catalogue is like this: {line}"
            )
