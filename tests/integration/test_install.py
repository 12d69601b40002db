# SPDX-License-Identifier: MIT
"""What "make install" puts where, that everybody may read it, and what systemd and
mandoc think of it."""
import os
import re
import subprocess

import pytest

import support

PREFIX = "usr/local"  # the default: another would have the programs made anew
SHARE = f"{PREFIX}/share/triaged"
UNITS = f"{PREFIX}/lib/systemd/system"
SERVICES = sorted(path.name for path in (support.ROOT / "systemd").glob("*.service"))
PAGES = sorted(path for folder in ("daemon", "tools")
               for path in (support.ROOT / folder).glob("*.[158]"))


def get_tool(package, program):
    done = subprocess.run([support.ROOT / "tools" / "get_tool.sh", package, program], text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(done.stderr.strip())
    return done.stdout.strip()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("install") / "root"
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "SAN", "BUILD", "PREFIX")}
    subprocess.run(["make", "install", f"DESTDIR={folder}"], check=True,
                   cwd=support.ROOT, env=environment, umask=0o077, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT)
    return folder


def test_installed_files_are_readable_whatever_the_umask(root):
    modes = {str(path.relative_to(root)): path.stat().st_mode & 0o777
             for path in root.rglob("*")}
    wanted = {f"{PREFIX}/sbin/triaged": 0o755, f"{PREFIX}/bin/triagectl": 0o755,
              f"{SHARE}/schemas/rules.schema.json": 0o644,
              f"{SHARE}/schemas/rules.md": 0o644,  # rules/README.md leads there
              f"{SHARE}/wire.md": 0o644, f"{SHARE}/decision.json": 0o644,
              f"{SHARE}/triaged.conf.example": 0o644,
              f"{UNITS}/triaged.service": 0o644, f"{UNITS}/triaged.socket": 0o644,
              f"{PREFIX}/lib/sysusers.d/triaged.conf": 0o644,
              f"{PREFIX}/lib/tmpfiles.d/triaged.conf": 0o644}
    for page in PAGES:
        wanted[f"{PREFIX}/share/man/man{page.suffix[1:]}/{page.name}"] = 0o644
    for folder, pattern, place in (("schemas/sql", "*.sql", "sql"), ("rules", "*", "rules")):
        for path in (support.ROOT / folder).rglob(pattern):
            name = f"{SHARE}/{place}/{path.relative_to(support.ROOT / folder)}"
            wanted[name] = 0o755 if path.is_dir() else 0o644
    assert {name: modes.get(name) for name in wanted} == wanted
    assert {name: mode for name, mode in modes.items() if mode not in (0o755, 0o644)} == {}


