# SPDX-License-Identifier: Apache-2.0
# The tools as programs.
TESTS += tests/tools/run
EXTRA_DIST += \
	tests/tools/conftest.py \
	tests/tools/run \
	tests/tools/sets.py \
	tests/tools/test_classifying.py \
	tests/tools/test_download.py \
	tests/tools/test_drawing_sheets.py \
	tests/tools/test_early_exit.py \
	tests/tools/test_training.py
