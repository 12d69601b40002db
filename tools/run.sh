#!/bin/sh
# SPDX-License-Identifier: MIT
# "make run": everything at work, on this machine alone. Starts a private PostgreSQL,
# the daemon, triage-mail and a mail server that keeps what it gets; then
# tools/day.sh shows a day of it; all goes on running until Ctrl-C.
#
#   ONCE=1   show the same and stop (so, too, without a terminal)
#   KEEP=1   keep the database and the mails of the last time
#   RULES=…  another folder of rules
#   SHADOW=… a folder of rules that decide beside them, and are only recorded
#
# What it started it ends, by process id. A second terminal has the same by
# ". build/run/env": the configuration, and who works.
set -eu
cd "$(dirname "$0")/.."
top=$(pwd -P)
build=$top/build
run=$build/run
python=${PYTHON:-/usr/bin/python3}
ctl=$build/triagectl
log=
# A folder, as who calls us may name it: by its place in the checkout.
absolute() {
	case $1 in
	/* | '') printf '%s' "$1" ;;
	*) printf '%s' "$top/$1" ;;
	esac
}
rules=$(absolute "${RULES:-rules}")
shadow=$(absolute "${SHADOW:-}")

say() { printf '%s\n' "$*"; }
# One word for a shell to read.
quote() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

daemon=
mail=
sink=
cluster=
short=
# end PID: asks a process of ours to stop, and waits.
end() {
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}
clean() {
	status=$?
	trap - EXIT
	trap '' INT TERM HUP
	end "$mail"
	end "$daemon"
	end "$sink"
	[ -z "$short" ] || rm -rf "$short" "$run/triaged.sock" "$run/triaged.sock.http"
	if [ -n "$cluster" ]; then
		rm -f "$run"/*.pid
		tools/cluster.sh stop >/dev/null 2>&1 || true
		say "run: the programs and the private PostgreSQL are stopped"
	fi
	exit $status
}
trap clean EXIT
trap 'exit 0' INT TERM HUP

# fail WHAT TO-DO: with the end of the log that says why, where there is one.
fail() {
	printf '\nrun: %s\n' "$1" >&2
	if [ -n "$log" ] && [ -s "$log" ]; then
		printf 'The last lines of %s:\n' "$log" >&2
		tail -n 15 "$log" | tr -d '\000-\010\013-\037\177' | sed 's/^/    /' >&2
	fi
	printf 'What to do: %s\n' "$2" >&2
	exit 1
}

# quietly WHAT TO-DO COMMAND…: its words are shown only when it fails.
quietly() {
	what=$1 todo=$2
	shift 2
	"$@" >"$run/said" 2>&1 || {
		cat "$run/said" >&2
		fail "$what" "$todo"
	}
}

# wait_for WHAT PID COMMAND…: until the command succeeds.
wait_for() {
	what=$1 pid=$2 waited=0
	shift 2
	until "$@" >/dev/null 2>&1; do
		kill -0 "$pid" 2>/dev/null || fail "$what ended" "the log's last line says why"
		waited=$((waited + 1))
		[ "$waited" -lt 600 ] || fail "$what does not answer" "the log's last line says what it waits for"
		sleep 0.1
	done
}

# A socket's path has at most 107 bytes: where the checkout's is longer, a link leads
# to a short one.
choose_endpoint() {
	endpoint=$run/triaged.sock
	[ "$(printf '%s' "$endpoint.http" | wc -c)" -gt 105 ] || return 0
	short=$(mktemp -d /tmp/triaged-XXXXXX)
	endpoint=$short/triaged.sock
	ln -sfn "$endpoint" "$run/triaged.sock"
	ln -sfn "$endpoint.http" "$run/triaged.sock.http"
}

start_database() {
	say "starting a private PostgreSQL (nothing else on this machine is touched) …"
	fresh=--fresh
	[ -z "${KEEP:-}" ] || fresh=
	cluster=yes
	tools/cluster.sh start $fresh || fail "the private PostgreSQL did not start" \
	    "read the message above; \"make deps\" installs the server"
	conninfo=$(tools/cluster.sh conninfo)
	quietly "the schema was not loaded" "KEEP=1 with an older database? Without KEEP it starts anew" \
	    "$ctl" db upgrade --sql schemas/sql --database "$conninfo"
	# People have logins of their own, in the roles that the schema brings.
	quietly "the logins were not made" "read the message above" tools/cluster.sh psql -q <<-'SQL'
		\set ON_ERROR_STOP on
		SELECT format('CREATE ROLE %I LOGIN IN ROLE %I', name, role)
		FROM (VALUES ('ada', 'triaged_agent'), ('otto', 'triaged_ops')) AS person(name, role)
		WHERE to_regrole(name) IS NULL \gexec
	SQL
}

write_configuration() {
	place=${conninfo% user=*}
	cat >"$run/triaged.conf" <<-CONF
		# Written by tools/run.sh at each start; triaged.conf(5).
		[triaged]
		rules = $rules
		cache = $build/cache
		database = $place user=triaged_daemon
		endpoint = ipc://$endpoint
		accept-received-at = yes
		${shadow:+shadow-rules = $shadow}

		[triage-mail]
		database = $place user=triaged_mail
		relay = $relay
		tls = none
		from = support@example.org
		from-name = Support

		# Without a user: everybody has a login of their own (PGUSER).
		[triagectl]
		endpoint = ipc://$endpoint
		database = $place
		rules = $rules
		cache = $build/cache
		sql = $top/schemas/sql
	CONF
	cat >"$run/env" <<-ENV
		# For a shell, ". build/run/env": what "make run" started, and who works with it.
		export TRIAGED_CONFIG=$(quote "$run/triaged.conf")
		export XDG_STATE_HOME=$(quote "$run/state") # the leases of "triagectl next"
		export TRIAGED_AGENT=ada PGUSER=ada
		PATH=$(quote "$build"):\$PATH
	ENV
}

# start NAME COMMAND…: in a session of its own, since Ctrl-C would reach it too, and
# with the signal of clean() be the second one, which means "do not wait".
start() {
	log=$run/$1.log
	shift
	setsid "$@" >"$log" 2>&1 </dev/null &
	started=$!
	echo "$started" >"${log%.log}.pid"
}

daemon_is_ready() {
	"$ctl" ping --endpoint "ipc://$endpoint" --timeout 1s && grep -q ' database=0 ready' "$log" &&
	    grep -q ' database=1 ready' "$log" && grep -q 'follow-ups: database ready' "$log" &&
	    { [ -z "$shadow" ] || grep -q 'shadow: policy=' "$log"; }
}

# Not what this shell, or this machine, has.
for name in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p'); do
	unset "$name"
done
export TRIAGED_CONFIG=
mkdir -p "$run"
[ -x "$build/triaged" ] && [ -x "$ctl" ] && [ -x "$build/triage-mail" ] ||
	fail "the programs are not built" "run \"make run\", or \"make\" first"
other=$(readlink "$run/triaged.sock" || echo "$run/triaged.sock")
! "$ctl" ping --endpoint "ipc://$other" --timeout 300ms >/dev/null 2>&1 ||
	fail "a triaged of this checkout is running already" "press Ctrl-C where it runs, then start again"
rm -rf "$run"/*.log "$run"/*.pid "$run/state"
[ -n "${KEEP:-}" ] || rm -rf "$run/mail"
choose_endpoint

[ -d "$build/cache" ] || say "compiling the rules' patterns, once (some seconds) …"
for folder in "$rules" ${shadow:+"$shadow"}; do
	quietly "the rules in $folder are not right" "mend the lines shown above" \
	    "$ctl" check --rules "$folder" --cache "$build/cache"
done
start_database

say "starting triaged, triage-mail and a mail server that sends nothing on …"
start sink "$python" tools/mail_sink.py serve "$run/mail"
sink=$started
wait_for "tools/mail_sink.py" "$sink" grep -q "^127[0-9.:]*$" "$log"
relay=$(cat "$log")
write_configuration
. "$run/env"
start triage-mail "$build/triage-mail"
mail=$started
start triaged "$build/triaged"
daemon=$started
wait_for triaged "$daemon" daemon_is_ready

tools/day.sh "$(quote "$top")" || fail "the day stopped here" "read the message above; the log may say more"
if [ -n "${ONCE:-}" ] || [ ! -t 0 ] || [ ! -t 1 ]; then
	say "That was all; stopping."
	exit 0
fi
say "All of it goes on running; Ctrl-C here stops everything."
while kill -0 "$daemon" 2>/dev/null && kill -0 "$mail" 2>/dev/null; do
	sleep 1
done
kill -0 "$daemon" 2>/dev/null || fail "triaged ended by itself" "the log's last line says why"
log=$run/triage-mail.log
fail "triage-mail ended by itself" "the log's last line says why"
