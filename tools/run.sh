#!/bin/sh
# SPDX-License-Identifier: MIT
# "make run": everything at work, on this machine alone. Starts a private PostgreSQL
# and the daemon, pushes the sample tickets, shows what became of them, and leaves
# all running until Ctrl-C.
#
#   ONCE=1   show the same and stop (so, too, without a terminal)
#   KEEP=1   keep the database of the last time
#   RULES=…  another folder of rules
#
# What it started it ends, by process id: the daemon and the private server.
set -eu
cd "$(dirname "$0")/.."
top=$(pwd -P)
build=$top/build
rules=${RULES:-rules}
log=$build/run/triaged.log
samples="tests/data/tickets-en.jsonl tests/data/tickets-fr.jsonl"
explained=en-018

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$(printf '\033[1m')
	plain=$(printf '\033[0m')
fi

say() { printf '%s\n' "$*"; }
# One word for a shell to read, so that what is shown can be pasted.
quote() {
	case $1 in
	'' | *[!A-Za-z0-9/.:=_@%+,-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
	*) printf '%s' "$1" ;;
	esac
}
head_line() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

daemon=
cluster=
short=
clean() {
	status=$?
	trap - EXIT
	trap '' INT TERM HUP
	if [ -n "$daemon" ] && kill -0 "$daemon" 2>/dev/null; then
		kill "$daemon" 2>/dev/null || true
		wait "$daemon" 2>/dev/null || true
	fi
	[ -z "$cluster" ] || tools/cluster.sh stop >/dev/null 2>&1 || true
	[ -z "$short" ] || rm -rf "$short"
	[ -z "$cluster" ] || say "run: the daemon and the private PostgreSQL are stopped"
	exit $status
}
trap clean EXIT
trap 'exit 0' INT TERM HUP

# fail WHAT TO-DO: with the end of the daemon's log, where there is one.
fail() {
	printf '\nrun: %s\n' "$1" >&2
	if [ -s "$log" ]; then
		printf 'The last lines of %s:\n' "$log" >&2
		tail -n 15 "$log" | tr -d '\000-\010\013-\037\177' | sed 's/^/    /' >&2
	fi
	printf 'What to do: %s\n' "$2" >&2
	exit 1
}

export TRIAGED_CONFIG= # not what this machine has
mkdir -p "$build/run"
rm -f "$log"
[ -x "$build/triaged" ] && [ -x "$build/triagectl" ] ||
	fail "the programs are not built" "run \"make run\", or \"make\" first"

# A socket's path has at most 107 bytes.
endpoint=ipc://$build/run/triaged.sock
if [ "$(printf '%s' "$build/run/triaged.sock" | wc -c)" -gt 100 ]; then
	short=$(mktemp -d /tmp/triaged-XXXXXX)
	endpoint=ipc://$short/triaged.sock
fi
ctl=$build/triagectl

if "$ctl" ping --endpoint "$endpoint" --timeout 300ms >/dev/null 2>&1; then
	fail "a triaged of this checkout is running already" \
	    "press Ctrl-C where it runs, then start again"
fi
[ -d "$build/cache" ] || say "compiling the rules' patterns, once (about ten seconds) …"
"$ctl" check --rules "$rules" --cache "$build/cache" >"$build/run/check" 2>&1 || {
	cat "$build/run/check" >&2
	fail "the rules in $rules are not right" "mend the lines shown above"
}

say "starting a private PostgreSQL (nothing else on this machine is touched) …"
fresh=--fresh
[ -z "${KEEP:-}" ] || fresh=
cluster=yes
tools/cluster.sh start $fresh ||
	fail "the private PostgreSQL did not start" "read the message above; \"make deps\" installs the server"
conninfo=$(tools/cluster.sh conninfo)
"$ctl" db upgrade --sql schemas/sql --database "$conninfo" >"$build/run/upgrade" 2>&1 || {
	cat "$build/run/upgrade" >&2
	fail "the schema was not loaded" "KEEP=1 with an older database? Without KEEP it starts anew"
}

