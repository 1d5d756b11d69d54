/* SPDX-License-Identifier: MIT */
/* A plug-in with libhaul.a inside.  Naming the functions pulls them in; the test exports them. */
#include <haul.h>

extern const void *const plugin_uses[];
const void *const plugin_uses[] = {&haul_fault_install, &haul_memcpy};
