#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads the C sources and checks what makes the architecture:

- a library's header is included in its one home only;
- a lower layer of daemon/ never includes a higher one, and the domain asks no
  clock, log, metric or loop;
- nothing in daemon/ calls what makes libpq wait;
- lines, files: at most 100 columns, 500 lines (a test: 700).

Prints one line per fault (file:line: what) and the ten longest files and
functions; the exit status is 1 when there was a fault.
"""
import fnmatch
import pathlib
import re
import sys

FILE_LINES = 500
TEST_LINES = 700  # cases, one after the other
LINE_COLUMNS = 100

# Header of a library -> the files that may include it.
HOMES = {
    r"zmq(_utils)?\.h": ["daemon/zsock*.c", "tools/ctl_client*.c"],
    r"libpq-fe\.h|postgres_ext\.h": ["daemon/pgconn*.[ch]", "tools/ctl_database*.c"],
    r"event2/.*|event\.h|evhttp\.h": ["daemon/loop*.c", "daemon/zsock*.c", "daemon/pgconn*.c",
                                            "daemon/http.c", "daemon/worker.c"],
    r"msgpack(/.*|\.h)": ["daemon/wire*.[ch]"],
    r"pcre2.*\.h": ["daemon/pattern*.c"],
    r"hs(/.*|_.*)?\.?h?": ["daemon/scan*.[ch]"],
    r"utf8proc\.h": ["daemon/fold*.c"],
    r"yaml\.h": ["daemon/yaml*.c"],
    r"sodium(/.*|\.h)": ["daemon/identity*.c"],
    r"openssl/.*": ["daemon/digest*.c"],
    r"systemd/.*": ["daemon/service.c"],
    r"jansson\.h": ["tools/*"],
    r"curl/.*": ["tools/mail_send.c"],
    r"sanitizer/asan_interface\.h": ["daemon/arena.c"],
}
# The C library and the kernel; all other headers in <> need a home above.
SYSTEM = re.compile(
    r"(sys|net|netinet|arpa|linux|bits)/.*|std\w+\.h|(assert|ctype|dirent|endian|errno|fcntl"
    r"|fnmatch|ftw|getopt|glob|grp|inttypes|libgen|limits|locale|math|netdb|poll|pthread|pwd"
    r"|sched|setjmp|signal|string|strings|sysexits|termios|time|unistd|wchar|cpuid|float|fenv)"
    r"\.h")

# daemon/: a module is a file's name up to its first "_" that makes a name here.
# What is not named is the domain, layer 1.
LAYERS = {
    0: "err log mem arena str clock timestamp diag suggest metrics option json endpoint exposition"
       " process",
    2: "loop zsock pgconn service http worker",
    3: "config pipeline request intake store desk housekeeping gauges reload operator start main",
}
NOT_IN_DOMAIN = {"log", "clock", "metrics", "loop"}

# Calls that wait for the server or the network (libpq's manual, 34.1 to 34.6).
WAITING = re.compile(
    r"\b(PQconnectdb(?:Params)?|PQsetdb(?:Login)?|PQreset|PQping(?:Params)?|PQexec(?:Params"
    r"|Prepared)?|PQprepare|PQdescribe(?:Prepared|Portal)|PQclose(?:Prepared|Portal)|PQfn"
    r"|PQcancel|PQrequestCancel|PQendcopy|PQgetline|PQputline|PQputnbytes"
    r"|PQencryptPasswordConn|PQchangePassword|lo_\w+)\s*\(")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

faults = []


def fault(path, line, text):
    faults.append(f"{path}:{line}: {text}")


def without_comments(text):
    """Comments become spaces, string literals empty ones; lines stay."""
    def blank(match):
        piece = match.group(0)
        if piece.startswith("/"):
            return re.sub(r"[^\n]", " ", piece)
        return piece[0] + piece[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def module_of(name):
    """The module's name and layer of a file in daemon/."""
    stem = pathlib.PurePath(name).stem
    for layer, names in LAYERS.items():
        for module in names.split():
            if stem == module or stem.startswith(module + "_"):
                return module, layer
    return stem, 1


def check_home(path, number, header, quoted):
    for pattern, homes in HOMES.items():
        # Our own yaml.h, in quotes, would not be the library's.
        if not re.fullmatch(pattern, header) or (quoted and (path.parent / header).exists()):
            continue
        if not any(fnmatch.fnmatch(str(path), home) for home in homes):
            fault(path, number, f"<{header}> belongs to {', '.join(homes)} only")
        return
    if not quoted and not SYSTEM.fullmatch(header):
        fault(path, number, f"<{header}> has no home: add it to HOMES in tools/lint_source.py")


def check_layer(path, number, header):
    module, layer = module_of(path.name)
    other, other_layer = module_of(header)
    if other_layer > layer:
        fault(path, number, f"layer {layer} ({module}) includes layer {other_layer} ({other})")
    elif layer == 1 and other in NOT_IN_DOMAIN:
        fault(path, number, f"the domain ({module}) includes {other}")


def check_includes(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quoted, header = found.group(1) == '"', found.group(2)
        check_home(path, number, header, quoted)
        if quoted and path.parts[0] == "daemon":
            check_layer(path, number, header)


def check_waiting(path, code):
    for found in WAITING.finditer(code):
        line = code.count("\n", 0, found.start()) + 1
        fault(path, line, f"{found.group(1)} waits; use the asynchronous call")


def check_lines(path, text):
    lines = text.split("\n")
    most = TEST_LINES if path.parts[0] == "tests" else FILE_LINES
    if len(lines) - 1 > most:
        fault(path, 1, f"{len(lines) - 1} lines, at most {most}: split it")
    if path.suffix not in (".c", ".h"):
        return
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > LINE_COLUMNS:
            fault(path, number, f"{len(line.expandtabs(8))} columns, at most {LINE_COLUMNS}")


def functions(path, text):
    """(lines, path:line, name) of every function: from its name to "}"."""
    found, name, start = [], None, 0
    for number, line in enumerate(text.split("\n"), 1):
        named = re.match(r"(?:\w[\w\s*]*[\s*])?(\w+)\(", line)
        if named and not line.endswith(";"):
            name, start = named.group(1), number
        elif line.startswith("}") and name:
            found.append((number - start + 1, f"{path}:{start}", name))
            name = None
        elif line.startswith(("#", "struct", "enum")) or line.rstrip().endswith(");"):
            name = None if not line.startswith("\t") else name
    return found


def show_longest(title, rows):
    print(f"longest {title}:")
    for lines, place, name in sorted(rows, reverse=True)[:10]:
        print(f"{lines:5}  {place} {name}".rstrip())


def main():
    files, all_functions = [], []
    for path in sorted(pathlib.Path(".").glob("*/**/*")):
        if path.parts[0] not in ("daemon", "tools", "tests") or "__pycache__" in path.parts:
            continue
        if path.suffix not in (".c", ".h", ".py", ".sh"):
            continue
        text = path.read_text(encoding="utf-8")
        files.append((text.count("\n"), str(path), ""))
        check_lines(path, text)
        if path.suffix not in (".c", ".h") or path.parts[0] == "tests":
            continue
        code = without_comments(text)
        check_includes(path, text)
        if path.parts[0] == "daemon":
            check_waiting(path, code)
        all_functions += functions(path, code)
    show_longest("files", files)
    show_longest("functions", all_functions)
    for line in faults:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
