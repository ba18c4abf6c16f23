# SPDX-License-Identifier: Apache-2.0
# Whole requests without httpd: with memory running out, with many threads, and what they cost.
check_PROGRAMS += \
	tests/requests/form_parts \
	tests/requests/threads
TESTS += tests/requests/threads
# Sanitizers bring an allocator of their own.
EXTRA_PROGRAMS += \
	tests/requests/costs \
	tests/requests/out_of_memory
if !SANITIZERS
check_PROGRAMS += \
	tests/requests/costs \
	tests/requests/out_of_memory
TESTS += \
	tests/requests/check_costs \
	tests/requests/out_of_memory
endif

requests_sources = \
	tests/requests/test_site.h \
	tests/requests/whole_request.cc \
	tests/requests/whole_request.h \
	tests/unit/test_network.h
requests_cppflags = $(AM_CPPFLAGS) -DDIGIT_SOURCE_DIR=\"$(abs_top_srcdir)\" $(JSON_CFLAGS) \
	$(PNG_CFLAGS) $(JPEG_CFLAGS) $(ZLIB_CFLAGS)
picture_sources = tests/unit/image_writers.cc tests/unit/image_writers.h
picture_libs = $(PNG_LIBS) $(JPEG_LIBS) $(GIF_LIBS) $(ZLIB_LIBS)
counting_sources = tests/requests/counted_malloc.cc tests/requests/counted_malloc.h

tests_requests_costs_SOURCES = tests/requests/costs.cc $(requests_sources) $(counting_sources) \
	$(picture_sources)
tests_requests_costs_CPPFLAGS = $(requests_cppflags)
tests_requests_costs_LDADD = mod_digit/libanswer.la $(picture_libs)

tests_requests_form_parts_SOURCES = tests/requests/form_parts.cc
tests_requests_form_parts_CPPFLAGS = $(AM_CPPFLAGS) $(JSON_CFLAGS)
tests_requests_form_parts_LDADD = mod_digit/libanswer.la

tests_requests_out_of_memory_SOURCES = tests/requests/out_of_memory.cc $(requests_sources) \
	$(counting_sources) $(picture_sources) tests/unit/temporary_folder.h
tests_requests_out_of_memory_CPPFLAGS = $(requests_cppflags)
tests_requests_out_of_memory_LDADD = mod_digit/libanswer.la $(picture_libs)

tests_requests_threads_SOURCES = tests/requests/threads.cc $(requests_sources) $(picture_sources)
tests_requests_threads_CPPFLAGS = $(requests_cppflags)
tests_requests_threads_LDADD = mod_digit/libanswer.la $(picture_libs) -lpthread

EXTRA_DIST += tests/requests/check_costs
