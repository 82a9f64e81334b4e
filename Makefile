# SPDX-License-Identifier: GPL-2.0-only
# make            build/l2x (no root needed)
# make demo       a lab of network namespaces with real traffic (root)
# make test       every test; the last line says "N passed, N failed" (root)
# make bench      how fast the data path is (root); build/bench.json
# make bench-kernel    l2x beside the Linux kernel's own L2TP and PPP, in a guest (root); build/bench-kernel.json
# make unit       the tests that need no root
# make fuzz       the fuzz targets, longer: FUZZ_SECONDS=600 each
# make goodput    TCP through a set while its paths are cut, docs/goodput.svg anew (root)
# make bench-control   10,000 sessions from nothing: sessions/s, memory, CPU at rest (root)
# make lint       clang-format, cppcheck, shellcheck
# make deb        build/l2x_VERSION_ARCH.deb
# make install    PREFIX=/usr/local DESTDIR=

CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 600
B := build
export PATH := $(PATH):/usr/sbin:/sbin

LIBRARIES := libbpf libelf libcap libevent libcyaml yaml-0.1 nettle libnl-3.0 libnl-route-3.0 jansson libpcap
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
CPPFLAGS += -D_GNU_SOURCE -Ictl -Iinclude -I$(B)/include
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 $(WARN) -fno-strict-aliasing -fstack-protector-strong
LDLIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null)
PKG_CPPFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
CPPFLAGS += $(PKG_CPPFLAGS)

