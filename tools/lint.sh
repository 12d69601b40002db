#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks what the compiler alone does not: warnings as errors with gcc and
# clang, cppcheck where installed, headers that compile alone, no variables
# outside the log, and by lint_source.py and lint_samples.py the homes of
# libraries, layers, sizes, and rules that quote the samples. All checks run;
# the status is 1 when one of them failed.
set -u
cd "$(dirname "$0")/.." || exit 1

build=build/lint
python=${PYTHON:-/usr/bin/python3}
make="${MAKE:-make} --no-print-directory -s CI=1 SAN= -j2 -k"
failed=
mkdir -p "$build"

check() {
	name=$1
	shift
	if "$@" >"$build/output" 2>&1; then
		printf '  %-9s ok\n' "$name"
		sed 's/^/    /' "$build/output"
	else
		printf '  %-9s FAILED\n' "$name"
		sed 's/^/    /' "$build/output"
		failed="$failed $name"
	fi
}

sources=$(find daemon tools tests -name '*.c' | sort)
headers=$(find daemon tools -name '*.h' | sort)

# The objects for "under": every source's, below that folder.
objects() {
	printf "$1/%s.o " $(echo "$2" | sed 's/\.c$//')
}

warnings_gcc() {
	$make BUILD=$build/gcc $(objects $build/gcc "$sources") | grep -v '^  CC '
	$make BUILD=$build/gcc -q $(objects $build/gcc "$sources")
}

# clang only reads: nothing is written, so every run reads all.
warnings_clang() {
	$make BUILD=$build/clang CC=clang-14 CFLAGS=-fsyntax-only \
	    $(objects $build/clang "$sources") >"$build/clang.log" 2>&1
	status=$?
	grep -v '^  CC ' "$build/clang.log"
	return $status
}

# Each header alone, and twice.
headers_alone() {
	stubs=
	for header in $headers; do
		stub=$build/header/$(echo "$header" | tr '/.' '__').c
		mkdir -p "$build/header"
		printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$stub.new"
		cmp -s "$stub.new" "$stub" && rm "$stub.new" || mv "$stub.new" "$stub"
		stubs="$stubs
$stub"
	done
	$make BUILD=$build/gcc CFLAGS='-fsyntax-only -I.' $(objects $build/gcc "$stubs") \
	    >"$build/header.log" 2>&1
	status=$?
	grep -v '^  CC ' "$build/header.log"
	return $status
}

# Variables that can change, outside the log; pattern.h promises one fact about
# the process. Constants with addresses in them stand in .data.rel.ro, which is
# read-only once the program runs.
globals() {
	for source in $(find daemon tools -name '*.c' ! -path daemon/log.c | sort); do
		nm --format=sysv "$build/gcc/${source%.c}.o" | awk -F'|' -v source="$source" '
			{ gsub(/ /, "", $1); gsub(/ /, "", $7); gsub(/ /, "", $4) }
			$1 == "pattern_jit_refused" { next }
			$7 ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && $7 !~ /^\.data\.rel\.ro/ &&
			    $4 ~ /OBJECT|TLS/ {
				print source ": variable " $1 " (only the log may have one)"
			}'
	done >"$build/globals"
	cat "$build/globals"
	! [ -s "$build/globals" ]
}

# Its status does not count all it finds: any word is a fault. What it says of
# variables filled by another function (ctuuninitvar) is wrong more often than
# right; the sanitizers and gcc look there.
static_analysis() {
	mkdir -p "$build/cppcheck"
	cppcheck --quiet --std=c11 -j2 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --suppress=ctuuninitvar --error-exitcode=1 --template=gcc \
	    --cppcheck-build-dir="$build/cppcheck" -Idaemon -Itools -D_GNU_SOURCE \
	    '-DTRIAGED_VERSION=""' '-DTRIAGED_SHARE=""' '-DTRIAGED_CONFIG=""' daemon tools >"$build/cppcheck.log" 2>&1
	status=$?
	cat "$build/cppcheck.log"
	[ $status -eq 0 ] && ! [ -s "$build/cppcheck.log" ]
}

check gcc warnings_gcc
if command -v clang-14 >/dev/null 2>&1; then
	check clang warnings_clang
fi
check headers headers_alone
check globals globals
if command -v cppcheck >/dev/null 2>&1; then
	check cppcheck static_analysis
fi
check source "$python" tools/lint_source.py
check samples "$python" tools/lint_samples.py

[ -z "$failed" ] || {
	echo "lint: failed:$failed"
	exit 1
}
echo "lint: ok"
