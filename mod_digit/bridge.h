/* SPDX-License-Identifier: Apache-2.0 */
/* What httpd calls and the module record names. Everything behind these names is C++ and lets no
   exception out. */
#ifndef MOD_DIGIT_BRIDGE_H
#define MOD_DIGIT_BRIDGE_H

#include <httpd.h>
/* which http_config.h needs and does not include */
#include <http_config.h>

#ifdef __cplusplus
extern "C" {
#define DIGIT_NOEXCEPT noexcept
#else
#define DIGIT_NOEXCEPT
#endif

/* The only name that the shared object exports. */
extern module AP_MODULE_DECLARE_DATA __attribute__((visibility("default"))) digit_module;

extern const command_rec digit_directives[];

void* digit_create_dir_config(apr_pool_t* pool, char* path) DIGIT_NOEXCEPT;
void* digit_merge_dir_config(apr_pool_t* pool, void* base, void* added) DIGIT_NOEXCEPT;
void digit_register_hooks(apr_pool_t* pool) DIGIT_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