# The controller, a layer a folder. A layer may use those that stand before it here.
LAYERS := base wire l2tp ppp ipv6 policy history net dataplane api main cmd
layer_src = $(wildcard ctl/$(1)/*.c)
layer_obj = $(patsubst %.c,$(B)/%.o,$(call layer_src,$(1)))
CTL_OBJ := $(foreach l,$(LAYERS),$(call layer_obj,$(l)))

.PHONY: all
all: $(B)/l2x $(B)/l2x-png

# The page's files become part of the program.
WEB_OBJ := $(patsubst ctl/web/%,$(B)/web/%.o,$(wildcard ctl/web/*))
$(B)/web/%.o: ctl/web/%
	@mkdir -p $(@D)
	cd ctl/web && $(LD) -r -b binary -z noexecstack -o $(abspath $@) $*

$(B)/l2x: $(CTL_OBJ) $(WEB_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What draws graphs as PNG, beside the controller and with libraries of its own.
$(B)/l2x-png: ctl/png/l2x-png.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(shell pkg-config --cflags librsvg-2.0) $(CFLAGS) $(LDFLAGS) -o $@ $< $(shell pkg-config --libs librsvg-2.0 libcap)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# BPF: one object a *.bpf.c, and its skeleton for the loader.
BPF_SRC := $(wildcard bpf/*.bpf.c)
BPF_OBJ := $(patsubst %.c,$(B)/%.o,$(BPF_SRC))
SKELETONS := $(patsubst bpf/%.bpf.c,$(B)/include/%.skel.h,$(BPF_SRC))
ARCH := $(shell uname -m)
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror \
	-Iinclude -Ibpf -idirafter /usr/include/$(ARCH)-linux-gnu

$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/include/%.skel.h: $(B)/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp
	mv $@.tmp $@

$(call layer_obj,dataplane): | $(SKELETONS)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# Unit tests (cmocka): tests/unit/test_X.c links with the layers that it names, their libraries, the files
# of tests/lib that it names, and no others.
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
layers_of_test_base := base
# test_l2tp*.c; those that need something else say so behind it.
$(foreach t,$(filter test_l2tp%,$(notdir $(basename $(wildcard tests/unit/test_*.c)))),\
	$(eval layers_of_$(t) := base wire l2tp) \
	$(eval extra_of_$(t) := tests/lib/l2tp_pair.c tests/lib/l2tp_hand.c))
extra_of_test_l2tp_channel := tests/lib/channel_end.c
extra_of_test_l2tp_channel_link := tests/lib/channel_end.c
layers_of_test_l2tp_wire := base wire
extra_of_test_l2tp_wire :=
layers_of_test_ppp := base wire ppp
layers_of_test_ppp_auth := base wire ppp
layers_of_test_ppp_fsm := base wire ppp
layers_of_test_ppp_fsm_rules := base wire ppp
layers_of_test_ppp_mschap := base wire
layers_of_test_ppp_loss := base wire ppp
layers_of_test_ppp_chap := base wire ppp
layers_of_test_ppp_lcp := base wire ppp
layers_of_test_ppp_login := base wire ppp
layers_of_test_ppp_ncp := base wire ppp
layers_of_test_ppp_proxy := base wire ppp
layers_of_test_ppp_quirks := base wire ppp
layers_of_test_ppp_settled := base wire ppp
layers_of_test_ppp_wire := base wire
extra_of_test_ppp := tests/lib/ppp_pair.c
extra_of_test_ppp_auth := tests/lib/ppp_pair.c
extra_of_test_ppp_fsm := tests/lib/ppp_automaton.c
extra_of_test_ppp_fsm_rules := tests/lib/ppp_automaton.c
extra_of_test_ppp_loss := tests/lib/ppp_pair.c
extra_of_test_ppp_chap := tests/lib/ppp_pair.c
extra_of_test_ppp_lcp := tests/lib/ppp_pair.c tests/lib/ppp_peer.c
extra_of_test_ppp_login := tests/lib/ppp_pair.c tests/lib/ppp_peer.c
extra_of_test_ppp_ncp := tests/lib/ppp_pair.c tests/lib/ppp_peer.c
extra_of_test_ppp_proxy := tests/lib/ppp_pair.c tests/lib/ppp_peer.c
extra_of_test_ppp_settled := tests/lib/ppp_pair.c tests/lib/ppp_peer.c
extra_of_test_ppp_quirks := tests/lib/ppp_pair.c tests/lib/ppp_peer.c
# test_ipv6*.c
$(foreach t,$(filter test_ipv6%,$(notdir $(basename $(wildcard tests/unit/test_*.c)))),\
	$(eval layers_of_$(t) := base wire ipv6) $(eval extra_of_$(t) := tests/lib/ipv6_pair.c))
layers_of_test_ipv6_wire := base wire
extra_of_test_ipv6_wire :=
layers_of_test_config := base wire ppp policy
layers_of_test_config_l2tp := base wire ppp policy
layers_of_test_config_ipv6 := base wire ppp policy
layers_of_test_config_rules := base wire ppp policy
layers_of_test_config_relay := base wire ppp policy
layers_of_test_config_sets := base wire ppp policy
layers_of_test_config_view := base wire ppp policy
layers_of_test_change := base wire ppp policy
layers_of_test_match := base wire ppp policy
layers_of_test_rules := base wire ppp policy
layers_of_test_told := base wire ppp policy
layers_of_test_servers := base wire ppp policy
layers_of_test_api := base api
layers_of_test_stream := base api
layers_of_test_capture := base wire
layers_of_test_history := base history
layers_of_test_history_svg := base api
layers_of_test_png := base api
libraries_of_test_png := cairo
$(B)/tests/unit/test_png: | $(B)/l2x-png
layers_of_test_http := base api
layers_of_test_cmd := base wire ppp policy api
extra_of_test_cmd := $(wildcard ctl/cmd/show_*.c)
layers_of_test_dataplane_counters := base wire net dataplane
layers_of_test_dataplane_table := base wire net dataplane
layers_of_test_dataplane_rate := base wire net dataplane
layers_of_test_dataplane_slots := base wire net dataplane
layers_of_test_dataplane_underlays := base wire net dataplane
layers_of_test_dataplane_user := base wire net dataplane
layers_of_test_differential := base wire net dataplane
extra_of_test_differential := tests/bpf/lab.c tests/bpf/packet.c
# tests/dataplane: all of its files are in each of its programs.
$(foreach t,$(notdir $(basename $(wildcard tests/dataplane/test_*.c))),$(eval layers_of_$(t) := base wire net dataplane))
layers_of_test_dedup := base

.SECONDEXPANSION:
TEST_HEADERS := $(wildcard tests/lib/*.h)
$(B)/tests/unit/%: tests/unit/%.c $(TEST_HEADERS) $$(extra_of_$$*) $$(foreach l,$$(or $$(layers_of_$$*),$$(LAYERS)),$$(call layer_obj,$$(l)))
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/lib $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS) -lcmocka \
		$(and $(libraries_of_$*),$(shell pkg-config --cflags --libs $(libraries_of_$*)))

.PHONY: unit
unit: $(UNIT)
	@for t in $(UNIT); do echo "# $$t"; $$t || exit 1; done

# Fuzz targets (libFuzzer): tests/fuzz/fuzz_X.c with the sources of the layers that it names, all under sanitizers.
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
layers_of_fuzz_l2tp := base wire l2tp
extra_of_fuzz_l2tp := tests/lib/l2tp_pair.c
layers_of_fuzz_ppp := base wire ppp
extra_of_fuzz_ppp := tests/lib/ppp_pair.c
layers_of_fuzz_ipv6 := base wire ipv6
extra_of_fuzz_ipv6 := tests/lib/ipv6_pair.c
layers_of_fuzz_config := base wire ppp policy
layers_of_fuzz_history := base history
layers_of_fuzz_http := base api
layers_of_fuzz_capture := base wire
layers_of_fuzz_datapath := base wire net dataplane
$(B)/tests/fuzz/fuzz_datapath: | $(SKELETONS)

# The headers too: no object is kept that would know them.
$(B)/tests/fuzz/%: tests/fuzz/%.c $(TEST_HEADERS) $(wildcard ctl/*/*.h include/l2x/*.h) $$(extra_of_$$*) \
		$$(foreach l,$$(layers_of_$$*),$$(call layer_src,$$(l)))
	@mkdir -p $(@D)
	$(CLANG) $(CPPFLAGS) -Itests/lib -std=gnu11 -O1 -g -Wall -Wextra -Werror \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -o $@ $(filter %.c,$^) $(LDLIBS)

.PHONY: fuzz
fuzz: $(FUZZ)
	@for t in $(FUZZ); do tests/fuzz/run $$t $(FUZZ_SECONDS) || exit 1; done

# Programs that need root: BPF_PROG_TEST_RUN, sockets and netdevs.
ROOT_TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard $(foreach s,bpf dataplane differential,tests/$(s)/test_*.c)))
define root_test_rule
$(B)/tests/$(1)/%: tests/$(1)/%.c $$(filter-out tests/$(1)/test_%.c,$$(wildcard tests/$(1)/*.c)) \
		$$$$(extra_of_$$$$*) \
		$$$$(foreach l,$$$$(or $$$$(layers_of_$$$$*),base),$$$$(call layer_obj,$$$$(l))) $$(SKELETONS)
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) -Itests/lib -Itests/bpf $$(CFLAGS) $$(LDFLAGS) -o $$@ $$(filter %.c %.o,$$^) $$(LDLIBS) -lcmocka
endef
$(eval $(call root_test_rule,bpf))
$(eval $(call root_test_rule,dataplane))
$(eval $(call root_test_rule,differential))
# The data path's benchmark, its load in BPF too.
LOAD := $(B)/tests/bench-data/load.bpf.o
$(LOAD): tests/bench-data/load.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/include/load.skel.h: $(LOAD)
	@mkdir -p $(@D)
	$(BPFTOOL) gen skeleton $< name load_bpf >$@.tmp
	mv $@.tmp $@
BENCH_DATA := $(B)/tests/bench-data/bench
$(BENCH_DATA): $(wildcard tests/bench-data/*.[ch]) tests/lib/pppol2tp.c tests/lib/pppol2tp.h $(B)/include/load.skel.h \
		$(foreach l,base wire net dataplane,$(call layer_obj,$(l)))
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/lib $(CFLAGS) $(LDFLAGS) -Wl,--wrap=bpf_object__load_skeleton \
		-o $@ $(filter-out %.bpf.c,$(filter %.c %.o,$^)) $(LDLIBS) -lpthread

# Programs that the bats tests use.
HELPERS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/lib/inject.c tests/lib/proxy_lac.c tests/lib/notified.c tests/lib/udp_as.c \
	tests/lib/impair.c tests/lib/numbered.c tests/lib/name_server.c tests/lib/kernel_peer.c tests/lib/pixels.c))
layers_of_lib_kernel_peer := base wire l2tp
libraries_of_lib_kernel_peer := nettle
extra_of_lib_kernel_peer := tests/lib/pppol2tp.c
libraries_of_lib_pixels := cairo
$(B)/tests/lib/%: tests/lib/%.c $(TEST_HEADERS) $$(extra_of_lib_$$*) $$(foreach l,$$(layers_of_lib_$$*),$$(call layer_obj,$$(l)))
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(and $(libraries_of_lib_$*),$(shell pkg-config --cflags --libs $(libraries_of_lib_$*)))

# Benchmarks: programs, and scripts that use them.
BENCH := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/bench/*.c))
layers_of_bench_lac := base wire l2tp ppp
layers_of_bench_rules := base wire ppp policy
$(B)/tests/bench/%: tests/bench/%.c $$(foreach l,$$(layers_of_bench_$$*),$$(call layer_obj,$$(l)))
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: bench-control
bench-control: $(B)/l2x $(BENCH)
	@tests/bench/control
	@$(B)/tests/bench/rules

.PHONY: goodput
goodput: $(B)/l2x $(B)/tests/lib/impair
	@tests/bench/goodput docs/goodput.svg

.PHONY: deps test-deps test-programs test bench bench-kernel demo lint install clean
deps:
	scripts/install-deps
test-deps:
	scripts/install-deps --test

test-programs: all $(UNIT) $(ROOT_TESTS) $(FUZZ) $(HELPERS) $(BENCH_DATA)

# The packages come first, so that what follows may ask pkg-config.
test: test-deps
	$(MAKE) -j$$(nproc) test-programs
	@tests/run $(SUITES)

# l2x itself too: it is the LAC of l2tpns.
bench:
	scripts/install-deps --bench
	$(MAKE) $(B)/l2x $(BENCH_DATA)
	@$(BENCH_DATA) -j $(B)/bench.json $(BENCH_ARGS)

bench-kernel:
	scripts/install-deps --guest
	$(MAKE) $(BENCH_DATA)
	@tests/bench/kernel $(B)/bench-kernel.json $(BENCH_ARGS)

demo:
	scripts/install-deps --demo
	$(MAKE) all $(B)/tests/lib/impair $(B)/tests/lib/numbered
	@scripts/demo $(DEMO)

SHELL_SCRIPTS := $(wildcard .ci/run scripts/install-deps scripts/demo scripts/deb/build scripts/deb/p* scripts/completion/l2x.bash scripts/*.sh tests/run tests/fuzz/run tests/bench/control tests/bench/goodput tests/bench/kernel \
	tests/lib/*.bash tests/lib/debian-mirror tests/interop/vm/build tests/interop/vm/fetch tests/interop/vm/run tests/interop/vm/sh tests/interop/vm/stop \
	tests/interop/vm/guest/*)
C_FILES := $(wildcard bpf/*.[ch] include/l2x/*.h ctl/*/*.[ch] tests/*/*.[ch])
# Macros of libraries that cppcheck cannot see.
CPPCHECK_MACROS := -D_GNU_SOURCE '-DLIBBPF_OPTS(type,name,...)=struct type name = {__VA_ARGS__}' \
	'-Djson_array_foreach(array,i,v)=while ((i = 0, v = json_array_get(array, i)))'
lint: $(SKELETONS)
	clang-format --dry-run -Werror $(C_FILES)
	cppcheck -q --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
		--suppressions-list=scripts/cppcheck.suppressions $(CPPCHECK_MACROS) -Ictl -Iinclude -Itests/lib -itests/bench-data/load.bpf.c ctl tests
	shellcheck -x $(SHELL_SCRIPTS)
	shellcheck -x -s bats $(wildcard tests/*/*.bats)

