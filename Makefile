# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compiling and installing happen with Debian 13's libraries: on such a host directly, elsewhere
# inside the project's own machine (tests/machine). `make help` lists what a person needs.

PREFIX  ?= /usr
DESTDIR ?=
BUILD   ?= build
CC      ?= gcc

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wvla -Wformat=2 -Wmissing-prototypes \
            -Wstrict-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual \
            -Wwrite-strings -Wimplicit-fallthrough -Wdate-time -Werror=implicit-function-declaration \
            -Werror=incompatible-pointer-types -Werror=int-conversion -Werror=return-type $(WERROR)
# WERROR=-Werror is for the builds of the tests: another compiler than theirs may warn about more.
HARDEN   := -fno-common -fstack-protector-strong -fstack-clash-protection -fPIE \
            $(if $(SANITIZE),,-D_FORTIFY_SOURCE=3)
SANFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)

override CPPFLAGS += -D_GNU_SOURCE -Ilib
# A program sees lib/ and its own folder; tests/arrows checks what may include what inside them.
$(BUILD)/web/%.o $(BUILD)/tests/%.o: override CPPFLAGS += -Iweb
$(BUILD)/l4d2ctl/%.o: override CPPFLAGS += -Il4d2ctl
$(BUILD)/helpers/%.o: override CPPFLAGS += -Ihelpers
# The tests' own code runs once; to optimize it would take longer.
$(BUILD)/tests/unit/%.o: override CFLAGS += -O0
# Parts that helpers share have tests of their own.
$(BUILD)/tests/unit/test-archive.o $(BUILD)/tests/fuzz/fuzz-archive.o: override CPPFLAGS += -Ihelpers
$(BUILD)/tests/unit/%.o: override CPPFLAGS += -DTEST_LOCALES='"$(abspath $(BUILD)/tests/locale)"'
override CFLAGS   += -std=gnu17 $(WARNINGS) $(HARDEN) $(SANFLAGS)
override LDFLAGS  += -pie -Wl,-z,relro,-z,now $(SANFLAGS)

