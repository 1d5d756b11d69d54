/* SPDX-License-Identifier: MIT */
/*
 * A plug-in with libhaul.a inside.  It keeps haul's names to itself
 * (--exclude-libs), so that its haul is not mixed with another one in the
 * process, and hands on what tests/build/host.c calls.
 */
#include <haul.h>

int plugin_fault_install(void);
int plugin_fault_uninstall(void);
size_t plugin_memcpy(void *dst, const void *src, size_t n);

int plugin_fault_install(void)
{
	return haul_fault_install();
}

int plugin_fault_uninstall(void)
{
	return haul_fault_uninstall();
}

size_t plugin_memcpy(void *dst, const void *src, size_t n)
{
	return haul_memcpy(dst, src, n);
}