say "starting triaged …"
# In a session of its own: Ctrl-C would reach it too, and with the signal of
# clean() be the second one, which means "do not wait".
setsid "$build/triaged" --rules "$rules" --cache "$build/cache" --database "$conninfo" \
    --endpoint "$endpoint" --accept-received-at >"$log" 2>&1 </dev/null &
daemon=$!
# It answers before it has its database, with "retry": wait for both connections.
until "$ctl" ping --endpoint "$endpoint" --timeout 1s >"$build/run/ping" 2>/dev/null &&
    grep -q ' database=0 ready' "$log" && grep -q ' database=1 ready' "$log"; do
	kill -0 "$daemon" 2>/dev/null || {
		daemon=
		fail "triaged ended" "the log's last line says why"
	}
	waited=$((${waited:-0} + 1))
	[ "$waited" -lt 300 ] || fail "triaged does not answer" "the log's last line says what it waits for"
	sleep 0.1
done

head_line "1. The form's backend pushes $(cat $samples | wc -l) sample tickets"
cat $samples | "$ctl" push --endpoint "$endpoint" - >"$build/run/push" ||
	fail "not every ticket was taken" "look at the lines above; $log has more"
head -n 1 "$build/run/push" | sed 's/^/  /'
say "  accepted = committed in PostgreSQL; duplicate = was there already, and got its first answer again"

head_line "2. How they were decided"
tail -n +2 "$build/run/push"
say "  routed: in a team's queue · needs_info: asked exactly for what is missing"
say "  answered: the help center's text closes it · no_action: thanks, out-of-office"

head_line "3. The queues"
"$ctl" queues --database "$conninfo" | sed 's/^/  /'
say "  queued: for the team · waiting: for the requester (the samples carry dates of their own: hence the ages)"

head_line "4. One decision, explained"
grep -h "\"id\": *\"$explained\"" $samples | "$ctl" classify --rules "$rules" --cache "$build/cache" --pretty |
	sed 's/^/  /'

shown_endpoint=$(quote "$endpoint")
shown_conninfo=$(quote "$conninfo")
shown_rules=$(quote "$rules")
head_line "Try it yourself"
cat <<TEXT
  in $(quote "$top"):
  the form's backend
    build/triagectl ping --endpoint $shown_endpoint
    build/triagectl push --endpoint $shown_endpoint tests/data/tickets-en.jsonl
        (the same file again: every answer is "duplicate", nothing is stored twice)
  support agents (taking the next ticket comes with a later release; what waits can be seen now)
    build/triagectl queues --database $shown_conninfo
    tools/cluster.sh psql -c "SELECT reference, team, priority, due_at FROM triaged.ticket_place WHERE state = 'queued' ORDER BY due_at LIMIT 5"
  who writes the rules
    build/triagectl check --rules $shown_rules
    build/triagectl eval --rules $shown_rules < tests/data/tickets-fr.jsonl
    build/triagectl classify --rules $shown_rules --pretty < tests/data/tickets-en.jsonl | less
  the operator
    build/triagectl status --database $shown_conninfo --endpoint $shown_endpoint
    curl --unix-socket $(quote "${endpoint#ipc://}.http") http://localhost/metrics
        (for Prometheus start triaged with --http 127.0.0.1:9464)
    kill -HUP $daemon
        (after a change in $shown_rules: the new rules are used, or refused with the reason in the log)
    build/triagectl db status --sql schemas/sql --database $shown_conninfo
    tail -f $(quote "$log")
TEXT

if [ -n "${ONCE:-}" ] || [ ! -t 0 ] || [ ! -t 1 ]; then
	head_line "That was all; stopping."
	exit 0
fi
head_line "All of it goes on running. Use a second terminal for the commands above; Ctrl-C here stops everything."
wait "$daemon" || true
daemon=
fail "triaged ended by itself" "the log's last line says why"
