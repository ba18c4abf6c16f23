# SPDX-License-Identifier: Apache-2.0
# Faults under load; script/test runs a short soak, make check none.
dist_noinst_SCRIPTS += script/soak
EXTRA_DIST += \
	tests/soak/faults.py \
	tests/soak/load.py \
	tests/soak/processes.py \
	tests/soak/soak.py
