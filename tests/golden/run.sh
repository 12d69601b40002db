#!/bin/sh
# Golden tests of the rules' diagnostics: each folder under rules/ is checked
# with "triagectl check" and the output compared with its expected.txt.
# UPDATE=1 writes what is printed now. TRIAGECTL names another program.
cd "$(dirname "$0")/../.." || exit 2
ctl=${TRIAGECTL:-build/triagectl}
passed=0
failed=0
for folder in tests/golden/rules/*/; do
	folder=${folder%/}
	# The last line is the summary, which has a hash when all is well.
	actual=$("$ctl" check --rules "$folder" 2>&1 | sed '$d')
	if [ -n "$UPDATE" ]; then
		if [ -n "$actual" ]; then
			printf '%s\n' "$actual"
		fi >"$folder/expected.txt"
	fi
	if [ "$actual" = "$(cat "$folder/expected.txt")" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$folder:"
		printf '%s\n' "$actual" | diff "$folder/expected.txt" -
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