def test_installed_example_is_a_configuration(root, tmp_path):
    text = (root / SHARE / "triaged.conf.example").read_text()
    file = tmp_path / "triaged.conf"
    for content in (text, re.sub(r"(?m)^#(?=[a-z-]+ =)", "", text)):
        file.write_text(content)
        done = subprocess.run([root / PREFIX / "sbin/triaged", "--check", "--config", file,
                               "--rules", root / SHARE / "rules", "--cache", support.CACHE],
                              text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    assert {"[triaged]", "[triagectl]"} <= set(text.splitlines())


# ---- systemd ----


@pytest.fixture
def units(root, tmp_path):
    """All units as installed, with programs that are there."""
    for path in (support.ROOT / "systemd").iterdir():
        text = path.read_text()
        if path.suffix in (".service", ".socket"):
            text = re.sub(r"(?m)^ExecStart=/usr/sbin/\S+",
                          f"ExecStart={root}/{PREFIX}/sbin/triaged", text)
            (tmp_path / path.name).write_text(text)
    return tmp_path


def analyze(units, *arguments):
    if os.geteuid() != 0 and not os.path.isdir("/run/systemd"):
        pytest.skip("systemd-analyze would make /run/systemd, which only root may")
    tool = get_tool("systemd", "systemd-analyze")
    environment = dict(os.environ)
    unpacked = support.ROOT / "build/tools/systemd/lib/systemd/system"
    if unpacked.exists():  # a machine without systemd has none of its units either
        environment["SYSTEMD_UNIT_PATH"] = f"{units}:{unpacked}"
    return subprocess.run([tool, *arguments], env=environment, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_units_have_no_mistake(units):
    done = analyze(units, "verify", "--man=no", "--recursive-errors=yes",
                   *sorted(map(str, units.glob("*.s*"))))
    assert (done.returncode, done.stdout) == (0, "")
    # It would be told of one.
    unit = units / "triaged.service"
    unit.write_text(unit.read_text().replace("ProtectClock=", "ProtectClok="))
    assert analyze(units, "verify", "--man=no", "--recursive-errors=yes",
                   unit).returncode != 0


@pytest.mark.parametrize("service", SERVICES)
def test_services_may_do_little(units, service):
    done = analyze(units, "security", "--offline=true", "--threshold=9", units / service)
    assert done.returncode == 0, done.stdout
    text = (units / service).read_text()
    assert "\nMemoryDenyWriteExecute=yes\n" in text
    assert "\nRestartPreventExitStatus=64 78\n" in text


def test_socket_is_the_daemons_endpoint(root):
    text = (root / UNITS / "triaged.socket").read_text()
    path = re.search(r"(?m)^ListenStream=(.*)$", text).group(1)
    shown = subprocess.run([root / PREFIX / "sbin/triaged", "--help"], text=True,
                           capture_output=True, check=True).stdout
    assert f"ipc://{path}" in " ".join(shown.split())
    assert "\nSocketMode=0660\n" in text
    folder = os.path.dirname(path)
    assert f"\nd {folder} 0755 triaged triaged " in (
        root / PREFIX / "lib/tmpfiles.d/triaged.conf").read_text()
    users = re.findall(r"(?m)^u (\S+)", (root / PREFIX / "lib/sysusers.d/triaged.conf").read_text())
    for service in SERVICES:
        text = (support.ROOT / "systemd" / service).read_text()
        assert re.search(r"(?m)^User=(.*)$", text).group(1) in users


def test_units_start_what_is_installed(root):
    for unit in (root / UNITS).glob("*.service"):
        command = re.search(r"(?m)^ExecStart=(\S+)", unit.read_text()).group(1)
        assert (root / command.lstrip("/")).exists()


# ---- manual pages ----


def page_of(root, name):
    return (root / PREFIX / f"share/man/man{name[-1]}" / name).read_text()


@pytest.mark.parametrize("page", [path.name for path in PAGES])
def test_pages_are_clean(root, page):
    path = root / PREFIX / f"share/man/man{page[-1]}" / page
    done = subprocess.run([get_tool("mandoc", "mandoc"), "-T", "lint", "-W", "warning", path],
                          text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    text = path.read_text()
    assert '.\\" OPTIONS' not in text and '.\\" COMMANDS' not in text
    assert ".Sh EXAMPLES" in text


def options_in(text):
    return set(re.findall(r"(?m)^  (?:-\w,|   ) --([a-z0-9-]+)", text))


def options_of_page(text):
    return {name.replace("\\-", "-") for name in
            re.findall(r"(?m)^\.It (?:Fl \w , )?Fl \\-(\S+)", text)}


def said(root, program, *arguments):
    folder = "bin" if program == "triagectl" else "sbin"
    return subprocess.run([root / PREFIX / folder / program, *arguments], text=True,
                          capture_output=True, check=True).stdout


def test_pages_have_every_option(root):
    for page in PAGES:
        if page.suffix == ".8":
            options = options_in(said(root, page.stem, "--help"))
            assert options and options_of_page(page_of(root, page.name)) == options


def test_page_has_every_command(root):
    page = page_of(root, "triagectl.1")
    parts = dict(re.findall(r"(?ms)^\.Ss ([\w -]+)\n(.*?)(?=^\.S[sh] )", page))
    listed = re.findall(r"(?m)^  (\S+(?: \S+)?)", said(root, "triagectl", "help"))
    for line in listed:
        if line.split()[0] != "help":
            assert any(line.startswith(name) for name in parts), line
    for name, part in parts.items():
        shown = said(root, "triagectl", "help", *name.split())
        assert shown.startswith(f"triagectl {name}:")
        assert options_of_page(part) == options_in(shown), name


def test_page_has_every_variable_and_status():
    tools = support.ROOT / "tools"
    page = (tools / "triagectl.1").read_text()
    parts = {name: set(re.findall(r"[A-Z_]+|\d+", " ".join(re.findall(r"(?m)^\.It (?:Ev )?(.*)", part))))
             for name, part in re.findall(r"(?ms)^\.Sh ([A-Z ]+)\n(.*?)(?=^\.Sh )", page)}
    read = {name for path in (*tools.glob("ctl_*.c"), tools / "triagectl.c")
            for name in re.findall(r'getenv\("(\w+)"', path.read_text())}
    assert len(read) > 5 and read - parts["ENVIRONMENT"] == set()
    codes = re.search(r"enum ctl_exit \{(.*?)\};", (tools / "ctl_command.h").read_text(), re.S)[1]
    codes = set(re.findall(r"= (\d+)", codes))
    assert codes == parts["EXIT STATUS"]
    shown = subprocess.run([support.build_folder() / "triagectl", "help"], text=True,
                           capture_output=True, check=True).stdout
    assert codes == set(re.findall(r"(?<= )\d+(?= )", shown[shown.index("Exit status:"):]))


def test_page_has_every_setting(root):
    page = page_of(root, "triaged.conf.5")
    for section, part in re.findall(r"(?ms)^\.Sh THE SECTION \[(\S+)\]\n(.*?)(?=^\.Sh )", page):
        settings = re.findall(r"(?m)^#([a-z0-9-]+) =", said(root, section, "--print-config"))
        assert settings and re.findall(r"(?m)^\.It Ic (\S+)", part) == settings
    sections = re.findall(r"(?m)^\[(\S+)\]", (root / SHARE / "triaged.conf.example").read_text())
    assert all(f".Sh THE SECTION [{section}]" in page for section in sections)


def test_page_has_every_key_of_the_rules(root):
    page = page_of(root, "triaged-rules.5")
    keys = {key for path in (support.ROOT / "daemon").glob("rules_read*.c")
            for key in re.findall(r'(?m)^    \{"(\w+)", RULES_', path.read_text())}
    assert len(keys) > 50
    assert {key for key in keys if not re.search(rf"\b{key}\b", page)} == set()
