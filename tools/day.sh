#!/bin/sh
# SPDX-License-Identifier: MIT
# A day of triaged, in acts, each with the commands that make it: for "make run", with
# what tools/run.sh has started.
#
#   day.sh [PLACE]     PLACE: the checkout, as one word for a shell
set -eu
cd "$(dirname "$0")/.."
place=${1:-$PWD}
run=build/run
samples="tests/data/tickets-en.jsonl tests/data/tickets-fr.jsonl"
asked=en-018    # lacks something, and is told so
answered=fr-039 # is answered by the help center
. "$PWD/$run/env"
export LC_ALL=C.UTF-8

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$(printf '\033[1m')
	plain=$(printf '\033[0m')
fi

number=0
# act TITLE MEANING
act() {
	number=$((number + 1))
	printf '\n%s%s. %s%s\n%s\n' "$bold" "$number" "$1" "$plain" "$2"
}
# A command as one would type it.
typed() { printf '  %s$ %s%s\n' "$bold" "$*" "$plain"; }
# What is too long for a screen is cut.
indent() { sed -E 's/^(.{97}).{2,}$/\1…/; s/^/  /'; }
as_operator() { PGUSER=otto "$@"; }
# receipt ID KEY: a text out of the answer to a ticket that was pushed.
receipt() { sed -n "/\"id\":\"$1\"/s/.*\"$2\":\"\([^\"]*\)\".*/\1/p" "$run/receipts"; }

mails_are_out() { as_operator triagectl status | grep -q '^mail.* 0 pending, 0 sending'; }

act "The form's backend pushes $(cat $samples | wc -l) sample tickets" \
    "accepted = committed in PostgreSQL; the same again would be \"duplicate\", with the first answer."
typed "cat tests/data/tickets-*.jsonl | triagectl push -"
cat $samples | triagectl push --receipts "$run/receipts" - >"$run/push" || {
	indent <"$run/push"
	exit 1
}
head -n 1 "$run/push" | indent

act "How they were decided" \
    "routed: to a team; needs_info: asked for what is missing; answered: by the help center's text."
tail -n +2 "$run/push"

act "The queues" \
    "queued: for the team; waiting: for the requester. The samples have dates of their own: hence the ages."
typed "triagectl queues"
triagectl queues >"$run/queues"
head -n 5 "$run/queues" | indent
echo "  … $(($(wc -l <"$run/queues") - 7)) rows more, and the sum:"
tail -n 1 "$run/queues" | indent

reference=$(receipt $asked reference)
token=$(receipt $asked follow_up_token)
team=$(receipt $asked team)
[ -n "$reference" ] || {
	echo "day: the sample $asked has no answer" >&2
	exit 1
}

act "An agent is added, takes the most pressing ticket, notes something and closes it" \
    "otto is the operator, ada the agent. What she holds nobody else gets, until her lease ends."
typed "PGUSER=otto triagectl agent add ada --team $team --language en,fr --login ada"
as_operator triagectl agent add ada --team "$team" --language en,fr --login ada | indent
typed "triagectl next --detach"
taken=0
triagectl next --detach >"$run/page" 2>"$run/said" || taken=$?
case $taken in
0)
	ticket=$(sed -n '1s/:.*//p' "$run/page")
	sed '/^$/,$d' "$run/page" | head -n 9 | indent
	printf '    … then what the person wrote, what we told them, the history\n'
	typed "triagectl note $ticket 'called back'; triagectl done $ticket"
	triagectl note "$ticket" 'called back' | indent
	triagectl done "$ticket" | indent
	;;
4) echo "  (there is none)" ;;
*)
	cat "$run/said" >&2
	exit 1
	;;
esac

act "One decision, explained" \
    "Of a sample that lacks something. Made again with its reasons, without daemon or database."
typed "triagectl explain --id $asked < tests/data/tickets-en.jsonl"
triagectl explain --id "$asked" <tests/data/tickets-en.jsonl >"$run/page"
sed -e '/^Scores/,/^$/d' -e '/^The mail that goes out/,$d' "$run/page" | sed '/^$/d' | indent
printf '    … with what else it could have been, and the mail\n'

act "Its requester answers, and the ticket goes to the team" \
    "Only what was missing is asked for; the queue orders it by the time it first came."
typed "triagectl lookup $reference"
triagectl lookup "$reference" | grep -E '^(outcome|missing)' | indent
typed "echo 'Yes, Anthony knows, we talked about it.' | triagectl follow-up $reference --token $token -"
echo 'Yes, Anthony knows, we talked about it.' | triagectl follow-up "$reference" --token "$token" - |
	grep -E '^(outcome|missing)' | indent
typed "triagectl show $reference"
triagectl show "$reference" | grep -E '^  (place|due) ' | sed 's/^  //' | indent

tries=0
until mails_are_out; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || {
		echo "day: mails are left; $run/triage-mail.log" >&2
		exit 1
	}
	sleep 0.2
done
act "triage-mail has sent $(find "$run/mail" -name '*.eml' | wc -l) mails" \
    "They went to a mail server of this demonstration, which keeps them in $run/mail. Two of them:"
for ticket in "$reference" "$(receipt $answered reference)"; do
	typed "tools/mail_sink.py show $run/mail --ticket $ticket"
	tools/mail_sink.py show "$run/mail" --ticket "$ticket" --lines 3 | indent
done

act "The operator looks at it all" \
    "For Prometheus there is /metrics, here on a UNIX socket; --http 127.0.0.1:9464 would be TCP."
typed "PGUSER=otto triagectl status"
as_operator triagectl status | indent
typed "curl -s --unix-socket $run/triaged.sock.http http://localhost/metrics"
curl -s --unix-socket "$run/triaged.sock.http" http://localhost/metrics >"$run/metrics"
grep ^triaged_tickets_total "$run/metrics" | head -n 2 | indent
echo "  … $(grep -vc '^#' "$run/metrics") values in all"

printf '\n%sTry it yourself%s, in a second terminal; README.md has a page for each\n' "$bold" "$plain"
cat <<TEXT
  cd $place && . build/run/env
  the form's backend        triagectl push tests/data/tickets-en.jsonl    (each answer: duplicate)
                            triagectl lookup --key $asked
  who writes to us          tools/form/serve.py    (a contact form in your browser: an example)
  the support agent (ada)   triagectl next    (stays, and asks: done, reply, note, move … quit)
  the operator (otto)       export PGUSER=otto; triagectl status; triagectl agent list
                            kill -HUP \$(cat build/run/triaged.pid)    (after a change in rules/)
  who writes the rules      triagectl explain "My student has not answered for three weeks"
                            triagectl check; triagectl eval < tests/data/tickets-fr.jsonl
  logs and mails            tail -f build/run/triaged.log; tools/mail_sink.py show build/run/mail

TEXT