LIB       := $(BUILD)/lib/libleft4me.a
LIB_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c))
CTL_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard l4d2ctl/*.c l4d2ctl/*/*.c))
# The main file of a helper and its room, helpers/NAME/. Those that share parts add the parts' objects.
helper    = $(patsubst %.c,$(BUILD)/%.o,helpers/left4me-$(1).c $(wildcard helpers/$(1)/*.c))
HOST_CONFIG_OBJ := $(BUILD)/helpers/common/host-config.o
SPEC_ERRORS_OBJ := $(BUILD)/helpers/common/log-spec-errors.o
PRODUCER_OBJ    := $(BUILD)/helpers/common/producer.o
# Downloads over HTTP, for the producers of content, which link -lcurl -lmd.
DOWNLOAD_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard helpers/download/*.c))
# Archives, for the producers of content, which link -larchive.
ARCHIVE_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard helpers/archive/*.c))
# All of web/ without the two programs there.
WEB_LIB   := $(BUILD)/web/libweb.a
WEB_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(filter-out web/main.c web/tools/%,$(wildcard web/*.c web/*/*.c)))
CHECK_TEMPLATES := $(BUILD)/web/check-templates
TEMPLATES_OK    := $(BUILD)/web/templates.ok
WEB_PAGES       := $(wildcard web/templates/*.mustache web/models/*.json web/models/layout/*.json)
UNIT_BIN  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test-*.c))
FUZZ_BIN  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz-*.c))

GENERATOR := $(BUILD)/generator/left4me-generator
CTL       := $(BUILD)/l4d2ctl/l4d2ctl
LAUNCH    := $(BUILD)/helpers/left4me-launch
OVERLAY   := $(BUILD)/helpers/left4me-overlay
LAYER     := $(BUILD)/helpers/left4me-layer
RCON      := $(BUILD)/helpers/left4me-rcon-filter
INSTALL   := $(BUILD)/helpers/left4me-install
WEB       := $(BUILD)/web/left4me-web
PROGRAMS  := $(GENERATOR) $(CTL) $(LAUNCH) $(OVERLAY) $(LAYER) $(RCON) $(INSTALL) $(WEB)
UNPACK    := $(BUILD)/helpers/left4me-unpack
RELEASE   := $(BUILD)/helpers/left4me-release
PROGRAMS  += $(UNPACK) $(RELEASE)
ZIP       := $(BUILD)/helpers/left4me-zip
PROGRAMS  += $(ZIP)

.PHONY: all install clean help
all: $(PROGRAMS) $(TEMPLATES_OK)

help:
	@echo 'make demo      boot a machine, start servers, show them; also in a browser (as root)'
	@echo 'make check     all tests (as root); LEFT4ME_NO_VM=1: without check-vm'
	@echo 'make check-vm  what needs a virtual machine: limits, power cuts (as root)'
	@echo 'make shell     a shell in the booted machine (as root)'
	@echo 'make bench     the benchmarks (as root)'
	@echo 'make install   install on this Debian 13 host'
	@echo 'make pot       the template of all texts, for translators: build/po/left4me.pot'
	@echo 'make all | unit | golden | fuzz-smoke | standin | fmt | fmt-check | lint   on Debian 13'

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(WEB_LIB): $(WEB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# Templates whose names the models don't have end the build.
$(CHECK_TEMPLATES): $(patsubst %.c,$(BUILD)/%.o,$(wildcard web/tools/*.c)) $(WEB_LIB) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd

$(TEMPLATES_OK): $(CHECK_TEMPLATES) $(WEB_PAGES)
	$(CHECK_TEMPLATES) web/templates web/models
	@touch $@

# Every sample of a page as it looks, to be looked at without a server.
.PHONY: web-preview
web-preview: $(CHECK_TEMPLATES)
	rm -rf $(BUILD)/preview
	mkdir -p $(BUILD)/preview/static
	$(CHECK_TEMPLATES) web/templates web/models --render $(BUILD)/preview
	cp web/static/* $(BUILD)/preview/static

# Each program links what its part of the tree may use and nothing more.
$(GENERATOR): $(BUILD)/generator/left4me-generator.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lyaml -linih

$(CTL): $(CTL_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd -lsmartcols -ledit -lseccomp -lyaml -linih -lmd -lcrypt

$(LAUNCH): $(call helper,launch) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^

WORKSHOP := $(BUILD)/helpers/left4me-workshop
PROGRAMS += $(WORKSHOP)
all: $(WORKSHOP)
$(WORKSHOP): $(call helper,workshop) $(PRODUCER_OBJ) $(DOWNLOAD_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lcurl -lsystemd -lmd

$(OVERLAY): $(call helper,overlay) $(SPEC_ERRORS_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lmount -lyaml -linih -lmd

$(LAYER): $(call helper,layer) $(SPEC_ERRORS_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd -lyaml -linih

# Commands at alerts, and the facts that they get.
ALERT       := $(BUILD)/helpers/left4me-alert
ALERT_FACTS := $(BUILD)/helpers/left4me-alert-facts
PROGRAMS    += $(ALERT) $(ALERT_FACTS)
all: $(ALERT) $(ALERT_FACTS)
$(ALERT): $(call helper,alert) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd
$(ALERT_FACTS): $(call helper,alert-facts) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd -lyaml -linih

$(RCON): $(call helper,rcon-filter) $(SPEC_ERRORS_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -linih

$(INSTALL): $(call helper,install) $(SPEC_ERRORS_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd -lyaml -linih

$(ZIP): $(call helper,zip) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -larchive

$(UNPACK): $(call helper,unpack) $(PRODUCER_OBJ) $(ARCHIVE_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -larchive -lsystemd

$(RELEASE): $(call helper,release) $(PRODUCER_OBJ) $(ARCHIVE_OBJ) $(DOWNLOAD_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -larchive -lcurl -lmd -lsystemd

$(WEB): $(BUILD)/web/main.o $(WEB_LIB) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lmicrohttpd -lsystemd -lcrypt -lyaml -linih -lmd

# Connections to servers' consoles, for the web app.
CONSOLE   := $(BUILD)/helpers/left4me-console
PROGRAMS  += $(CONSOLE)
all: $(CONSOLE)
$(CONSOLE): $(call helper,console) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^

# Restarts servers once their players have left.
EMPTY     := $(BUILD)/helpers/left4me-when-empty
PROGRAMS  += $(EMPTY)
all: $(EMPTY)
$(EMPTY): $(call helper,when-empty) $(HOST_CONFIG_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd -lyaml -linih -lmd

# Runs the script of an overlay and watches what it writes.
SCRIPT    := $(BUILD)/helpers/left4me-script
PROGRAMS  += $(SCRIPT)
all: $(SCRIPT)
$(SCRIPT): $(call helper,script) $(PRODUCER_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd

# Reads files that servers wrote, for one client.
WRITTEN   := $(BUILD)/helpers/left4me-written
PROGRAMS  += $(WRITTEN)
all: $(WRITTEN)
$(WRITTEN): $(call helper,written) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd

# Fetches pictures of players from Steam.
AVATAR    := $(BUILD)/helpers/left4me-avatar
PROGRAMS  += $(AVATAR)
all: $(AVATAR)
$(AVATAR): $(call helper,avatar) $(HOST_CONFIG_OBJ) $(DOWNLOAD_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lcurl -lsystemd -linih -lmd

# Asks the games that run, and tells what it learned.
WATCH     := $(BUILD)/helpers/left4me-watch
PROGRAMS  += $(WATCH)
all: $(WATCH)
$(WATCH): $(call helper,watch) $(HOST_CONFIG_OBJ) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd -lyaml -linih -lmd

# --- texts in other languages -------------------------------------------------------------------

# A po/LANGUAGE.po is a translation. The template of all texts is made from the sources and not kept.
LANGUAGES := $(patsubst po/%.po,%,$(wildcard po/*.po))
CATALOGS  := $(LANGUAGES:%=$(BUILD)/locale/%/LC_MESSAGES/left4me.mo)
POT       := $(BUILD)/po/left4me.pot
# Templates of texts that are not in C, made by other rules; they become part of $(POT).
POT_PARTS := $(BUILD)/po/templates.pot

# Functions that translate an argument themselves, and the marks. Those in TEXT_FORMATS take it as a format of printf.
TEXT_MARKS   := _ N_ text_count:1,2 log_count:3,4 spec_errors_add_text:3 yaml_error_text:3 spec_file_error:2 reader_error:3
TEXT_FORMATS := log_message:2 log_error:1 log_warning:1 log_notice:1 log_info:1 log_error_errno:2 spec_errors_add:3 \
                yaml_error:3 download_refuse:3 doctor_report:4 control_is_effective:2 control_is_not:4
XGETTEXT := xgettext --from-code=UTF-8 --language=C --sort-by-file --no-wrap --package-name=left4me \
            --copyright-holder='the authors of left4me' --add-comments=TRANSLATORS: \
            --exclude-file=po/no-words.pot --keyword \
            $(addprefix --keyword=,$(TEXT_MARKS) $(TEXT_FORMATS)) \
            --flag=_:1:pass-c-format --flag=N_:1:pass-c-format --flag=text_count:1:pass-c-format \
            --flag=text_count:2:pass-c-format --flag=log_count:3:c-format --flag=log_count:4:c-format \
            $(patsubst %,--flag=%:c-format,$(TEXT_FORMATS))
# The generator stays English.
TEXT_FILES := $(wildcard lib/*/*.[ch] l4d2ctl/*.[ch] l4d2ctl/*/*.[ch] helpers/*.[ch] helpers/*/*.[ch] web/*.[ch] web/*/*.[ch])

