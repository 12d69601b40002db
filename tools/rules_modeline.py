#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Gives every rules file the first line by which editors find its schema.

    tools/rules_modeline.py [--check] [FOLDER]

FOLDER is "rules" unless given; the schema is schemas/rules.schema.json. A line that
is there and right stays, another is made right. --check only names the files that
are not right; the exit status is then 1 if there are any.
"""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "schemas" / "rules.schema.json"
MARK = "# yaml-language-server: $schema="


def with_modeline(path, text):
    line = f"{MARK}{os.path.relpath(SCHEMA, path.parent)}\n"
    if text.startswith(MARK):
        text = text.partition("\n")[2]
    return line + text


def main(arguments):
    check = "--check" in arguments
    folders = [a for a in arguments if a != "--check"] or [ROOT / "rules"]
    wrong = 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).resolve().rglob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            right = with_modeline(path, text)
            if right == text:
                continue
            wrong += 1
            print(os.path.relpath(path))
            if not check:
                path.write_text(right, encoding="utf-8")
    return 1 if check and wrong else 0


sys.exit(main(sys.argv[1:]))
