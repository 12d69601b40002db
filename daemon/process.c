/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "exposition.h"

/* A small file's text; "" when it cannot be read. */
static void
process_read(const char *path, char *text, size_t room)
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	if (file != NULL) {
		n = fread(text, 1, room - 1, file);
		fclose(file);
	}
	text[n] = '\0';
}

/* Seconds since 1970 at which the machine started; 0: unknown. */
static double
process_boot(void)
{
	char text[16384], *line;
	long long seconds = 0;

	process_read("/proc/stat", text, sizeof(text));
	line = strstr(text, "\nbtime ");
	if (line != NULL && sscanf(line, "\nbtime %lld", &seconds) != 1)
		seconds = 0;
	return (double)seconds;
}

/* Fields 20, 22, 23 and 24 of stat: threads, start, virtual bytes, resident pages. The
 * name before them may hold anything, so they are counted from its last ')'. */
static void
process_print_stat(struct strbuf *out)
{
	double boot = process_boot(), ticks = (double)sysconf(_SC_CLK_TCK);
	unsigned long long start, size;
	long threads, pages;
	char text[1024], *rest;

	process_read("/proc/self/stat", text, sizeof(text));
	rest = strrchr(text, ')');
	if (rest == NULL ||
	    sscanf(rest + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d "
		"%llu %llu %ld",
		&threads, &start, &size, &pages) != 4)
		return;
	exposition_gauge(out, ":process_threads", (double)threads, "Threads.");
	exposition_gauge(out, ":process_virtual_memory_bytes", (double)size, "Virtual memory.");
	exposition_gauge(out, ":process_resident_memory_bytes",
	    (double)pages * (double)sysconf(_SC_PAGESIZE), "Resident memory.");
	if (boot > 0)
		exposition_gauge(out, ":process_start_time_seconds", boot + (double)start / ticks,
		    "When the process started, since 1970.");
}

static void
process_print_files(struct strbuf *out)
{
	DIR *folder = opendir("/proc/self/fd");
	struct rlimit limit;
	int count = -1; /* the folder's own */

	if (folder != NULL) {
		const struct dirent *entry;

		while ((entry = readdir(folder)) != NULL)
			count += entry->d_name[0] != '.';
		closedir(folder);
		exposition_gauge(out, ":process_open_fds", count, "Open file descriptors.");
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		exposition_gauge(out, ":process_max_fds", (double)limit.rlim_cur,
		    "File descriptors it may open.");
}

void
process_print(struct strbuf *out)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == 0) {
		exposition_family(out, ":process_cpu_seconds_total", "counter",
		    "Processor time, of the user and the system.");
		exposition_number(out, ":process_cpu_seconds_total", NULL,
		    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	}
	process_print_stat(out);
	process_print_files(out);
}
