# SPDX-License-Identifier: Apache-2.0
# Fuzz targets: libFuzzer's with --enable-fuzzers, else programs that replay files.
fuzz_programs = \
	tests/fuzz/fuzz_gif \
	tests/fuzz/fuzz_inference \
	tests/fuzz/fuzz_jpeg \
	tests/fuzz/fuzz_multipart \
	tests/fuzz/fuzz_png \
	tests/fuzz/fuzz_request \
	tests/fuzz/fuzz_weights
if FUZZERS
EXTRA_PROGRAMS += $(fuzz_programs)
fuzz_main = tests/fuzz/fuzz.h
fuzz_png_main = tests/fuzz/png_mutator.cc
else
check_PROGRAMS += $(fuzz_programs)
TESTS += tests/fuzz/replay
fuzz_main = tests/fuzz/fuzz.h tests/fuzz/replay_main.cc
fuzz_png_main =
endif

fuzz_ldflags = $(AM_LDFLAGS) $(DIGIT_FUZZER)
fuzz_picture_sources = tests/fuzz/picture.cc tests/fuzz/picture.h $(fuzz_main)

tests_fuzz_fuzz_gif_SOURCES = tests/fuzz/fuzz_gif.cc $(fuzz_picture_sources)
tests_fuzz_fuzz_gif_LDADD = libdigit/libdigit.la
tests_fuzz_fuzz_gif_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_inference_SOURCES = tests/fuzz/fuzz_inference.cc $(fuzz_main)
tests_fuzz_fuzz_inference_CPPFLAGS = $(AM_CPPFLAGS) $(JSON_CFLAGS)
tests_fuzz_fuzz_inference_LDADD = mod_digit/libanswer.la
tests_fuzz_fuzz_inference_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_jpeg_SOURCES = tests/fuzz/fuzz_jpeg.cc $(fuzz_picture_sources)
tests_fuzz_fuzz_jpeg_LDADD = libdigit/libdigit.la
tests_fuzz_fuzz_jpeg_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_png_SOURCES = tests/fuzz/fuzz_png.cc $(fuzz_picture_sources) $(fuzz_png_main)
tests_fuzz_fuzz_png_LDADD = libdigit/libdigit.la $(ZLIB_LIBS)
tests_fuzz_fuzz_png_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_multipart_SOURCES = tests/fuzz/fuzz_multipart.cc $(fuzz_main)
tests_fuzz_fuzz_multipart_LDADD = mod_digit/libanswer.la
tests_fuzz_fuzz_multipart_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_weights_SOURCES = tests/fuzz/fuzz_weights.cc $(fuzz_main)
tests_fuzz_fuzz_weights_LDADD = libdigit/libdigit.la
tests_fuzz_fuzz_weights_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.cc $(fuzz_main)
tests_fuzz_fuzz_request_CPPFLAGS = $(AM_CPPFLAGS) -DDIGIT_SOURCE_DIR=\"$(abs_top_srcdir)\" \
	$(JSON_CFLAGS)
tests_fuzz_fuzz_request_LDADD = mod_digit/libanswer.la
tests_fuzz_fuzz_request_LDFLAGS = $(fuzz_ldflags)

EXTRA_PROGRAMS += tests/fuzz/make_seeds
tests_fuzz_make_seeds_SOURCES = tests/fuzz/make_seeds.cc tests/unit/image_writers.cc
tests_fuzz_make_seeds_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS) $(JPEG_CFLAGS) $(ZLIB_CFLAGS) \
	$(NETTLE_CFLAGS)
tests_fuzz_make_seeds_LDADD = libdigit/libdigit.la $(NETTLE_LIBS) $(PNG_LIBS) $(JPEG_LIBS) $(GIF_LIBS) $(ZLIB_LIBS)

EXTRA_DIST += \
	script/fuzz \
	tests/fuzz/corpora.py \
	tests/fuzz/corpus \
	tests/fuzz/found \
	tests/fuzz/replay
