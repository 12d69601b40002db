/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "endpoint.h"

static void
expect(const char *folder, const char *wanted)
{
	char *endpoint;

	if (folder != NULL)
		setenv("XDG_RUNTIME_DIR", folder, 1);
	else
		unsetenv("XDG_RUNTIME_DIR");
	endpoint = endpoint_default();
	assert_string_equal(endpoint, wanted);
	free(endpoint);
}

static void
test_the_runtime_folder_if_absolute(void **state)
{
	(void)state;
	expect(NULL, "ipc:///run/triaged/triaged.sock");
	expect("", "ipc:///run/triaged/triaged.sock");
	expect("run/user", "ipc:///run/triaged/triaged.sock");
	expect("/run/user/7", "ipc:///run/user/7/triaged.sock");
}

static void
test_nothing_is_cut(void **state)
{
	char folder[301], wanted[400] = "ipc://";

	(void)state;
	memset(folder, 'x', sizeof(folder) - 1);
	folder[0] = '/';
	folder[sizeof(folder) - 1] = '\0';
	strcat(wanted, folder);
	strcat(wanted, "/triaged.sock");
	expect(folder, wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_runtime_folder_if_absolute),
		cmocka_unit_test(test_nothing_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
