// SPDX-License-Identifier: Apache-2.0
// APR's buckets and brigades for C++. Of a C++ compiler APR's rings ask for an offset as an address
// within a null object, which is undefined and which sanitizers report; the language has its own.
#pragma once

#include <apr_buckets.h>

#include <cstddef>

#undef APR_OFFSETOF
#define APR_OFFSETOF(type, field) offsetof(type, field)
