#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fits the weights of the rules' concepts to the rules' training texts.

  tools/fit_weights.py --rules rules/            how good would the rules be?
  tools/fit_weights.py --rules rules/ --write    writes the weights into the concepts

The model is the daemon's (daemon/classify.h, daemon/training.h): a category's
score is the sum of the weights of what holds and of its likeness; scores are
log-odds. Weights of a category's own signals stay as people wrote them; those
of concepts, and how much likeness counts, are fitted around them, with a pull
towards zero.

A text is never compared with itself: the texts of each category are cut into
FOLDS parts as they stand, and each part is decided by the others. Who adds the
texts of one more author in one place so learns what to expect of a stranger.

Needs python3-numpy, python3-scipy and python3-yaml; the programs do not.
"""

import argparse
import collections
import os
import re
import subprocess
import unicodedata

import numpy
import scipy.optimize
import scipy.sparse
import yaml

FOLDS = 4
PULL = 0.3  # variance of a weight: smaller pulls harder towards zero
SMALLEST = 0.3  # weights nearer to zero are left out
LEAST = 2  # texts that a concept must hold in
RARITY = 1.5  # daemon/training.c
LETTERS = 5
SHORT = 0.5  # daemon/training_build.c


def fold(text):
    """As the daemon folds, nearly: small letters, no accents."""
    text = unicodedata.normalize("NFKD", text).casefold().replace("œ", "oe").replace("’", "'")
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def terms(text):
    words = re.findall(r"[a-z0-9]+", text)
    result = {word for word in words if len(word) > 1}
    result |= {"#" + word[:LETTERS] for word in words if len(word) > LETTERS}
    return result | {a[:LETTERS] + " " + b[:LETTERS] for a, b in zip(words, words[1:])}


class Text:
    def __init__(self, topic, locale, text, fold_number):
        self.topic, self.locale, self.part = topic, locale, fold_number
        self.text = fold(text)
        self.terms = {locale + " " + term for term in terms(self.text)}


class Rules:
    """The policy's print: words replaced, lists joined."""

    def __init__(self, triagectl, folder):
        text = subprocess.run([triagectl, "check", "--rules", folder, "--skip-examples", "--print"], check=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        tree = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        scores = tree["policy"]["scores"]
        self.minimum, self.training = float(scores["minimum"]), float(scores.get("training", 0))
        self.locales = list(tree["locales"])
        self.concepts = {name: {locale: re.compile(p) for locale, p in concept["patterns"].items()}
            for name, concept in tree.get("concepts", {}).items()}
        self.audiences = tree["policy"]["audiences"]
        self.fallbacks, self.signals = {}, {}
        self.topics = {audience: {"chatter"} for audience in self.audiences}
        training = tree.get("training", {})
        for name, category in tree["categories"].items():
            audience = category["audience"]
            topic = name if name in training else name.split(".")[-1]
            self.topics[audience].add(topic)
            self.signals[audience, topic] = self.read(category.get("signals", []))
            if category.get("fallback") == "true":
                self.fallbacks[audience] = topic
        for audience in self.audiences:
            self.signals[audience, "chatter"] = self.read(tree.get("chatter", {}).get("signals", []))
        self.texts = [Text(topic, locale, text, i * FOLDS // len(texts))
            for topic, locales in training.items()
            for locale, texts in locales.items() for i, text in enumerate(texts)]

    def read(self, signals):
        result = []
        for signal in signals:
            locales = signal.get("locale", "all")
            if isinstance(locales, str):
                locales = self.locales if locales == "all" else [locales]
            if "pattern" in signal and signal.get("in") != "subject":
                result.append((re.compile(signal["pattern"]), set(locales), float(signal["weight"])))
        return result

    def score(self, text, audience, topic):
        return sum(weight for pattern, locales, weight in self.signals[audience, topic]
            if text.locale in locales and pattern.search(text.text))


class Problem:
    """The texts as numbers. A text is of the first audience that has its topic."""

    def __init__(self, rules):
        self.rules, self.texts = rules, rules.texts
        self.topics = sorted(set().union(*rules.topics.values()))
        self.columns = sorted(rules.concepts)
        index = {topic: i for i, topic in enumerate(self.topics)}
        self.right = numpy.array([index[text.topic] for text in self.texts])
        self.part = numpy.array([text.part for text in self.texts])
        self.offsets = numpy.full((len(self.texts), len(self.topics)), -1e9)
        pairs = []
        for i, text in enumerate(self.texts):
            audience = next(a for k in range(len(rules.audiences))
                for a in [rules.audiences[(i + k) % len(rules.audiences)]] if text.topic in rules.topics[a])
            for topic in rules.topics[audience]:
                self.offsets[i, index[topic]] = rules.score(text, audience, topic)
            self.offsets[i, index[rules.fallbacks[audience]]] += rules.minimum
            pairs += [(i, k) for k, name in enumerate(self.columns)
                if text.locale in rules.concepts[name] and rules.concepts[name][text.locale].search(text.text)]
        self.concepts = scipy.sparse.csr_matrix((numpy.ones(len(pairs)), tuple(zip(*pairs)) if pairs
            else ((), ())), (len(self.texts), len(self.columns)))
        self.vectors = self.bags()

    def bags(self):
        number = {}
        pairs = [(i, number.setdefault(term, len(number)))
            for i, text in enumerate(self.texts) for term in sorted(text.terms)]
        return scipy.sparse.csr_matrix((numpy.ones(len(pairs)), tuple(zip(*pairs))),
            (len(self.texts), len(number)))

    def likeness(self, inside, outside):
        """daemon/training.c, of the texts outside to those inside."""
        count = numpy.asarray(self.vectors[inside].sum(0)).ravel()
        rarity = numpy.where(count > 0, numpy.log((len(inside) + 1) / (count + 0.5)), 0) ** RARITY
        known, others = [self.vectors[rows] @ scipy.sparse.diags(rarity) for rows in (inside, outside)]
        bags = [lengthen(known), lengthen(others, SHORT * lengths(known).mean())]
        result = numpy.zeros((len(outside), len(self.topics)))
        for locale in self.rules.locales:
            here = numpy.array([self.texts[i].locale == locale for i in inside])
            classes = scipy.sparse.csr_matrix((here.astype(float),
                (self.right[inside], numpy.arange(len(inside)))), (len(self.topics), len(inside)))
            result = numpy.maximum(result, (bags[1] @ lengthen(classes @ bags[0]).T).toarray())
        return result

    def all_likeness(self):
        result = numpy.zeros((len(self.texts), len(self.topics)))
        for part in range(FOLDS):
            inside, outside = numpy.where(self.part != part)[0], numpy.where(self.part == part)[0]
            result[outside] = self.likeness(inside, outside)
        return result

    def fit(self, rows, likeness):
        """Weights of concepts, and of likeness."""
        x, offsets, alike = self.concepts[rows], self.offsets[rows], likeness[rows]
        xt = x.T.tocsr()
        y = numpy.zeros((len(rows), len(self.topics)))
        y[numpy.arange(len(rows)), self.right[rows]] = 1
        allowed = (numpy.asarray(x.sum(0)).ravel() >= LEAST)[:, None] & numpy.ones(
            (x.shape[1], len(self.topics)), bool)

        def loss(flat):
            w = flat[1:].reshape(allowed.shape) * allowed
            scores = x @ w + offsets + 10 * flat[0] * alike
            scores -= scores.max(1, keepdims=True)
            shares = numpy.exp(scores)
            shares /= shares.sum(1, keepdims=True)
            value = -numpy.log((shares * y).sum(1) + 1e-12).sum() + (w * w).sum() / (2 * PULL)
            slope = ((xt @ (shares - y) + w / PULL) * allowed).ravel()
            return value, numpy.concatenate([[10 * ((shares - y) * alike).sum()], slope])

        flat = numpy.concatenate([[2.0], numpy.zeros(allowed.size)])
        for _ in range(2):  # once more with the small ones gone
            flat = scipy.optimize.minimize(loss, flat, jac=True, method="L-BFGS-B",
                options={"maxiter": 200}).x
            allowed &= numpy.abs(flat[1:].reshape(allowed.shape)) >= SMALLEST
        return flat[1:].reshape(allowed.shape) * allowed, 10 * flat[0]

    def shares(self, rows, likeness, weights, training):
        scores = self.concepts[rows] @ weights + self.offsets[rows] + training * likeness[rows]
        scores -= scores.max(1, keepdims=True)
        shares = numpy.exp(scores)
        return shares / shares.sum(1, keepdims=True)


def lengths(matrix):
    return numpy.sqrt(numpy.asarray(matrix.multiply(matrix).sum(1)).ravel())


def lengthen(matrix, least=1e-6):
    """Every row to the length 1; shorter than the least, as if it had that."""
    return scipy.sparse.diags(1 / numpy.maximum(lengths(matrix), least)) @ matrix


def cross(problem, likeness):
    """Each part decided by what was fitted to the others."""
    confusion = collections.Counter()
    count = right_count = sure = sure_right = 0
    for part in range(FOLDS):
        inside, outside = numpy.where(problem.part != part)[0], numpy.where(problem.part == part)[0]
        weights, training = problem.fit(inside, likeness)
        shares = problem.shares(outside, likeness, weights, training)
        best = shares.argmax(1)
        right, above = best == problem.right[outside], shares.max(1) >= 0.9
        count, right_count = count + len(right), right_count + right.sum()
        sure, sure_right = sure + above.sum(), sure_right + (right & above).sum()
        for i, b in zip(outside[~right], best[~right]):
            confusion[problem.topics[problem.right[i]], problem.topics[b]] += 1
        by_locale = ", ".join(f"{locale} {right[[problem.texts[i].locale == locale for i in outside]].mean():.1%}"
            for locale in problem.rules.locales)
        print(f"part {part + 1}: {right.mean():.1%} of {len(right)} right ({by_locale}); "
            f"{(weights != 0).sum()} weights, training {training:.1f}", flush=True)
    print(f"all: {right_count / count:.1%}; at a confidence of 0.9 or more: {sure / count:.0%} of all, "
        f"{sure_right / max(sure, 1):.1%} of them right")
    for (right, got), n in confusion.most_common(30):
        print(f"  {n:3}  {right} taken for {got}")


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


def write(problem, folder, weights):
    fitted = {}
    for i, name in enumerate(problem.columns):
        pairs = [(problem.topics[k], weights[i][k]) for k in numpy.argsort(-numpy.abs(weights[i]))]
        fitted[name] = [f"{topic}: {w:.1f}" for topic, w in pairs if abs(round(w, 1)) > 0]
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".yaml"):
                rewrite(os.path.join(root, name), fitted)


def rewrite(path, fitted):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    parts = re.split(r"(?m)^concepts:\n", text, maxsplit=1)
    if len(parts) < 2:
        return
    entries = re.split(r"(?m)^(?=  [a-z]\w*:)", parts[1])
    for i, entry in enumerate(entries):
        name = re.match(r"  ([a-z]\w*):", entry)
        if name is None:
            continue
        entry = re.sub(r"(?m)^    weights:[^}]*\}\n", "", entry)
        lines = entry.splitlines(keepends=True)
        end = len(lines)  # of what is its own: comments before the next one are not
        while not lines[end - 1].strip() or re.match(r" {0,2}#", lines[end - 1]):
            end -= 1
        if fitted.get(name.group(1)):
            lines.insert(end, wrap("    weights: ", fitted[name.group(1)], 6) + "\n")
        entry = "".join(lines)
        entries[i] = entry
    with open(path, "w", encoding="utf-8") as file:
        file.write(parts[0] + "concepts:\n" + "".join(entries))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rules", default="rules/")
    parser.add_argument("--triagectl", default="build/triagectl")
    parser.add_argument("--write", action="store_true", help="into the rules; else show only")
    options = parser.parse_args()
    problem = Problem(Rules(options.triagectl, options.rules))
    likeness = problem.all_likeness()
    if not options.write:
        cross(problem, likeness)
        return
    weights, training = problem.fit(numpy.arange(len(problem.texts)), likeness)
    write(problem, options.rules, weights)
    print(f"{(weights != 0).sum()} weights written; the best 'training' of the policy's scores "
        f"would be {training:.0f}, it is {problem.rules.training:.0f}")


if __name__ == "__main__":
    main()
