# SPDX-License-Identifier: Apache-2.0
# The examples of configuration, installed among the documents.
confexamplesdir = $(docdir)/conf
dist_confexamples_DATA = \
	conf/cloud-init.yaml \
	conf/digit.conf \
	conf/digit.load \
	conf/vhost-proxied.conf.example \
	conf/vhost-tls.conf.example \
	conf/vhost-two-models.conf.example \
	conf/vhost.conf.example
confclusterdir = $(confexamplesdir)/cluster
dist_confcluster_DATA = \
	conf/cluster/Containerfile \
	conf/cluster/backend.conf.example \
	conf/cluster/balancer.conf.example \
	conf/cluster/container.conf \
	conf/cluster/haproxy.cfg \
	conf/cluster/kubernetes.yaml
dist_confcluster_SCRIPTS = conf/cluster/drain
confmonitoringdir = $(confexamplesdir)/monitoring
dist_confmonitoring_DATA = \
	conf/monitoring/alerts.yaml \
	conf/monitoring/grafana-dashboard.json
dist_noinst_SCRIPTS += bench/cluster
EXTRA_DIST += \
	docs/operations.md \
	docs/scaling.md \
	tests/httpd/cluster.py \
	tests/httpd/examples.py \
	tests/httpd/test_cluster.py \
	tests/httpd/certificate.py \
	tests/httpd/test_examples.py \
	tests/httpd/test_monitoring.py \
	tests/httpd/test_user_data.py
