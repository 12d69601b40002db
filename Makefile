# triaged: a support-ticket routing daemon. Plain GNU make.
#
#   make run      everything from nothing: install, build, start, push, show
#   make test     all four rings of tests
#   make          build into build/        SAN=1  with ASan and UBSan
#   make lint     warnings, layers, sizes  V=1    show the commands
#   make chaos    the long forms of the tests at random
#   make bench    ratios against a baseline of the same run
#   make install DESTDIR=… PREFIX=/usr     make clean
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
BUILD ?= build$(if $(SAN),/san)
PYTHON ?= /usr/bin/python3
VERSION := 0.1.0

CC := gcc
PKGS := libevent_core libevent_extra libzmq libpq libpcre2-8 libhs libutf8proc yaml-0.1 \
	msgpack libsodium libcrypto libsystemd
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 \
	$(if $(CI),-Werror)
comma := ,
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Expanded when first used, so that "make deps" works where pkg-config is missing.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DTRIAGED_VERSION='"$(VERSION)"' \
	-DTRIAGED_SHARE='"$(PREFIX)/share/triaged"' -DTRIAGED_CONFIG='"$(SYSCONFDIR)/triaged/triaged.conf"' \
	$(CFLAGS) $(WARN) $(SANFLAGS) $(PKG_CFLAGS) -iquote daemon
LIBS = $(PKG_LIBS) -ljansson -lm

# For builds that nobody gave a -j: all cores.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

quiet = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)';)

