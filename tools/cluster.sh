#!/bin/sh
# SPDX-License-Identifier: MIT
# A private PostgreSQL cluster for "make run", the tests and the bench. It listens
# on a UNIX socket in its own folder (0700) and nowhere else, so that "trust"
# is enough, and leaves the machine's clusters alone. What is committed is on the
# disk: fsync stays on, and the figures of the bench mean something.
#
#   cluster.sh start [--fresh] [DIR]     idempotent; --fresh: from nothing
#   cluster.sh stop [--immediate] [DIR]  --immediate: as a crash would
#   cluster.sh status [DIR]              exit status 3 when it is not running
#   cluster.sh psql [DIR] [ARGUMENT…]    as the superuser, in the database triaged
#   cluster.sh conninfo [DIR]            for libpq, as the database's owner
#   cluster.sh superconninfo [DIR]
#   cluster.sh remove [DIR]              stops it, and nothing is left
#
# DIR is build/cluster; where the server's user cannot get there, or the socket's
# path would be too long for the kernel, /var/tmp/triaged-UID-HASH. The server runs
# as the caller, or as the user postgres when that is root, whom it refuses.
set -eu

port=5432
umask 077
export LC_ALL=C.UTF-8
# Whatever the caller's shell is set to reach is not this cluster.
for name in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p'); do
	unset "$name"
done

fail() {
	echo "cluster: $*" >&2
	exit 1
}

usage() {
	sed -n 's/^#   cluster.sh/usage: cluster.sh/p' "$0" >&2
	exit 2
}

caller=$(id -u)
if [ "$caller" -eq 0 ]; then
	server_uid=$(id -u postgres 2>/dev/null) ||
		fail "no user postgres; install postgresql-15 (make deps)"
else
	server_uid=$caller
fi

# Runs a command as the server's user, in a folder that this user can enter.
as_server() (
	cd /
	if [ "$caller" -eq 0 ]; then
		exec setpriv --reuid=postgres --regid=postgres --init-groups --reset-env \
		    env LC_ALL=C.UTF-8 "$@"
	fi
	exec "$@"
)

checkout=$(cd "$(dirname "$0")/.." && pwd -P)

# True when build/cluster can be the place.
build_will_do() {
	[ "$(printf '%s' "$checkout/build/cluster/.s.PGSQL.$port" | wc -c)" -le 100 ] || return 1
	if [ -e "$checkout/build/cluster" ]; then
		[ "$(stat -c %u "$checkout/build/cluster")" -eq "$server_uid" ] || return 1
	fi
	if [ -e "$checkout/build" ]; then
		[ -w "$checkout/build" ] && as_server test -x "$checkout/build"
	else
		[ -w "$checkout" ] && as_server test -x "$checkout"
	fi
}

default_dir() {
	if build_will_do; then
		echo "$checkout/build/cluster"
	else
		echo "/var/tmp/triaged-$caller-$(printf '%s' "$checkout" | sha256sum | cut -c 1-12)"
	fi
}

programs() {
	bin=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
	[ -n "$bin" ] || fail "no PostgreSQL server programs; install postgresql-15 (make deps)"
	bin=${bin%/initdb}
}

