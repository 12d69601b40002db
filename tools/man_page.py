#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Completes a manual page with what the programs say of themselves, so that it
cannot lag behind their tables.

    man_page.py PAGE BUILD PREFIX     prints the page

BUILD has the programs; /usr/local in PAGE becomes PREFIX.

A line of PAGE of these asks for something (elsewhere it is an mdoc comment):

    .\\" OPTIONS PROGRAM        the options that PROGRAM --help lists
    .\\" SETTINGS PROGRAM       the settings that PROGRAM --print-config lists
    .\\" COMMANDS PROGRAM       each command of PROGRAM help: text, options, examples
    .\\" MARKDOWN FILE          a text with headings, paragraphs and fenced examples
"""
import itertools
import os
import re
import subprocess
import sys
import textwrap


def say(build, program, *arguments):
    """What a program prints; nothing of this machine's configuration is in it."""
    return subprocess.run([os.path.join(build, program), *arguments], check=True, text=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env={**os.environ, "TRIAGED_CONFIG": "", "LC_ALL": "C.UTF-8"}).stdout


def plain(text):
    """Text for roff: what means something there is escaped, line by line."""
    text = text.replace("\\", "\\e").replace("--", "\\-\\-")
    text = re.sub(r"(?m)^([.'])", r"\\&\1", text)
    return re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found.group(0)):04X}]", text)


def flow(text):
    """A paragraph, each sentence on lines of its own, `code` and **words** in bold."""
    text = re.sub(r"\*\*(.+?)\*\*|`([^`]+)`", lambda found: f"\1{found[1] or found[2]}\2", text)
    lines = []
    for sentence in re.split(r"(?<=[.?!])\s+|(?<=[.?!]\))\s+", " ".join(text.split())):
        lines += textwrap.wrap(sentence, 72, break_long_words=False, break_on_hyphens=False)
    return [plain(line).replace("\1", "\\fB").replace("\2", "\\fR") for line in lines]


def literal_block(lines):
    return [".Bd -literal -offset indent", *(plain(line) for line in lines), ".Ed"]


def prose(text):
    """Paragraphs; lines that are indented stay as they are."""
    def kind(line):
        return "" if not line else "literal" if line.startswith("  ") else "flow"
    out = []
    for what, lines in itertools.groupby(text.strip("\n").split("\n"), kind):
        whole = "\n".join(lines)
        if what == "literal":
            out += literal_block(textwrap.dedent(whole).split("\n"))
        elif what:
            out += ([".Pp"] if out else []) + flow(whole)
    return out


def items(rows):
    """A list with tags: (tag in mdoc, text)."""
    out = [".Bl -tag -width Ds"]
    for tag, text in rows:
        out += [f".It {tag}", *flow(text)]
    return out + [".El"]


def option_rows(text):
    """(letter, name, unit, text) of the lines that option_help() writes."""
    rows = []
    for line in text.splitlines():
        found = re.match(r"  (?:-(\w), |    )--([\w-]+)(?:=(\S+))?(?:\s+(.*))?$", line)
        if found:
            rows.append([*found.groups("")])
        elif rows and re.match(r" {8,}\S", line):
            rows[-1][3] = f"{rows[-1][3]} {line.strip()}".strip()
    return rows


def options(text):
    def tag(letter, name, unit):
        name = name.replace("-", "\\-")
        short = f"Fl {letter} , " if letter else ""
        return f"{short}Fl \\-{name}" + (f" Ns = Ns Ar {plain(unit)}" if unit else "")
    return items((tag(letter, name, unit), told) for letter, name, unit, told in option_rows(text))


def setting_rows(text):
    """(name, default, text) of what option_example() writes."""
    told, rows = [], []
    for line in text.splitlines():
        found = re.match(r"#([\w-]+) =(?: (.*))?$", line)
        if found:
            rows.append((found.group(1), found.group(2) or "", " ".join(told)))
            told = []
        elif line.startswith("# "):
            told.append(line[2:])
    return rows


def settings(text):
    return items((f"Ic {name} No = " + (f"Li {plain(value)}" if value else ""), told)
                 for name, value, told in setting_rows(text))


def command_names(build, program):
    """As listed: a name of two words, "db upgrade", is found by asking."""
    listed = say(build, program, "help").split("\nCommands:\n", 1)[1].split("\n\n", 1)[0]
    for line in listed.splitlines():
        words = line.split()
        if words[0] == "help":
            continue
        for name in (words[:2], words[:1]):
            done = subprocess.run([os.path.join(build, program), "help", *name], text=True,
                                  capture_output=True, check=False)
            if done.returncode == 0 and done.stdout.startswith(f"{program} {' '.join(name)}:"):
                yield " ".join(name), done.stdout
                break
        else:
            sys.exit(f"man_page: cannot tell the command's name in: {line}")


def command(program, name, text):
    summary = text.split("\n", 1)[0].split(": ", 1)[1]
    usage = re.search(r"^Usage: (.*)$", text, re.M).group(1)
    about = text.split(usage + "\n", 1)[1].split("\nOptions:\n")[0].split("\nExamples:\n")[0]
    rest = text.split("\nOptions:\n", 1)[-1] if "\nOptions:\n" in text else ""
    examples = text.split("\nExamples:\n", 1)[1].split("\n\n", 1)[0].rstrip("\n")
    out = [f".Ss {name}", plain(f"{summary[0].upper()}{summary[1:]}."),
           f".Dl {plain(usage)}", ".Pp", *prose(about)]
    if rest:
        out += options(rest.split("\nExamples:\n")[0])
    return out + [".Pp", "Examples:",
                  *literal_block(line.removeprefix("  ") for line in examples.split("\n"))]


def markdown(text):
    """Of Markdown what schemas/rules.md uses. Its title is left out."""
    out = []
    parts = re.split(r"(?ms)^```\w*\n(.*?)^```$", text)
    for place, part in enumerate(parts):
        if place % 2:
            out += literal_block(part.rstrip("\n").split("\n"))
            continue
        for paragraph in re.split(r"\n{2,}", part.strip("\n")):
            if paragraph.startswith("## "):
                out.append(f".Ss {plain(paragraph[3:])}")
            elif paragraph.startswith("    "):
                out += literal_block(textwrap.dedent(paragraph).split("\n"))
            elif paragraph and not paragraph.startswith("# "):
                # A heading and a block bring their own space.
                quiet = not out or out[-1].startswith((".Ss", ".Sh"))
                out += ([] if quiet else [".Pp"]) + flow(paragraph)
    return out


def complete(page, build):
    for line in page.splitlines():
        found = re.match(r'\.\\" (OPTIONS|SETTINGS|COMMANDS|MARKDOWN) (\S+)$', line)
        if not found:
            yield line
            continue
        what, name = found.groups()
        if what == "OPTIONS":
            yield from options(say(build, name, "--help"))
        elif what == "SETTINGS":
            yield from settings(say(build, name, "--print-config"))
        elif what == "COMMANDS":
            for each, text in command_names(build, name):
                yield from command(name, each, text)
        else:
            with open(name, encoding="utf-8") as file:
                yield from markdown(file.read())


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: man_page.py PAGE BUILD PREFIX")
    with open(sys.argv[1], encoding="utf-8") as file:
        page = file.read().replace("/usr/local/", f"{sys.argv[3]}/")
    print("\n".join(complete(page, sys.argv[2])))


if __name__ == "__main__":
    main()
