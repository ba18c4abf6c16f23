# SPDX-License-Identifier: Apache-2.0
# The Debian packages, and what they need of the installation.
EXTRA_DIST += \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/digit-model.docs \
	debian/digit-model.install \
	debian/digit-tools.install \
	debian/libapache2-mod-digit.apache2 \
	debian/libapache2-mod-digit.docs \
	debian/libapache2-mod-digit.examples \
	debian/libapache2-mod-digit.install \
	debian/libapache2-mod-digit.postinst \
	debian/libapache2-mod-digit.triggers \
	debian/not-installed \
	debian/source/format \
	debian/tests/control
dist_noinst_SCRIPTS += \
	debian/rules \
	debian/tests/purge \
	debian/tests/serve \
	debian/tests/tools \
	script/package \
	script/user-data \
	tests/packages/cloud-init \
	tests/packages/container \
	tests/packages/reproducible \
	tests/packages/run

# bash looks for a completion by the name of its command.
completiondir = $(datadir)/bash-completion/completions
EXTRA_DIST += trainer/completion.bash
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(completiondir)'
	$(INSTALL_DATA) $(srcdir)/trainer/completion.bash '$(DESTDIR)$(completiondir)/digit-train'
	cd '$(DESTDIR)$(completiondir)' && rm -f digit-classify && $(LN_S) digit-train digit-classify
uninstall-local:
	rm -f '$(DESTDIR)$(completiondir)/digit-train' '$(DESTDIR)$(completiondir)/digit-classify'
