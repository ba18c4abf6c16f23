# SPDX-License-Identifier: Apache-2.0
# The examples of configuration, installed among the documents.
confexamplesdir = $(docdir)/conf
dist_confexamples_DATA = \
	conf/digit.conf \
	conf/digit.load \
	conf/vhost-proxied.conf.example \
	conf/vhost-tls.conf.example \
	conf/vhost-two-models.conf.example \
	conf/vhost.conf.example
EXTRA_DIST += \
	tests/httpd/examples.py \
	tests/httpd/test_examples.py
