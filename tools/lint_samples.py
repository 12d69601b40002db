#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""No pattern of the rules may quote a sample ticket: a rule that knows the
samples by heart scores well on them and on nothing else.

A pattern quotes a sample when WORDS literal words in a row stand in the
sample's subject or body in the same order. Both are compared in lower case,
without accents, as runs of letters and digits. What a pattern leaves open
(alternatives, options, classes, repetitions) ends a literal run; white space,
boundaries and plain punctuation do not.

The texts that a category is learned from (rules/training) may be as ordinary as
the samples are: there it takes TRAINING_WORDS in a row.

Usage: lint_samples.py [RULES-FOLDER [SAMPLES.jsonl …]]
"""
import json
import pathlib
import re
import sys
import unicodedata

import yaml

WORDS = 5
TRAINING_WORDS = 12
KEYS = {"pattern", "patterns", "attachment"}


def normal(text):
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if not unicodedata.combining(c)).lower()


def words_of(text):
    """What French asks with counts as one word: nobody's own words are in it."""
    text = " ".join(re.findall(r"[a-z0-9]+", text))
    return re.sub(r"\best ce qu(e|)\b|\by a t il\b", "est-ce", text).split()


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
            yield from patterns_of(value, wanted or key.value in KEYS)


def texts_of(node, wanted=False):
    """(line, text) of every text that a category is learned from."""
    if isinstance(node, yaml.ScalarNode):
        if wanted:
            yield node.start_mark.line + 1, node.value
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from texts_of(item, wanted)
    elif node is not None:
        for key, value in node.value:
            yield from texts_of(value, wanted or key.value == "training")


def sample_phrases(paths, count):
    """Each count words in a row -> the first sample that has them."""
    phrases = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line.strip():
                continue
            ticket = json.loads(line)
            for part in ("subject", "body"):
                words = words_of(normal(ticket.get(part) or ""))
                for i in range(len(words) - count + 1):
                    phrase = tuple(words[i:i + count])
                    phrases.setdefault(phrase, ticket.get("id") or f"{path}:{number}")
    return phrases


def quotes(words, phrases, count):
    """(phrase, sample) of each count words in a row that a sample has."""
    for i in range(len(words) - count + 1):
        sample = phrases.get(tuple(words[i:i + count]))
        if sample is not None:
            yield " ".join(words[i:i + count]), sample


def main(arguments):
    rules = pathlib.Path(arguments[0] if arguments else "rules")
    samples = [pathlib.Path(name) for name in arguments[1:]] or sorted(
        pathlib.Path("tests/data").glob("tickets-*.jsonl"))
    phrases = sample_phrases(samples, WORDS)
    long_phrases = sample_phrases(samples, TRAINING_WORDS)
    faults, patterns, texts = 0, 0, 0
    for path in sorted(rules.rglob("*.yaml")):
        with path.open(encoding="utf-8") as file:
            root = yaml.compose(file, Loader=yaml.CSafeLoader)
        found = []
        for line, pattern in patterns_of(root):
            patterns += 1
            found += [(line, quote) for words in runs_of(pattern)
                      for quote in quotes(words, phrases, WORDS)]
        for line, text in texts_of(root):
            texts += 1
            found += [(line, quote) for quote in
                      quotes(words_of(normal(text)), long_phrases, TRAINING_WORDS)]
        for line, (phrase, sample) in found:
            print(f"{path}:{line}: '{phrase}' is quoted from sample {sample}")
        faults += len(found)
    print(f"{patterns} patterns, {texts} texts, {len(phrases)} phrases of the samples, {faults} quoted")
    if not phrases:
        print("no samples found")
    return 1 if faults or not phrases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
