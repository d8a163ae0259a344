"""docs/logging.md is held to the code; its examples are run, and its files read."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from daemon import logs
from daemon.core.model import InboundKind, LinkRole
from daemon.relay import events

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/logging"
PAGE = (ROOT / "docs/logging.md").read_text("utf-8")
SAMPLE = (FOLDER / "relay.log").read_text("utf-8")

LEVELS = {"debug", "info", "warning", "error", "critical"}
COMMON = {"ts", "level", "event", "logger", "exception"}
SENT = "as `send.settled`"

NAMES = {name: value for name, value in vars(events).items() if name.isupper()} | {
    name: getattr(logs, name) for name in ("TASK_FAILED", "UNCAUGHT", "UNRAISABLE")
}


def documented() -> dict[str, tuple[set[str], set[str]]]:
    """Of each event its levels and its fields."""
    section = PAGE.partition("## Events\n")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| `([a-z_.]+)` \| ([a-z, ]+) \| (.*)\|$", section)
    found: dict[str, tuple[set[str], set[str]]] = {}
    for event, levels, cell in rows:
        fields = {*re.findall(r"`(\w+)`", cell)}
        if SENT in cell:
            fields |= found["send.settled"][1]
        found[event] = ({*levels.strip().split(", ")}, fields)
    return found


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Event, level and the fields that can be seen, of each call that logs one."""
    for file in sorted((ROOT / "daemon").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.args[0], "attr", None) or getattr(node.args[0], "id", None)
            if name in NAMES and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                fields = {keyword.arg for keyword in node.keywords if keyword.arg}
                yield NAMES[name], node.func.attr, fields - {"exc_info"}


def test_every_event_is_there_and_no_other() -> None:
    assert set(documented()) == set(NAMES.values())


def test_levels_and_fields_are_those_of_the_code() -> None:
    known = documented()
    found = list(calls())
    assert len(found) > 25
    for event, level, fields in found:
        levels, documented_fields = known[event]
        assert level in levels, event
        assert fields <= documented_fields, event


def test_what_is_logged_has_a_name_of_its_own() -> None:
    """So that an event cannot be forgotten here: none is written out where it is logged."""
    for file in sorted((ROOT / "daemon").rglob("*.py")):
        assert not re.search(r"\blog\.\w+\(\s*[\"']", file.read_text("utf-8")), file


@pytest.mark.parametrize("line", SAMPLE.splitlines())
def test_the_sample_has_documented_fields_alone(line: str) -> None:
    fields = json.loads(line)
    levels, known = documented()[fields["event"]]
    assert fields["level"] in levels
    assert set(fields) <= known | COMMON
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", fields["ts"])


def test_kinds_and_roles_are_named() -> None:
    below = PAGE.partition("`kind` of an update")[2].partition("\n## ")[0]
    roles = {role for role in LinkRole if role.by_bot}
    assert {*roles, *InboundKind} <= set(re.findall(r"`(\w+)`", below))


def questions() -> list[str]:
    return re.findall(r"(?m)^\$ (jq .+)$", PAGE)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("question", questions())
def test_the_questions_have_answers(question: str) -> None:
    ticket = next(it["ticket"] for it in map(json.loads, SAMPLE.splitlines()) if it.get("ticket"))
    answer = subprocess.run(
        ["bash", "-c", question.replace("TICKET", str(ticket))],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.strip()


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("question", questions())
def test_the_questions_have_the_same_answers_in_a_journal(question: str, tmp_path: Path) -> None:
    """systemd writes lines of its own between those of the relay."""
    (in_front,) = re.findall(r"`journalctl -u ticket-relay -o cat \| (jq .+) \|` in front", PAGE)
    lines = SAMPLE.splitlines(keepends=True)
    begun = "Starting ticket-relay.service - Ticket Relay...\n"
    journal = tmp_path / "journal"
    journal.write_text("".join([begun, *lines[:3], '"a text"\n', *lines[3:], "Stopped.\n"]))
    question = question.replace("TICKET", "1").removesuffix(" relay.log")
    answers = [
        subprocess.run(["bash", "-c", line], capture_output=True, timeout=20, check=True).stdout
        for line in (
            f"{question} {FOLDER / 'relay.log'}",
            f"set -o pipefail; cat {journal} | {in_front} | {question}",
        )
    ]
    assert answers[0] == answers[1]


def test_there_are_questions() -> None:
    assert len(questions()) == 6


def test_the_example_for_vector_is_toml_whose_parts_fit_together() -> None:
    config = tomllib.loads((FOLDER / "vector.toml").read_text("utf-8"))
    assert config["transforms"]["relay"]["inputs"] == ["journal"]
    assert config["sources"]["journal"]["include_units"] == ["ticket-relay.service"]
    assert config["sinks"]["loki"]["inputs"] == ["relay"]


def test_the_example_for_fluent_bit_is_yaml_whose_parts_fit_together() -> None:
    config = yaml.safe_load((FOLDER / "fluent-bit.yaml").read_text("utf-8"))
    (parser,), pipeline = config["parsers"], config["pipeline"]
    (source,), (transform,) = pipeline["inputs"], pipeline["filters"]
    assert source["systemd_filter"] == "_SYSTEMD_UNIT=ticket-relay.service"
    assert transform["parser"] == parser["name"]
    assert source["tag"] == transform["match"] == pipeline["outputs"][0]["match"]
