/* SPDX-License-Identifier: Apache-2.0 */
/* The module record. It stands alone in a C file so that httpd knows the module by this name, as
   in <IfModule mod_digit.c>. */
#include "mod_digit/bridge.h"

AP_DECLARE_MODULE(digit) = {
    STANDARD20_MODULE_STUFF,
    digit_create_dir_config,
    digit_merge_dir_config,
    0, /* what a server needs is worked out in post_config, */
    0, /* after all merging */
    digit_directives,
    digit_register_hooks,
    0,
};