BINDIR := $(DESTDIR)$(PREFIX)/sbin
DATADIR := $(DESTDIR)$(PREFIX)/share
MANDIR := $(DATADIR)/man
DOCDIR := $(DATADIR)/doc/l2x
UNITDIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
install: all
	install -D -m 755 -t $(BINDIR) $(B)/l2x $(B)/l2x-png
	for m in $(wildcard docs/*.[1-9]); do install -D -m 644 $$m $(MANDIR)/man$${m##*.}/$${m##*/} || exit 1; done
	for f in $(wildcard README.md LICENSE ctl/web/*.LICENSE docs/metrics.md docs/status-json.md docs/l2x.schema.json docs/grafana.json docs/l2x.rules.yml docs/examples/*); do install -D -m 644 $$f $(DOCDIR)/$${f##*/} || exit 1; done
	install -d $(UNITDIR)
	sed 's|@BINDIR@|$(PREFIX)/sbin|' scripts/l2x.service >$(UNITDIR)/l2x.service
	install -D -m 644 scripts/completion/l2x.bash $(DATADIR)/bash-completion/completions/l2x
	install -d $(DATADIR)/zsh/site-functions
	sed 's|@DATADIR@|$(PREFIX)/share|' scripts/completion/_l2x >$(DATADIR)/zsh/site-functions/_l2x

.PHONY: deb
deb:
	scripts/install-deps --deb
	$(MAKE) all
	@scripts/deb/build

clean:
	rm -rf $(B)
