# Built by script/bench alone.
EXTRA_LTLIBRARIES = bench/mod_null.la
bench_mod_null_la_SOURCES = bench/mod_null.c
bench_mod_null_la_CPPFLAGS = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS) $(APR_CFLAGS)
# Its one symbol that httpd looks for is not marked as visible.
bench_mod_null_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
bench_mod_null_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nonexistent
EXTRA_PROGRAMS += bench/counters
bench_counters_SOURCES = bench/counters.cc
bench_counters_LDADD = mod_digit/libanswer.la
EXTRA_DIST += script/bench bench/requests docs/PERFORMANCE.md
EXTRA_PROGRAMS += bench/stages
bench_stages_SOURCES = \
	bench/plain_calls.cc bench/plain_calls.h \
	bench/stages.cc \
	bench/stopwatch.h \
	tests/unit/image_writers.cc \
	trainer/blas_kernels.cc
bench_stages_CPPFLAGS = $(AM_CPPFLAGS) $(OPENBLAS_CFLAGS) $(HWY_CFLAGS) $(PNG_CFLAGS) \
	$(JPEG_CFLAGS) $(ZLIB_CFLAGS) $(JSON_CFLAGS)
bench_stages_LDADD = mod_digit/libanswer.la libdigit/libdigit.la $(OPENBLAS_LIBS) $(HWY_LIBS) \
	$(PNG_LIBS) $(JPEG_LIBS) $(GIF_LIBS) $(ZLIB_LIBS)
