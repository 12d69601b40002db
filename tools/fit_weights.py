#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fits the weights of the rules' concepts to labelled tickets.

  tools/fit_weights.py --rules rules/ tests/data/fit/*.jsonl        how good would it be?
  tools/fit_weights.py --rules rules/ --write tests/data/fit/*.jsonl

The model is the daemon's: a category's score is the sum of the weights of what
holds, scores are log-odds. Weights of a category's own signals stay as people
wrote them; those of concepts (what a notion speaks for) are fitted around them,
with a pull towards zero. Besides the concepts that people wrote, every word and
pair of words that occurs often enough becomes a small concept of its own, in
rules/vocabulary.yaml, which this tool writes whole.

A weight is for a category's name behind the dot, so that mentors and coaches
share it. Without --write each file is left out in turn and decided by what was
fitted to the others: what to expect of writers nobody has met.

Needs python3-numpy, python3-scipy, python3-yaml and python3-snowballstemmer; the
programs do not need it, nor any of those.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import unicodedata

import numpy
import scipy.optimize
import scipy.sparse
import snowballstemmer
import yaml

STEMMERS = {"en": snowballstemmer.stemmer("english"), "fr": snowballstemmer.stemmer("french")}
VOCABULARY = "vocabulary.yaml"
PREFIX = "say_"  # of the names of what this tool wrote
LEAST_TICKETS = 3  # that a word must occur in
PULL = 0.15  # variance of a weight: smaller pulls harder towards zero
SMALLEST = 0.2  # weights nearer to zero are left out


def fold(text):
    """As the daemon folds, nearly: small letters, no accents."""
    text = unicodedata.normalize("NFKD", text).casefold().replace("œ", "oe").replace("’", "'")
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


class Ticket:
    def __init__(self, line):
        ticket = json.loads(line)
        expect = ticket["expect"]
        self.audience = ticket["audience"]
        self.locale = ticket["locale"]
        self.subject = fold(ticket["subject"])
        self.body = fold(ticket["body"])
        self.attachments = [fold(a["name"]) for a in ticket["attachments"]]
        self.boxes = {name for name, value in ticket["fields"].items() if value not in ("", None, [])}
        chatter = expect["outcome"] == "no_action"
        self.topic = "chatter" if chatter else expect["category"].split(".")[-1]

    def words(self):
        words = re.findall(r"[a-z0-9]+", self.subject + " . " + self.body)
        return [(w, STEMMERS[self.locale].stemWord(w)) for w in words]


class Rules:
    """The policy's print: words replaced, lists joined."""

    def __init__(self, triagectl, folder):
        text = subprocess.run([triagectl, "check", "--rules", folder, "--cache", "build/cache",
            "--print"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        tree = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        self.minimum = float(tree["policy"]["scores"]["minimum"])
        self.locales = list(tree["locales"])
        self.concepts = {}
        for name, concept in tree.get("concepts", {}).items():
            if not name.startswith(PREFIX):
                self.concepts[name] = {l: re.compile(p) for l, p in concept["patterns"].items()}
        self.audiences = tree["policy"]["audiences"]
        self.fallbacks = {}
        self.signals = collections.defaultdict(list)  # (audience, topic) -> signals
        self.topics = collections.defaultdict(set)
        for name, category in tree["categories"].items():
            audience, topic = category["audience"], name.split(".")[-1]
            self.topics[audience].add(topic)
            self.signals[audience, topic] = self.read(category.get("signals", []))
            if category.get("fallback") == "true":
                self.fallbacks[audience] = topic
        for audience in self.audiences:
            self.topics[audience].add("chatter")
            self.signals[audience, "chatter"] = self.read(tree.get("chatter", {}).get("signals", []))

    def read(self, signals):
        result = []
        for signal in signals:
            locales = signal.get("locale", "all")
            if isinstance(locales, str):
                locales = self.locales if locales == "all" else [locales]
            kind = next(k for k in ("pattern", "field", "attachment") if k in signal)
            what = signal[kind] if kind == "field" else re.compile(signal[kind])
            result.append((kind, what, set(locales), signal.get("in", "any"), float(signal["weight"])))
        return result

    def score(self, ticket, topic):
        total = 0.0
        for kind, what, locales, part, weight in self.signals[ticket.audience, topic]:
            if ticket.locale not in locales:
                continue
            if kind == "field":
                holds = what in ticket.boxes
            elif kind == "attachment":
                holds = any(what.search(name) for name in ticket.attachments)
            else:
                holds = (part != "body" and what.search(ticket.subject)) or (
                    part != "subject" and what.search(ticket.body))
            if holds:
                total += weight
        return total


class Problem:
    """Tickets as numbers."""

    def __init__(self, rules, tickets):
        self.rules, self.tickets = rules, tickets
        self.topics = sorted(set().union(*rules.topics.values()))
        index = {topic: i for i, topic in enumerate(self.topics)}
        self.offsets = numpy.full((len(tickets), len(self.topics)), -1e9)
        self.right = numpy.array([index[t.topic] for t in tickets])
        self.features = []
        for i, ticket in enumerate(tickets):
            for topic in rules.topics[ticket.audience]:
                self.offsets[i, index[topic]] = rules.score(ticket, topic)
            self.offsets[i, index[rules.fallbacks[ticket.audience]]] += rules.minimum
            self.features.append(self.concepts_of(ticket) | self.words_of(ticket))
        self.forms = self.forms_of_words()

    def concepts_of(self, ticket):
        return {("concept", name) for name, patterns in self.rules.concepts.items()
            if ticket.locale in patterns and (patterns[ticket.locale].search(ticket.subject)
                or patterns[ticket.locale].search(ticket.body))}

    @staticmethod
    def words_of(ticket):
        stems = [stem for _, stem in ticket.words()]
        pairs = {(ticket.locale, a + " " + b) for a, b in zip(stems, stems[1:])}
        return {(ticket.locale, s) for s in stems if len(s) > 1} | pairs

    def forms_of_words(self):
        forms = collections.defaultdict(collections.Counter)
        for ticket in self.tickets:
            words = ticket.words()
            for word, stem in words:
                forms[ticket.locale, stem][word] += 1
            for (a, b), (c, d) in zip(words, words[1:]):
                forms[ticket.locale, b + " " + d][a + " " + c] += 1
        return forms

    def columns(self, rows, concepts_only):
        count = collections.Counter(f for i in rows for f in self.features[i])
        keep = [f for f, n in count.items()
            if f[0] == "concept" or (n >= LEAST_TICKETS and not concepts_only)]
        return {f: i for i, f in enumerate(sorted(keep))}

    def matrix(self, rows, columns):
        pairs = [(k, columns[f]) for k, i in enumerate(rows) for f in self.features[i] if f in columns]
        data = numpy.ones(len(pairs))
        at = tuple(zip(*pairs)) if pairs else ((), ())
        return scipy.sparse.csr_matrix((data, at), (len(rows), len(columns)))

    def fit(self, rows, columns, pull=PULL):
        x = self.matrix(rows, columns)
        xt = x.T.tocsr()
        y = numpy.zeros((len(rows), len(self.topics)))
        y[numpy.arange(len(rows)), self.right[rows]] = 1
        offsets = self.offsets[rows]
        allowed = numpy.ones((len(columns), len(self.topics)), bool)

        def loss(flat):
            w = flat.reshape(allowed.shape) * allowed
            scores = x @ w + offsets
            scores -= scores.max(1, keepdims=True)
            shares = numpy.exp(scores)
            shares /= shares.sum(1, keepdims=True)
            value = -numpy.log((shares * y).sum(1) + 1e-12).sum() + (w * w).sum() / (2 * pull)
            return value, ((xt @ (shares - y) + w / pull) * allowed).ravel()

        flat = numpy.zeros(allowed.size)
        for _ in range(2):  # once more with the small ones gone
            flat = scipy.optimize.minimize(loss, flat, jac=True, method="L-BFGS-B",
                options={"maxiter": 80}).x
            allowed = numpy.abs(flat.reshape(allowed.shape)) >= SMALLEST
        return flat.reshape(allowed.shape) * allowed

    def shares(self, rows, columns, weights):
        scores = self.matrix(rows, columns) @ weights + self.offsets[rows]
        scores -= scores.max(1, keepdims=True)
        shares = numpy.exp(scores)
        return shares / shares.sum(1, keepdims=True)


def cross(problem, files, concepts_only, tries=None):
    """Each file decided by what was fitted to the others."""
    sure = sure_right = 0
    confusion = collections.Counter()
    for name in sorted(set(files)):
        if tries and os.path.basename(name) not in tries and name not in tries:
            continue
        inside = numpy.array([i for i, f in enumerate(files) if f != name])
        outside = numpy.array([i for i, f in enumerate(files) if f == name])
        columns = problem.columns(inside, concepts_only)
        weights = problem.fit(inside, columns)
        shares = problem.shares(outside, columns, weights)
        best = shares.argmax(1)
        right = best == problem.right[outside]
        above = shares.max(1) >= 0.9
        sure += above.sum()
        sure_right += (right & above).sum()
        for i, b in zip(outside[~right], best[~right]):
            confusion[problem.topics[problem.right[i]], problem.topics[b]] += 1
        print(f"{name}: {right.mean():.1%} of {len(outside)} right without having seen them; "
            f"{above.mean():.0%} at 0.9 or more, {right[above].mean():.1%} of those right; "
            f"{len(columns)} features, {(weights != 0).sum()} weights", flush=True)
    return confusion


def wrap(head, items, indent):
    """A flow map in lines of at most 100 columns."""
    lines, line = [], head + "{"
    for i, item in enumerate(items):
        part = item + ("," if i + 1 < len(items) else "}")
        if len(line) + len(part) + 1 > 100:
            lines.append(line.rstrip())
            line = " " * indent
        line += part if line.endswith("{") or line.isspace() else " " + part
    return "\n".join(lines + [line])


def weights_of(problem, row):
    pairs = [(problem.topics[k], row[k]) for k in numpy.argsort(-numpy.abs(row)) if row[k] != 0]
    return [f"{topic}: {weight:.1f}" for topic, weight in pairs if abs(round(weight, 1)) > 0]


def write(problem, folder, columns, weights):
    """The weights of people's concepts in their files, and the vocabulary."""
    fitted = {f: weights_of(problem, weights[i]) for f, i in columns.items()}
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".yaml") and name != VOCABULARY:
                rewrite(os.path.join(root, name), fitted)
    with open(os.path.join(folder, VOCABULARY), "w", encoding="ascii") as out:
        out.write("# Words that speak for or against categories, written whole by tools/fit_weights.py\n"
            "# from labelled tickets: change it there. Notions that people wrote are in concepts/.\n\n"
            "concepts:\n")
        for feature, i in columns.items():
            if feature[0] == "concept" or not fitted[feature]:
                continue
            locale, stem = feature
            forms = [w for w, _ in problem.forms[feature].most_common(8)]
            out.write(f"  {PREFIX}{locale}_{stem.replace(' ', '_')}:\n    patterns: {{{locale}: ["
                + ", ".join(f"'{w}'" for w in sorted(forms)) + "]}\n")
            out.write(wrap("    weights: ", fitted[feature], 6) + "\n")


def rewrite(path, fitted):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if "\nconcepts:\n" not in "\n" + text:
        return
    head, body = re.split(r"(?m)^concepts:\n", text, maxsplit=1)
    entries = re.split(r"(?m)^(?=  [a-z]\w*:)", body)
    for i, entry in enumerate(entries):
        name = re.match(r"  ([a-z]\w*):", entry)
        if name is None:
            continue
        entry = re.sub(r"(?m)^    weights:[^}]*\}\n", "", entry)
        items = fitted.get(("concept", name.group(1)), [])
        if items:
            trailing = re.search(r"\n((?:\s*(?:#.*)?\n)*)\Z", entry)
            end = trailing.start(1) if trailing else len(entry)
            entry = entry[:end] + wrap("    weights: ", items, 6) + "\n" + entry[end:]
        entries[i] = entry
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + "concepts:\n" + "".join(entries))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rules", default="rules/")
    parser.add_argument("--triagectl", default="build/triagectl")
    parser.add_argument("--write", action="store_true", help="into the rules; else show only")
    parser.add_argument("--concepts-only", action="store_true", help="without words and pairs")
    parser.add_argument("--leave", nargs="*", help="leave out only these files in turn")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    rules = Rules(options.triagectl, options.rules)
    tickets, files = [], []
    for name in options.files:
        with open(name, encoding="utf-8") as lines:
            for line in lines:
                ticket = Ticket(line)
                if ticket.topic not in rules.topics[ticket.audience]:
                    sys.exit(f"{name}: no category for '{ticket.topic}' in the rules")
                tickets.append(ticket)
                files.append(name)
    problem = Problem(rules, tickets)
    if not options.write:
        confusion = cross(problem, files, options.concepts_only, options.leave)
        for (right, got), n in confusion.most_common(25):
            print(f"  {n:3}  {right} taken for {got}")
        return
    rows = numpy.arange(len(tickets))
    columns = problem.columns(rows, options.concepts_only)
    write(problem, options.rules, columns, problem.fit(rows, columns))


if __name__ == "__main__":
    main()
