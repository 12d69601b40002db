#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""No pattern of the rules may quote a sample ticket: a rule that knows the
samples by heart scores well on them and on nothing else.

A pattern quotes a sample when WORDS literal words in a row stand in the
sample's subject or body in the same order. Both are compared in lower case,
without accents, as runs of letters and digits. What a pattern leaves open
(alternatives, options, classes, repetitions) ends a literal run; white space,
boundaries and plain punctuation do not.

Usage: lint_samples.py [RULES-FOLDER [SAMPLES.jsonl …]]
"""
import json
import pathlib
import re
import sys
import unicodedata

import yaml

WORDS = 5
KEYS = {"pattern", "attachment"}


def normal(text):
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if not unicodedata.combining(c)).lower()


def words_of(text):
    return re.findall(r"[a-z0-9]+", text)


def runs_of(pattern):
    """Lists of literal words that follow each other in a pattern."""
    text = normal(pattern)
    text = re.sub(r"\\[bB]", "", text)
    text = re.sub(r"(?:\\[sh]|\[(?: |\\s|\\h)+\]| )[+*?]*", " ", text)
    text = re.sub(r"\\([^a-z0-9])", " ", text)  # an escaped sign is punctuation
    # What may be absent or repeated is no literal, nor is a group's inside when
    # it is one of several: both end the run on either side.
    text = re.sub(r"\\[a-z0-9]|[a-z0-9]?[?*+]|[a-z0-9]?\{[0-9,]*\}|\[[^\]]*\]|[\^$.|(){}\\]",
                  "\0", text)
    return [words for words in map(words_of, text.split("\0")) if len(words) >= WORDS]


def patterns_of(node, wanted=False):
    """(line, pattern) of every pattern below a YAML node."""
    if isinstance(node, yaml.ScalarNode):
        if wanted:
            yield node.start_mark.line + 1, node.value
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from patterns_of(item, wanted)
    elif node is not None:
        for key, value in node.value:
            yield from patterns_of(value, key.value in KEYS)


def sample_phrases(paths):
    """Each WORDS words in a row -> the first sample that has them."""
    phrases = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line.strip():
                continue
            ticket = json.loads(line)
            for part in ("subject", "body"):
                words = words_of(normal(ticket.get(part) or ""))
                for i in range(len(words) - WORDS + 1):
                    phrase = tuple(words[i:i + WORDS])
                    phrases.setdefault(phrase, ticket.get("id") or f"{path}:{number}")
    return phrases


def main(arguments):
    rules = pathlib.Path(arguments[0] if arguments else "rules")
    samples = [pathlib.Path(name) for name in arguments[1:]] or sorted(
        pathlib.Path("tests/data").glob("tickets-*.jsonl"))
    phrases = sample_phrases(samples)
    faults = 0
    count = 0
    for path in sorted(rules.rglob("*.yaml")):
        with path.open(encoding="utf-8") as file:
            root = yaml.compose(file, Loader=yaml.SafeLoader)
        for line, pattern in patterns_of(root):
            count += 1
            for words in runs_of(pattern):
                for i in range(len(words) - WORDS + 1):
                    sample = phrases.get(tuple(words[i:i + WORDS]))
                    if sample is not None:
                        print(f"{path}:{line}: '{' '.join(words[i:i + WORDS])}' is quoted from "
                              f"sample {sample}")
                        faults += 1
    print(f"{count} patterns, {len(phrases)} phrases of the samples, {faults} quoted")
    if not phrases:
        print("no samples found")
    return 1 if faults or not phrases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
