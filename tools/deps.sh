#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing to build, run and test: libraries, compilers, the
# PostgreSQL server's programs and Python modules, from Debian 12. No service is
# started and no PostgreSQL cluster is created. With nothing missing it asks for
# nothing.
#
#   tools/deps.sh [browser]     browser: also what the example form is tested with
set -eu

packages="
 gcc libc6-dev pkg-config clang-14 libclang-rt-14-dev
 libevent-dev libzmq3-dev libpq-dev libpcre2-dev libutf8proc-dev libyaml-dev
 libmsgpack-dev libsodium-dev libssl-dev libsystemd-dev libsystemd-shared libjansson-dev
 libcurl4-openssl-dev libcmocka-dev
 tzdata procps sudo curl
 postgresql-15 postgresql-15-pgtap
 python3 python3-pytest python3-pytest-xdist python3-zmq python3-msgpack python3-psycopg
 python3-jsonschema python3-yaml python3-aiosmtpd
 php-cli php-zmq php-msgpack
"
# Without any font Chromium ends at the first page.
[ "${1:-}" != browser ] ||
	packages="$packages chromium chromium-driver python3-selenium fonts-dejavu-core"
# Both packages offer libhs and exclude each other. Vectorscan 5.4.9 overlooks
# matches now and then (daemon/scan.h), so Hyperscan is taken where it exists; a
# Vectorscan that is here already stays, and the daemon then decides by PCRE2.
if ! dpkg-query -W -f '${db:Status-Status}\n' libvectorscan-dev 2>/dev/null | grep -qx installed; then
	case $(dpkg --print-architecture) in
	amd64) packages="$packages libhyperscan-dev" ;;
	*) packages="$packages libvectorscan-dev" ;;
	esac
fi

missing=
for package in $packages; do
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1; then
	as_root=sudo
else
	echo "deps: missing packages and neither root nor sudo; install:$missing" >&2
	exit 1
fi
echo "deps: installing$missing"
# postgresql-common creates a cluster on install unless told otherwise, and
# packages try to start services unless a policy forbids it; both are undone.
$as_root sh -eu -s -- $missing <<'ROOT'
export DEBIAN_FRONTEND=noninteractive
common=/etc/postgresql-common
made_policy=
made_folder=
clean() {
	[ -z "$made_policy" ] || rm -f /usr/sbin/policy-rc.d
	rm -f "$common/createcluster.d/zz-triaged.conf"
	[ -z "$made_folder" ] || rmdir "$common/createcluster.d" 2>/dev/null || true
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
if [ ! -e /usr/sbin/policy-rc.d ]; then
	made_policy=yes
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod 755 /usr/sbin/policy-rc.d
fi
[ -d "$common/createcluster.d" ] || made_folder=yes
mkdir -p "$common/createcluster.d"
# Read last of the folder, and after all of createcluster.conf.
echo 'create_main_cluster = false' >"$common/createcluster.d/zz-triaged.conf"
# A createcluster.conf that was there may have lost its include_dir.
if [ -e "$common/createcluster.conf" ] && command -v pg_conftool >/dev/null 2>&1 &&
    [ "$(pg_conftool "$common/createcluster.conf" show -bs create_main_cluster || true)" != off ]; then
	echo "deps: write \"create_main_cluster = false\" into $common/createcluster.conf first" >&2
	echo "deps: (as it is, installing postgresql-15 would create a cluster)" >&2
	exit 1
fi
apt-get -q update
apt-get -q install -y --no-install-recommends "$@"
ROOT
