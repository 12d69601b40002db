# SPDX-License-Identifier: MIT
"""What "make install" puts where, and that everybody may read it."""
import os
import subprocess

import support

SHARE = "usr/share/triaged"


def test_installed_files_are_readable_whatever_the_umask(tmp_path):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "SAN", "BUILD")}
    subprocess.run(["make", "install", f"DESTDIR={tmp_path}/root", "PREFIX=/usr"], check=True,
                   cwd=support.ROOT, env=environment, umask=0o077, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT)
    modes = {str(path.relative_to(tmp_path / "root")): path.stat().st_mode & 0o777
             for path in (tmp_path / "root").rglob("*")}
    wanted = {"usr/sbin/triaged": 0o755, "usr/bin/triagectl": 0o755,
              f"{SHARE}/wire.md": 0o644, f"{SHARE}/decision.json": 0o644}
    for folder, pattern, place in (("schemas/sql", "*.sql", "sql"), ("rules", "*", "rules")):
        for path in (support.ROOT / folder).rglob(pattern):
            name = f"{SHARE}/{place}/{path.relative_to(support.ROOT / folder)}"
            wanted[name] = 0o755 if path.is_dir() else 0o644
    assert {name: modes.get(name) for name in wanted} == wanted
    assert {name: mode for name, mode in modes.items() if mode not in (0o755, 0o644)} == {}
