# SPDX-License-Identifier: MIT
"""triagectl check on the shipped rules: the canonical print reads back, every file fits
the schema that is made from the tables which read it, and nobody waits for it."""
import json
import subprocess

import jsonschema
import pytest
import yaml

import support

RULES = support.ROOT / "rules"
FILES = sorted(RULES.rglob("*.yaml"))
SCHEMA = support.ROOT / "schemas" / "rules.schema.json"


def check(folder, *options, status=0):
    programs = support.plain_folder() if folder == RULES else support.build_folder()
    done = subprocess.run(
        [programs / "triagectl", "check", "--rules", folder, "--cache", support.CACHE,
         *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_the_print_of_the_shipped_rules_reads_back(tmp_path):
    """One file, however large, with the same hash and the same print."""
    first = json.loads(check(RULES, "--json"))
    printed = check(RULES, "--print")
    assert "\n  mentor.break:\n" in printed
    (tmp_path / "all.yaml").write_text(printed)
    again = json.loads(check(tmp_path, "--json"))
    for key in ("policy", "categories", "patterns", "examples"):
        assert again[key] == first[key], key
    assert check(tmp_path, "--print") == printed


class Typed(yaml.CSafeLoader):
    """As editors read: 5 is a number and true is true, but a date is a text."""


Typed.yaml_implicit_resolvers = {
    first: [resolver for resolver in resolvers if resolver[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()}


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(SCHEMA.read_text())
    kind = jsonschema.validators.validator_for(schema)
    assert kind is jsonschema.Draft202012Validator
    kind.check_schema(schema)
    return kind(schema)


def faults(validator, text, loader=yaml.CBaseLoader):
    return ["/".join(map(str, fault.absolute_path)) + ": " + fault.message
            for fault in validator.iter_errors(yaml.load(text, Loader=loader))]


def test_the_schema_is_what_the_tables_say():
    """Else: triagectl check --schema > schemas/rules.schema.json"""
    assert check(RULES, "--schema") == SCHEMA.read_text()


@pytest.mark.parametrize("loader", [yaml.CBaseLoader, Typed])
def test_every_shipped_file_fits_the_schema(validator, loader):
    assert len(FILES) > 10
    wrong = {str(path): found for path in FILES
             if (found := faults(validator, path.read_text(), loader))}
    assert wrong == {}


@pytest.mark.parametrize("loader", [yaml.CBaseLoader, Typed])
@pytest.mark.parametrize("right, wrong, said", [
    ("audience: mentor", "audiance: mentor", "'audiance' was unexpected"),
    ("audience: mentor", "", "'audience' is a required property"),
    ("type: date", "type: dat", "'dat' is not one of"),
    ("weight: 3", "weight: much", "'much' does not match"),
    ("true_from: 3", "true_from: 0.5", "0.5"),
    ("required: all", "required: {en: yes}", "is not valid under any"),
    ("{{missing}}", "{{body}}", "does not match"),
    ("outcome: routed", "outcome: route", "'route' is not one of"),
    ("at_least: 7", "at_least: soon", "'soon' does not match"),
    ("holidays: [2026-12-25]", "holidays: [25 December]", "does not match"),
    ("mon: ['09:00-12:30']", "mo: ['09:00-12:30']", "is not valid under any"),
    ("weights: {stop: 1.5}", "weights: {Stop: 1.5}", "'Stop' does not match"),
])
def test_the_schema_refuses_what_the_reader_refuses(validator, loader, right, wrong, said):
    text = """
policy: {lease: 10min}
locales:
  en: {words: [the], greeting: Hello, closing: Bye, paragraphs: {needs_info: "{{missing}}"}}
calendars:
  office: {hours: {mon: ['09:00-12:30']}, holidays: [2026-12-25]}
concepts:
  leaving: {patterns: {en: [leaving, quit]}, weights: {stop: 1.5}}
categories:
  mentor.stop:
    audience: mentor
    team: mentorship
    priority: normal
    label: {en: Stop}
    signals: [{pattern: stop, weight: 3}]
    fields:
      day: {type: date, required: all}
      told: {type: boolean, true_from: 3}
    gates: [{name: late, clock: day_of_month, at_least: 7, otherwise: answered}]
    answers: {en: {subject: Stop, help: "Write to {{team}}."}}
    examples: [{text: I stop., outcome: routed}]
"""
    assert faults(validator, text, loader) == []
    assert text.count(right) == 1
    found = faults(validator, text.replace(right, wrong), loader)
    assert any(said in fault for fault in found), found


def test_every_shipped_file_names_its_schema(tmp_path):
    """Else: tools/rules_modeline.py"""
    tool = support.ROOT / "tools" / "rules_modeline.py"
    done = subprocess.run(["/usr/bin/python3", tool, "--check"], stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    other = tmp_path / "a.yaml"
    other.write_text("# yaml-language-server: $schema=elsewhere.json\n# A\nwords:\n")
    for _ in range(2):
        subprocess.run(["/usr/bin/python3", tool, tmp_path], check=True, stdout=subprocess.PIPE)
        first, *rest = other.read_text().split("\n")
        name, _, schema = first.partition("$schema=")
        assert name == "# yaml-language-server: "
        assert (tmp_path / schema).resolve() == SCHEMA
        assert rest == ["# A", "words:", ""]


@pytest.mark.parametrize("folder", [RULES, support.ROOT / "tests" / "golden" / "rules" / "review"])
def test_the_dearest_patterns_are_named(folder):
    """With their place and share; those to run only where the rules have texts."""
    said = json.loads(check(folder, "--report", "--json"))["report"]
    for key, count in (("dearest_to_compile", 10), ("dearest_to_run", 10 if said["texts"] else 0)):
        top = said[key]
        costs = [one["microseconds"] for one in top]
        assert len(top) == count and costs == sorted(costs, reverse=True)
        assert not top or 0 < sum(one["share"] for one in top) < 1
        for one in top:
            text = (support.ROOT / one["file"]).read_text().split("\n")[one["line"] - 1]
            assert text[one["column"] - 1:].strip(), one


def test_a_dear_pattern_comes_first(tmp_path):
    small = support.ROOT / "tests" / "data" / "rules-small"
    for path in small.rglob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "dear.yaml").write_text("""
concepts:
  dear: {patterns: {en: '(?:[a-z]+[0-9]?){300}(?:holiday|break){100}'}, weights: {break: 1}}
""")
    said = json.loads(check(tmp_path, "--report", "--json"))["report"]
    first = said["dearest_to_compile"][0]
    assert first["file"].endswith("dear.yaml") and (first["line"], first["column"]) == (3, 25)


def test_close_examples_are_told():
    folder = support.ROOT / "tests" / "golden" / "rules" / "review"
    shown = check(folder, "--report")
    assert "\nexamples won by less than 1: 2 of the 2 " in shown
    assert shown.count("mentor.stop over mentor.end") == 2 and shown.count("\ndearest to ") == 2
    assert shown.rstrip().endswith(": OK")
    said = json.loads(check(folder, "--report", "--json"))
    close = said["report"]["close_examples"]
    assert [(one["winner"], one["runner_up"], one["lead"]) for one in close] == [
        ("mentor.stop", "mentor.end", 0.5), ("mentor.stop", "mentor.end", 0.5)]
