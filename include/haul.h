/* SPDX-License-Identifier: MIT */
/*
 * All of haul's public interface.  Each header below also stands alone.
 */
#ifndef HAUL_H
#define HAUL_H

#include <haul/arena.h>
#include <haul/atomic.h>
#include <haul/barrier.h>
#include <haul/base.h>
#include <haul/cache.h>
#include <haul/check.h>
#include <haul/cursor.h>
#include <haul/dma.h>
#include <haul/extable.h>
#include <haul/fault.h>
#include <haul/guard.h>
#include <haul/hal.h>
#include <haul/hugetlb.h>
#include <haul/io.h>
#include <haul/mapping.h>
#include <haul/mem.h>
#include <haul/memfd.h>
#include <haul/model.h>
#include <haul/region.h>
#include <haul/registry.h>
#include <haul/tune.h>

#if !__STDC_HOSTED__
#include <haul/platform.h>
#include <haul/trap.h>
#include <haul/user.h>
#endif

#endif