.PHONY: pot catalogs
pot: $(POT)
catalogs: $(CATALOGS)
all: $(CATALOGS)

$(BUILD)/po/c.pot: $(TEXT_FILES) po/no-words.pot Makefile
	@mkdir -p $(@D)
	$(XGETTEXT) -o $@ $(TEXT_FILES)

$(BUILD)/po/templates.pot: $(CHECK_TEMPLATES) $(wildcard web/templates/*.mustache)
	@mkdir -p $(@D)
	$(CHECK_TEMPLATES) --texts web/templates >$@.new
	msguniq --no-wrap -o $@ $@.new

$(POT): $(BUILD)/po/c.pot $(POT_PARTS)
	msgcat --use-first --no-wrap -o $@ $^

$(BUILD)/locale/%/LC_MESSAGES/left4me.mo: po/%.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<

# The pseudo-locale, for tests only: it is never installed.
PSEUDO := $(BUILD)/tests/locale/en_XA/LC_MESSAGES/left4me.mo
$(PSEUDO): $(POT) tests/pseudo-locale/catalog
	@mkdir -p $(@D)
	tests/pseudo-locale/catalog $(POT) >$(BUILD)/po/en_XA.po
	msgfmt --check-format --check-domain -o $@ $(BUILD)/po/en_XA.po

# --- installation ------------------------------------------------------------------------------

LIBEXEC := $(PREFIX)/lib/left4me
UNITDIR := $(PREFIX)/lib/systemd/system
DOCDIR  := $(PREFIX)/share/doc/left4me
MANDIR  := $(PREFIX)/share/man
# lib/base/text.c names it too.
LOCALEDIR := $(PREFIX)/share/locale
DROPINS := $(notdir $(wildcard units/*.service.d))
WEBDIR  := $(PREFIX)/share/left4me/web

# Units, the polkit rule and systemd's search paths name /usr.
ifneq ($(PREFIX),/usr)
ifneq ($(filter install,$(MAKECMDGOALS)),)
$(error PREFIX=$(PREFIX): the unit files name programs below /usr, only PREFIX=/usr is supported)
endif
endif

# What is installed into an empty directory is the list that `l4d2ctl doctor` compares the host with.
# Without those files programs and servers still work.
UNLISTED := /etc/* $(DOCDIR)/* $(MANDIR)/* $(LOCALEDIR)/* $(PREFIX)/share/bash-completion/*
STAGE    := $(BUILD)/stage

install: all
	rm -rf $(STAGE)
	$(MAKE) --no-print-directory -s install-files DESTDIR=$(abspath $(STAGE))
	cd $(STAGE) && find . ! -type d -printf '/%P\n' | LC_ALL=C sort | \
		grep -v $(foreach p,$(UNLISTED),-e '^$(p:*=)') >$(abspath $(BUILD))/installed
	$(MAKE) --no-print-directory install-files
	install -D -m 644 -t $(DESTDIR)$(LIBEXEC) $(BUILD)/installed
	test -n "$(DESTDIR)" || deploy/activate

.PHONY: install-files
install-files:
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(CTL)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/lib/systemd/system-generators $(GENERATOR)
	install -D -m 755 -t $(DESTDIR)$(LIBEXEC) $(filter $(BUILD)/helpers/%,$(PROGRAMS)) $(WEB)
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) $(wildcard units/*.service units/*.slice units/*.target units/*.socket units/*.timer units/*.path)
	install -d $(DESTDIR)$(UNITDIR)/multi-user.target.wants $(DESTDIR)$(UNITDIR)/sockets.target.wants
	ln -sf ../left4me.target $(DESTDIR)$(UNITDIR)/multi-user.target.wants/left4me.target
	ln -sf ../left4me-boot.service $(DESTDIR)$(UNITDIR)/multi-user.target.wants/left4me-boot.service
	ln -sf ../left4me-web.socket $(DESTDIR)$(UNITDIR)/sockets.target.wants/left4me-web.socket
	ln -sf ../left4me-written.socket $(DESTDIR)$(UNITDIR)/sockets.target.wants/left4me-written.socket
	ln -sf ../left4me-watch.service $(DESTDIR)$(UNITDIR)/multi-user.target.wants/left4me-watch.service
	install -d $(DESTDIR)$(UNITDIR)/timers.target.wants $(DESTDIR)$(UNITDIR)/paths.target.wants
	for p in $(notdir $(wildcard units/*.path)); do \
		ln -sf ../$$p $(DESTDIR)$(UNITDIR)/paths.target.wants/$$p || exit; done
	for t in $(notdir $(filter-out %@.timer,$(wildcard units/*.timer))); do \
		ln -sf ../$$t $(DESTDIR)$(UNITDIR)/timers.target.wants/$$t || exit; done
	install -D -m 644 -t $(DESTDIR)$(WEBDIR)/templates $(wildcard web/templates/*.mustache)
	for f in $(wildcard web/static/*); do \
		install -D -m 644 -t $(DESTDIR)$(WEBDIR)/static $$f && \
		gzip -9nkf $(DESTDIR)$(WEBDIR)/static/$${f##*/} || exit; done
	for d in $(DROPINS); do install -D -m 644 -t $(DESTDIR)$(UNITDIR)/$$d units/$$d/*.conf || exit; done
	install -D -m 644 -t $(DESTDIR)$(LIBEXEC)/profiles units/profiles/*.conf
	for r in $(notdir $(wildcard deploy/examples/recipes/*)); do \
		install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/left4me/recipes/$$r deploy/examples/recipes/$$r/* || exit; done
	install -D -m 644 deploy/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/left4me.conf
	install -D -m 644 deploy/tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/left4me.conf
	install -D -m 644 deploy/sysctl.conf $(DESTDIR)$(PREFIX)/lib/sysctl.d/60-left4me.conf
	install -D -m 644 deploy/sysctl-udp.conf $(DESTDIR)$(PREFIX)/share/left4me/sysctl/60-left4me-udp.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd deploy/journald@left4me-watch.conf
	install -D -m 644 -t $(DESTDIR)$(UNITDIR)/systemd-journald@left4me-watch.socket.d \
		deploy/systemd-journald@left4me-watch.socket.d/10-left4me.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/polkit-1/rules.d deploy/40-left4me.rules
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/catalog deploy/left4me.catalog
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/bash-completion/completions deploy/bash-completion/l4d2ctl
	test -e $(DESTDIR)/etc/left4me/left4me.conf || \
		install -D -m 644 -t $(DESTDIR)/etc/left4me deploy/left4me.conf
	for l in $(LANGUAGES); do install -D -m 644 -t $(DESTDIR)$(LOCALEDIR)/$$l/LC_MESSAGES \
		$(BUILD)/locale/$$l/LC_MESSAGES/left4me.mo || exit; done
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples deploy/examples/*.yaml deploy/examples/nginx.conf
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples/prometheus deploy/examples/prometheus/*
	install -D -m 755 -t $(DESTDIR)$(DOCDIR)/examples/alerts deploy/examples/alerts/*
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/api web/models/README.md $(wildcard web/models/*.json)
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/api/layout $(wildcard web/models/layout/*.json)
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) README.md $(wildcard docs/*.md)
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man8 $(wildcard docs/man/*.8)
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man5 $(wildcard docs/man/*.5)

clean:
	rm -rf $(BUILD)

# --- tests, run with Debian 13's tools -----------------------------------------------------------

.PHONY: unit golden golden-regen fuzz-smoke standin probe fmt fmt-check lint unit-binaries fuzz-binaries
$(BUILD)/tests/unit/test-%: $(BUILD)/tests/unit/test-%.o $(WEB_LIB) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcriterion -lmicrohttpd -lsystemd -lyaml -linih -lmd -lcrypt $(LDLIBS)
$(BUILD)/tests/unit/test-archive: $(ARCHIVE_OBJ)
$(BUILD)/tests/unit/test-archive: LDLIBS := -larchive

# What benchmarks and suites run beside the programs themselves.
TEST_TOOLS := $(BUILD)/tests/bench/alternate $(BUILD)/tests/bench/generator-floor \
              $(BUILD)/tests/bench/journal-fill $(BUILD)/tests/bench/log-clients \
              $(BUILD)/tests/bench/hello-microhttpd \
              $(BUILD)/tests/bench/page \
              $(BUILD)/tests/bench/fetch \
              $(BUILD)/tests/bench/job-entries $(BUILD)/tests/bench/tick \
              $(BUILD)/tests/bench/sample-fill $(BUILD)/tests/bench/sample-read \
              $(BUILD)/tests/machine/without-i386 \
              $(BUILD)/tests/round-trip/unit-round-trip
$(BUILD)/tests/bench/hello-microhttpd: LDLIBS := -lmicrohttpd
$(BUILD)/tests/bench/page: $(WEB_LIB)
$(BUILD)/tests/bench/fetch.o: override CPPFLAGS += -Ihelpers
$(BUILD)/tests/bench/fetch: $(DOWNLOAD_OBJ)
$(BUILD)/tests/bench/fetch: LDLIBS := $(LIB) -lcurl -lmd
$(BUILD)/tests/bench/page: LDLIBS := $(LIB)
$(BUILD)/tests/bench/sample-fill: LDLIBS := -lm
# The host of the machine runs it, which may have an older C library.
$(BUILD)/tests/machine/without-i386: %: %.o
	$(CC) -static -o $@ $<
$(filter-out %/without-i386,$(TEST_TOOLS)): %: %.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd $(LDLIBS)

.PHONY: test-tools
test-tools: $(TEST_TOOLS) $(PSEUDO)

$(FUZZ_BIN): $(BUILD)/%: $(BUILD)/%.o $(WEB_LIB) $(LIB)
	$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) -lmicrohttpd -lsystemd -lyaml -linih -lmd -lcrypt $(LDLIBS)
$(BUILD)/tests/fuzz/fuzz-archive: $(ARCHIVE_OBJ)
$(BUILD)/tests/fuzz/fuzz-archive: LDLIBS := -larchive

unit-binaries: $(UNIT_BIN) $(PSEUDO)
fuzz-binaries: $(FUZZ_BIN)
.SECONDARY: $(UNIT_BIN:=.o) $(FUZZ_BIN:=.o)

# Unit tests and fuzzers share one build: clang's, with sanitizers and what libFuzzer counts. Both may run at once.
SANITIZED := $(BUILD)/sanitized
sanitized-%:
	@mkdir -p $(SANITIZED)
	flock $(SANITIZED)/lock $(MAKE) BUILD=$(SANITIZED) CC=clang-19 SANITIZE=address,undefined,fuzzer-no-link \
		CFLAGS='-O1 -g' $*-binaries

unit: sanitized-unit
	tests/unit/run $(SANITIZED)/tests/unit

golden: $(GENERATOR) $(CTL) $(CHECK_TEMPLATES)
	tests/golden/run $(GENERATOR) $(CTL)
	tests/web/templates $(CHECK_TEMPLATES)

golden-regen: $(GENERATOR)
	tests/golden/regen $(GENERATOR)

fuzz-smoke: sanitized-fuzz
	tests/fuzz/smoke $(SANITIZED)/tests/fuzz

standin:
	$(MAKE) -C tests/standin OUT=$(abspath $(BUILD))/standin

probe:
	$(MAKE) -C tests/probe OUT=$(abspath $(BUILD))/probe

C_FILES := $(wildcard lib/*/*.[ch] generator/*.[ch] l4d2ctl/*.[ch] l4d2ctl/*/*.[ch] helpers/*.[ch] helpers/*/*.[ch] web/*.[ch] web/*/*.[ch] \
             tests/unit/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch] tests/round-trip/*.[ch] \
             tests/standin/*.[ch] tests/probe/*.[ch] tests/machine/*.[ch] tests/vm/initrd/*.[ch])
TIDY_FILES := $(wildcard lib/*/*.c generator/*.c l4d2ctl/*.c l4d2ctl/*/*.c helpers/*.c helpers/*/*.c web/*.c web/*/*.c)

fmt:
	clang-format -i $(C_FILES)

fmt-check:
	clang-format --dry-run -Werror $(C_FILES)

lint:
	tests/lint $(TIDY_FILES) -- $(CPPFLAGS) -std=gnu17

# --- host targets: they bring their own machine --------------------------------------------------

.PHONY: check check-vm demo shell bench
check:
	tests/check

check-vm:
	tests/vm/run

demo:
	tests/machine/demo

shell:
	tests/machine/shell

bench:
	tests/bench/run

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