LIB := $(BUILD)/libtriaged.a
LIB_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out daemon/main.c,$(wildcard daemon/*.c)))
CTL_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/triagectl.c tools/ctl_*.c))
# Its own parts, and the tools' database client.
MAIL_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/triage_mail.c tools/mail_*.c) \
	tools/ctl_database.c tools/ctl_text.c)
UNIT := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*_test.c))
FUZZ := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.c))
BENCH := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*_bench.c))
CLIENT := $(BUILD)/tests/clients/client_c
MAN := daemon/triaged.8 daemon/triaged.conf.5 daemon/triaged-rules.5 tools/triagectl.1 \
	tools/triage-mail.8
UNITS := triaged.service triaged.socket triage-mail.service
DOCS := $(addprefix $(BUILD)/man/,$(notdir $(MAN))) $(BUILD)/triaged.conf.example
PROGRAMS := $(BUILD)/triaged $(BUILD)/triagectl $(BUILD)/triage-mail

.PHONY: all deps deps-browser run test test-unit test-golden test-fuzz test-integration lint \
	bench chaos fuzz install clean programs units fuzzers benches docs
all: programs
programs: $(PROGRAMS)
units: $(UNIT)
fuzzers: $(FUZZ)
benches: $(BENCH)
docs: $(DOCS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIB_OBJ)
	$(call quiet,AR,$@)rm -f $@ && ar rcs $@ $^

# Paths stand in some of the programs: those are made anew when PREFIX changes.
PATHS := $(shell mkdir -p $(BUILD) && echo '$(PREFIX) $(SYSCONFDIR)' >$(BUILD)/paths.new && \
    { cmp -s $(BUILD)/paths.new $(BUILD)/paths || cp $(BUILD)/paths.new $(BUILD)/paths; })
$(patsubst %.c,$(BUILD)/%.o,$(shell grep -lE 'TRIAGED_(SHARE|CONFIG)|OPTION_FILE_DEFAULT' \
    daemon/*.c tools/*.c)): $(BUILD)/paths

$(BUILD)/triaged: $(BUILD)/daemon/main.o $(LIB)
	$(call quiet,LD,$@)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/triagectl: $(CTL_OBJ) $(LIB)
	$(call quiet,LD,$@)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/triage-mail: $(MAIL_OBJ) $(LIB)
	$(call quiet,LD,$@)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcurl -lpthread

# A unit test takes from the library what it needs and nothing else.
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIB)
	$(call quiet,LD,$@)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIB)
	$(call quiet,LD,$@)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# As ordinary programs that run a corpus (tests/fuzz/main.c); "make fuzz" links
# the same targets with libFuzzer.
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/main.o $(LIB)
	$(call quiet,LD,$@)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# The example client uses libzmq and msgpack-c only: what its reader would link.
$(CLIENT): tests/clients/client.c
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) -std=c11 -O2 $(WARN) -o $@ $< \
	    $$(pkg-config --cflags --libs libzmq msgpack)

# Pages and example say what the programs say of themselves.
$(BUILD)/man/%: daemon/% tools/man_page.py schemas/rules.md $(PROGRAMS)
	@mkdir -p $(@D)
	$(call quiet,MAN,$@)$(PYTHON) tools/man_page.py $< $(BUILD) $(PREFIX) >$@
$(BUILD)/man/%: tools/% tools/man_page.py $(PROGRAMS)
	@mkdir -p $(@D)
	$(call quiet,MAN,$@)$(PYTHON) tools/man_page.py $< $(BUILD) $(PREFIX) >$@

$(BUILD)/triaged.conf.example: $(PROGRAMS)
	@{ echo '# triaged.conf(5): every setting with its default, commented out.' && \
	    for program in triaged triagectl; do echo && $(BUILD)/$$program --print-config || exit; done; } >$@

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

deps:
	@tools/deps.sh
deps-browser:
	@tools/deps.sh browser

run: deps
	@$(MAKE) $(JOBS) --no-print-directory programs
	@tools/run.sh

# Every ring says "N passed, N failed" and stops at its own failures.
test: deps-browser
	@$(MAKE) $(JOBS) --no-print-directory SAN=1 programs units fuzzers
	@$(MAKE) $(JOBS) --no-print-directory SAN= programs benches build/tests/clients/client_c
	@tests/run.sh

test-unit: units
	@tests/run.sh unit
test-golden: programs
	@tests/run.sh golden
test-fuzz: fuzzers
	@tests/run.sh fuzz
test-integration: programs build/tests/clients/client_c
	@tests/run.sh integration

chaos: deps
	@$(MAKE) $(JOBS) --no-print-directory programs
	@TRIAGED_CHAOS_SECONDS=30 TRIAGED_CHAOS_KILLS=20 $(PYTHON) -m pytest -p no:cacheprovider -q \
	    tests/integration/test_agents.py tests/chaos

fuzz: deps
	@tests/fuzz/run.sh

bench: deps
	@$(MAKE) $(JOBS) --no-print-directory programs benches
	@tests/bench/run.sh

lint:
	@tools/lint.sh


# Each file with its mode: neither the umask nor the checkout's modes count.
SHARE = $(DESTDIR)$(PREFIX)/share/triaged
INTO = $(DESTDIR)$(PREFIX)/lib
install: programs docs
	install -d -m 755 $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(SHARE)/sql $(SHARE)/rules
	install -m 755 $(BUILD)/triaged $(DESTDIR)$(PREFIX)/sbin/triaged
	install -m 755 $(BUILD)/triage-mail $(DESTDIR)$(PREFIX)/sbin/triage-mail
	install -m 755 $(BUILD)/triagectl $(DESTDIR)$(PREFIX)/bin/triagectl
	install -m 644 schemas/wire.md schemas/decision.json $(BUILD)/triaged.conf.example $(SHARE)
	install -d -m 755 $(SHARE)/schemas
	install -m 644 schemas/rules.md schemas/rules.schema.json $(SHARE)/schemas
	install -m 644 schemas/sql/*.sql $(SHARE)/sql
	@for folder in $$(find rules -mindepth 1 -type d); do \
	    install -d -m 755 $(SHARE)/$$folder || exit; done
	@for file in $$(find rules -name '*.yaml' -o -name '*.md'); do \
	    install -m 644 $$file $(SHARE)/$$file || exit; done

	@for page in $(MAN); do \
	    page=$${page##*/} && install -D -m 644 $(BUILD)/man/$$page \
	    $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$$page || exit; done
	install -d -m 755 $(INTO)/systemd/system $(INTO)/sysusers.d $(INTO)/tmpfiles.d
	@for unit in $(UNITS); do sed 's,/usr/sbin/,$(PREFIX)/sbin/,' systemd/$$unit | \
	    install -m 644 /dev/stdin $(INTO)/systemd/system/$$unit || exit; done
	install -m 644 systemd/triaged.sysusers $(INTO)/sysusers.d/triaged.conf
	install -m 644 systemd/triaged.tmpfiles $(INTO)/tmpfiles.d/triaged.conf

clean:
	@tools/cluster.sh remove >/dev/null 2>&1 || true
	rm -rf build