# A value of a conninfo.
quote() {
	case $1 in
	*[!A-Za-z0-9/._-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/[\\\\']/\\\\&/g")" ;;
	*) printf '%s' "$1" ;;
	esac
}

conninfo() {
	echo "host=$(quote "$dir") port=$port dbname=${2:-triaged} user=$1"
}

running() {
	as_server test -e "$dir/data/PG_VERSION" &&
		as_server "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1
}

# Nobody else may have put something at our place: it may be in a folder where
# everybody writes.
check_owner() {
	if [ -L "$dir" ] || { [ -e "$dir" ] && [ ! -d "$dir" ]; }; then
		fail "$dir: not a folder"
	fi
	[ ! -e "$dir" ] || [ "$(stat -c %u "$dir")" -eq "$server_uid" ] ||
		fail "$dir: belongs to another user"
}

# Only what this script made is ever removed.
remove() {
	[ -n "$(ls -A "$dir" 2>/dev/null)" ] || return 0
	check_owner
	[ -e "$dir/.triaged-cluster" ] || fail "$dir: not made by this script, not removed"
	stop immediate
	rm -rf "$dir"
}

# Makes the folder, or takes an empty one of the caller's.
create_folder() {
	if [ ! -e "$dir" ]; then
		(umask 022 && mkdir -p "$(dirname "$dir")")
		mkdir -m 700 "$dir"
	elif [ -L "$dir" ] || [ ! -O "$dir" ] || [ -n "$(ls -A "$dir")" ]; then
		fail "$dir: neither made by this script nor an empty folder of yours"
	fi
	chmod 700 "$dir"
	touch "$dir/.triaged-cluster"
	[ "$caller" -ne 0 ] || chown postgres:postgres "$dir"
}

create() {
	[ -e "$dir/.triaged-cluster" ] || create_folder
	check_owner
	[ ! -e "$dir/data" ] || return 0
	[ "$(printf '%s' "$dir/.s.PGSQL.$port" | wc -c)" -le 107 ] ||
		fail "$dir: too long for the path of a socket"
	as_server test -x "$dir" || fail "$dir: the server's user cannot reach it"
	rm -rf "$dir/new"
	as_server "$bin/initdb" -D "$dir/new" --username=postgres --auth=trust --encoding=UTF8 \
	    --locale=C.UTF-8 --no-sync --no-instructions >"$dir/initdb.log" 2>&1 || {
		cat "$dir/initdb.log" >&2
		fail "initdb failed"
	}
	configure
	mv "$dir/new" "$dir/data"
}

configure() {
	# A list of folders inside a string: two kinds of quotes.
	folder=$(printf '%s' "$dir" | sed "s/[\"']/&&/g")
	cat >>"$dir/new/postgresql.conf" <<-CONF

		listen_addresses = ''
		port = $port
		unix_socket_directories = '"$folder"'
		unix_socket_permissions = 0700
		shared_buffers = 256MB
		max_wal_size = 4GB
		checkpoint_timeout = 15min
		timezone = UTC
		log_timezone = UTC
		log_line_prefix = '%m [%p] %u '
	CONF
	echo 'local all all trust' >"$dir/new/pg_hba.conf"
}

# The owner creates the roles of agents, operators and programs, too.
create_database() {
	psql_as_super() {
		"$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$(conninfo postgres postgres)" "$@"
	}
	psql_as_super <<-'SQL'
		SELECT 'CREATE ROLE triaged LOGIN CREATEROLE'
		 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'triaged') \gexec
		SELECT 'CREATE DATABASE triaged OWNER triaged'
		 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'triaged') \gexec
	SQL
}

start() {
	create
	if ! running; then
		as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 120 -s start \
		    </dev/null || {
			tail -n 20 "$dir/log" >&2
			fail "the server does not start; its log is $dir/log"
		}
	fi
	create_database
}

stop() {
	! running || as_server "$bin/pg_ctl" -D "$dir/data" -m "$1" -w -t 120 -s stop
}

[ $# -gt 0 ] || usage
command=$1
shift
fresh=
mode=fast
if [ "$command" != psql ]; then
	case "${1-}" in
	--fresh) fresh=yes && shift ;;
	--immediate) mode=immediate && shift ;;
	esac
fi
case "${1-}" in
'' | -*) dir=$(default_dir) ;;
/*) dir=$1 && shift ;;
*) dir=$PWD/$1 && shift ;;
esac
[ "$command" = psql ] || [ $# -eq 0 ] || usage
programs

case "$command" in
start)
	[ -z "$fresh" ] || remove
	start
	;;
stop) stop "$mode" ;;
status)
	running || {
		echo "not running: $dir"
		exit 3
	}
	echo "running, pid $(head -n 1 "$dir/data/postmaster.pid"): $dir"
	;;
psql) exec "$bin/psql" -X -d "$(conninfo postgres)" "$@" ;;
conninfo) conninfo triaged ;;
superconninfo) conninfo postgres ;;
remove) remove ;;
*) usage ;;
esac
