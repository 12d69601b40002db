#!/bin/sh
# SPDX-License-Identifier: MIT
# A program for the tests out of a Debian package that is not installed: its
# package would start a service (prometheus) or replace the machine's mail server
# (postfix). Downloads the package once, as any user, and unpacks it under
# build/tools/PACKAGE, where nothing of it is ever started by itself.
#
#   get_tool.sh PACKAGE PROGRAM      prints the program's path
#
# A PROGRAM that the machine has anyway is taken as it is.
set -eu

[ $# -eq 2 ] || {
	sed -n 's/^#   get_tool.sh/usage: get_tool.sh/p' "$0" >&2
	exit 2
}
package=$1
program=$2

PATH=$PATH:/usr/sbin:/sbin
if command -v "$program" 2>/dev/null; then
	exit 0
fi
cd "$(dirname "$0")/.."
top=$(pwd -P)/build/tools
mkdir -p "$top"
# Two test runs at once: the second one waits, and finds it done.
exec 9>"$top/.lock"
flock 9

# The path of a script that starts the program with its package's own libraries
# (those of postfix are in /usr/lib/postfix).
found() {
	real=$(find "$top/$package" -path "*bin/$program" -type f 2>/dev/null | head -n 1)
	[ -n "$real" ] || return 1
	start=$top/$package/$program
	printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' \
	    "$top/$package/usr/lib/$package" "$real" >"$start.new"
	chmod +x "$start.new"
	mv "$start.new" "$start"
	echo "$start"
}

if found; then
	exit 0
fi
# apt fetches as a user of its own, who may not reach this folder.
new=$(mktemp -d "${TMPDIR:-/tmp}/triaged-tool-XXXXXX")
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT TERM HUP
[ "$(id -u)" -ne 0 ] || chown _apt "$new"
(cd "$new" && apt-get -qq download "$package" >download.log 2>&1) || {
	echo "get_tool: cannot download $package: $(tail -n 1 "$new/download.log")" >&2
	echo "get_tool: (\"apt-get update\" may help)" >&2
	exit 1
}
dpkg-deb -x "$new/$package"_*.deb "$new/unpacked"
rm -rf "${top:?}/$package"
mv "$new/unpacked" "$top/$package"
found || {
	echo "get_tool: the package $package has no program $program" >&2
	exit 1
}
