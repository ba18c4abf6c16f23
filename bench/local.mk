# Built by script/bench alone.
EXTRA_LTLIBRARIES = bench/mod_null.la
bench_mod_null_la_SOURCES = bench/mod_null.c
bench_mod_null_la_CPPFLAGS = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS) $(APR_CFLAGS)
bench_mod_null_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nonexistent
EXTRA_PROGRAMS += bench/counters
bench_counters_SOURCES = bench/counters.cc
bench_counters_LDADD = mod_digit/libanswer.la
EXTRA_DIST += script/bench bench/requests docs/PERFORMANCE.md
