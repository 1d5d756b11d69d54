/* SPDX-License-Identifier: MIT */
#include "test.h"

Test(dma_reach, memory_beyond_is_bounced)
{
	cr_skip_test("QEMU has no edu for this CPU");
}
