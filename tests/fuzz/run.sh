#!/bin/sh
# SPDX-License-Identifier: MIT
# "make fuzz": every tests/fuzz/*_fuzz.c with libFuzzer, ASan and UBSan, for
# FUZZ_SECONDS (60) each. What libFuzzer finds on its way is kept under
# build/fuzz/; a crash leaves its input there and its name on the screen. Names
# of targets as arguments ("wire") run only these.
set -eu
cd "$(dirname "$0")/../.."

seconds=${FUZZ_SECONDS:-60}
build=build/fuzz
packages='libevent_core libevent_extra libzmq libpq libpcre2-8 libhs libutf8proc yaml-0.1 msgpack
 libsodium'
compile="clang-14 -std=c11 -D_GNU_SOURCE -DTRIAGED_VERSION=\"fuzz\" -DTRIAGED_SHARE=\"rules\"
 -DTRIAGED_CONFIG=\"/etc/triaged/triaged.conf\" -O1 -g
 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -iquote daemon
 $(pkg-config --cflags $packages)"
mkdir -p "$build/daemon"

# The modules once, instrumented; the targets one by one.
for source in daemon/*.c; do
	[ "$source" != daemon/main.c ] || continue
	object=$build/${source%.c}.o
	[ -e "$object" ] && [ -z "$(find daemon -newer "$object" -name '*.[ch]')" ] ||
		$compile -fsanitize=fuzzer-no-link -c -o "$object" "$source"
done

[ $# -gt 0 ] || set -- $(basename -a -s _fuzz.c tests/fuzz/*_fuzz.c)
failed=0
for name in "$@"; do
	target=$build/${name}_fuzz
	found=$build/corpus/$name
	seeds=tests/fuzz/corpus/$name
	mkdir -p "$found" "$build/crashes"
	[ -d "$seeds" ] || seeds=
	rm -f "$build/lib.a"
	ar rcs "$build/lib.a" "$build"/daemon/*.o
	$compile -fsanitize=fuzzer -o "$target" "tests/fuzz/${name}_fuzz.c" "$build/lib.a" \
		$(pkg-config --libs $packages) -ljansson -lm
	echo "fuzz: $name for $seconds s"
	# From here: paths in a target (rules, data) are those of the project.
	if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
		-print_final_stats=1 -artifact_prefix="$build/crashes/$name-" \
		"$found" $seeds >"$build/$name.log" 2>&1; then
		echo "fuzz: $name passed," \
			"$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log") inputs"
	else
		failed=$((failed + 1))
		tail -n 40 "$build/$name.log"
		echo "fuzz: $name FAILED, see $build/$name.log"
	fi
done
echo "fuzz: $# targets, $failed failed"
[ "$failed" -eq 0 ]
